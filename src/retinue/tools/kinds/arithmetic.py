"""Exact decimal arithmetic on expressions, by a parser of its own; nothing of Python is evaluated.

Results are exact up to ``_EXACT_DIGITS`` digits; what has more, as most quotients and roots do, is rounded to
``_ROUNDED_DIGITS``. Sine, cosine and tangent are as exact as the machine's own numbers. Work is bounded: by the length of
the expression, the depth of its parentheses, and the digits above.
"""

import math
import re
from collections.abc import Callable, Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

MAX_CHARACTERS = 1000
_EXACT_DIGITS = 1000
_ROUNDED_DIGITS = 40
_EXPONENT = 100_000
_DEPTH = 50
_FACTORIAL = 400
_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
_NUMBER = r"(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?"
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<sign>\*\*|//|[-+*/%^(),]))")
_CONSTANTS: Mapping[str, Decimal] = {
    "pi": Decimal("3.141592653589793238462643383279502884197"),
    "e": Decimal("2.718281828459045235360287471352662497757"),
}

_Binary = Callable[[Context, Decimal, Decimal], Decimal]


class CalculationError(ValueError):
    """The expression has no value that can be given; the text says why."""


def evaluate(expression: str) -> str:
    """Return an expression's value as a decimal number. Raises ``CalculationError`` that says what is wrong."""
    if len(expression) > MAX_CHARACTERS:
        raise CalculationError(f"The expression has more than {MAX_CHARACTERS} characters.")
    try:
        return _written(_Parser(expression).parse())
    except DivisionByZero:
        raise CalculationError("Division by zero.") from None
    except (InvalidOperation, Overflow, OverflowError, ValueError) as error:
        if isinstance(error, CalculationError):
            raise
        raise CalculationError("The result is not a number, or too large.") from None


def _written(value: Decimal) -> str:
    if value == 0:
        return "0"
    exponent = value.as_tuple().exponent
    is_padded = isinstance(exponent, int) and exponent > 0 and value.adjusted() >= _ROUNDED_DIGITS
    if is_padded or abs(value.adjusted()) > _EXACT_DIGITS:
        return f"{_rounding().plus(value).normalize(_rounding()):e}".replace("e+", "e")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exactness() -> Context:
    return Context(prec=_EXACT_DIGITS, Emax=_EXPONENT, Emin=-_EXPONENT, traps=_TRAPS)


def _rounding() -> Context:
    return Context(prec=_ROUNDED_DIGITS, Emax=_EXPONENT, Emin=-_EXPONENT, traps=_TRAPS)


def _best(operation: _Binary, left: Decimal, right: Decimal) -> Decimal:
    exactness = _exactness()
    result = operation(exactness, left, right)
    return operation(_rounding(), left, right) if exactness.flags[Inexact] else result


def _floor_divide(context: Context, left: Decimal, right: Decimal) -> Decimal:
    quotient = context.divide_int(left, right)
    is_below = context.remainder(left, right) != 0 and (left < 0) != (right < 0)
    return context.subtract(quotient, Decimal(1)) if is_below else quotient


def _remainder(context: Context, left: Decimal, right: Decimal) -> Decimal:
    return context.subtract(left, context.multiply(_floor_divide(context, left, right), right))


def _power(context: Context, base: Decimal, exponent: Decimal) -> Decimal:
    is_whole = exponent == exponent.to_integral_value()
    return context.power(base, exponent) if is_whole else _rounding().power(base, exponent)


_OPERATIONS: Mapping[str, _Binary] = {
    "+": Context.add,
    "-": Context.subtract,
    "*": Context.multiply,
    "/": Context.divide,
    "//": _floor_divide,
    "%": _remainder,
    "^": _power,
    "**": _power,
}


def _round(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    if places != places.to_integral_value() or abs(places) > _ROUNDED_DIGITS:
        raise CalculationError(f"round takes a whole number of places, {_ROUNDED_DIGITS} at most.")
    return value.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP, _exactness())


def _factorial(value: Decimal) -> Decimal:
    if value != value.to_integral_value() or not 0 <= value <= _FACTORIAL:
        raise CalculationError(f"factorial takes a whole number from 0 to {_FACTORIAL}.")
    return Decimal(math.factorial(int(value)))


def _float(function: Callable[[float], float]) -> Callable[[Decimal], Decimal]:
    return lambda value: Decimal(repr(function(float(value))))


def _sum(*values: Decimal) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = _best(Context.add, total, value)
    return total


def _root(value: Decimal) -> Decimal:
    exactness = _exactness()
    result = exactness.sqrt(value)
    return _rounding().sqrt(value) if exactness.flags[Inexact] else result


def _ceil(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_CEILING)


def _floor(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_FLOOR)


def _rounded(operation: Callable[[Context, Decimal], Decimal]) -> Callable[[Decimal], Decimal]:
    return lambda value: operation(_rounding(), value)


def _largest(*values: Decimal) -> Decimal:
    return max(values)


def _smallest(*values: Decimal) -> Decimal:
    return min(values)


# Name → how many arguments at least and at most, and what it does.
_FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Decimal]]] = {
    "abs": (1, 1, Decimal.copy_abs),
    "ceil": (1, 1, _ceil),
    "cos": (1, 1, _float(math.cos)),
    "exp": (1, 1, _rounded(Context.exp)),
    "factorial": (1, 1, _factorial),
    "floor": (1, 1, _floor),
    "ln": (1, 1, _rounded(Context.ln)),
    "log10": (1, 1, _rounded(Context.log10)),
    "max": (1, 100, _largest),
    "min": (1, 100, _smallest),
    "round": (1, 2, _round),
    "sin": (1, 1, _float(math.sin)),
    "sqrt": (1, 1, _root),
    "sum": (1, 100, _sum),
    "tan": (1, 1, _float(math.tan)),
}


class _Parser:
    """Reads an expression from left to right, evaluating as it goes."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def parse(self) -> Decimal:
        """Return the value of the whole expression."""
        value = self._sum()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return value

    def _sum(self) -> Decimal:
        self._depth += 1
        if self._depth > _DEPTH:
            raise CalculationError(f"The expression is nested deeper than {_DEPTH} levels.")
        value = self._product()
        while sign := self._take("+", "-"):
            value = _best(_OPERATIONS[sign], value, self._product())
        self._depth -= 1
        return value

    def _product(self) -> Decimal:
        value = self._signed()
        while sign := self._take("*", "/", "//", "%"):
            value = _best(_OPERATIONS[sign], value, self._signed())
        return value

    def _signed(self) -> Decimal:
        is_negative = False
        while sign := self._take("+", "-"):
            is_negative ^= sign == "-"
        value = self._raised()
        return value.copy_negate() if is_negative else value

    def _raised(self) -> Decimal:
        base = self._atom()
        if not self._take("^", "**"):
            return base
        self._depth += 1
        if self._depth > _DEPTH:
            raise CalculationError(f"The expression is nested deeper than {_DEPTH} levels.")
        exponent = self._signed()
        self._depth -= 1
        return _best(_power, base, exponent)

    def _atom(self) -> Decimal:
        kind, text = self._next()
        if kind == "number":
            return Decimal(text)
        if kind == "name":
            return self._named(text.lower())
        if text != "(":
            self._at -= 1
            raise self._unexpected()
        value = self._sum()
        self._expect(")")
        return value

    def _named(self, name: str) -> Decimal:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name not in _FUNCTIONS:
            raise CalculationError(f"{name} is not known. Functions: {', '.join(_FUNCTIONS)}; constants: pi, e.")
        least, most, function = _FUNCTIONS[name]
        self._expect("(")
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._expect(")")
        if not least <= len(values) <= most:
            raise CalculationError(f"{name} takes {least if least == most else f'{least} to {most}'} arguments.")
        return function(*values)

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in {("sign", sign) for sign in signs}:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise self._unexpected()
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected(f" where {sign} was expected")

    def _unexpected(self, suffix: str = "") -> CalculationError:
        if self._at >= len(self._tokens):
            return CalculationError(f"The expression ends too early{suffix}.")
        text = self._tokens[self._at][1]
        hint = " Write numbers without thousands separators." if text == "," else ""
        return CalculationError(f"Unexpected {text!r}{suffix}.{hint}")


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise CalculationError(f"{text[at:].strip()[:1]!r} cannot be read in an expression.")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found
