"""Filters of subscriptions: ``column=op.value``, several joined by commas. Pure.

Operators and quoting are those of Supabase (``lib/extensions/postgres_cdc_rls/subscriptions.ex``), without regular
expressions. Values are compared as the column's type; what cannot be compared is no match.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from retinue.realtime.errors import FilterInvalidError

_MOST_VALUES = 100
_MOST_CONDITIONS = 20
_LONGEST = 4000
_NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})
_TEXTS = frozenset({"text", "varchar", "bpchar"})
_ORDERED = {"eq", "neq", "lt", "lte", "gt", "gte", "isdistinct"}
_OPERATORS = _ORDERED | {"in", "like", "ilike", "is"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. ``value`` has the column's type; a tuple for ``in``."""

    column: str
    operator: str
    is_negated: bool
    value: Any
    type: str

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row's value fits. Null fits nothing but ``is`` and ``isdistinct``, negated or not, as in SQL."""
        if self.column not in row:
            return False
        value = row[self.column]
        if self.operator == "is":
            return (value is self.value) is not self.is_negated
        if value is None:
            return self.operator == "isdistinct" and not self.is_negated
        try:
            found = _COMPARE[self.operator](_cast(value, self.type), self.value)
        except (TypeError, ValueError, InvalidOperation):
            return False
        return found is not self.is_negated


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must hold; none: every row fits."""

    conditions: tuple[Condition, ...] = ()

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row fits."""
        return all(condition.holds(row) for condition in self.conditions)

    @property
    def key(self) -> tuple[str, str] | None:
        """A column and a value, as text, that every row that fits has: by it subscriptions are found quickly."""
        for each in self.conditions:
            if each.operator == "eq" and not each.is_negated and (each.type in _TEXTS or each.type == "uuid"):
                return each.column, str(each.value)
        return None


def _like(value: str, pattern: str) -> bool:
    r"""Match ``%`` and ``_`` with ``\`` as the escape, in time proportional to the product of the lengths at worst."""
    tokens: list[str | None] = []  # None: any text; "": any character
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\" and at + 1 < len(pattern):
            at += 1
            tokens.append(pattern[at])
        else:
            tokens.append(None if character == "%" else "" if character == "_" else character)
        at += 1
    place, token, star, kept = 0, 0, -1, 0
    while place < len(value):
        if token < len(tokens) and tokens[token] is not None and tokens[token] in {"", value[place]}:
            place, token = place + 1, token + 1
        elif token < len(tokens) and tokens[token] is None:
            star, kept, token = token, place, token + 1
        elif star >= 0:
            kept += 1
            place, token = kept, star + 1
        else:
            return False
    return all(each is None for each in tokens[token:])


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "neq": lambda found, wanted: found != wanted,
    "isdistinct": lambda found, wanted: found != wanted,
    "lt": lambda found, wanted: found < wanted,
    "lte": lambda found, wanted: found <= wanted,
    "gt": lambda found, wanted: found > wanted,
    "gte": lambda found, wanted: found >= wanted,
    "in": lambda found, wanted: found in wanted,
    "like": _like,
    "ilike": lambda found, wanted: _like(found.lower(), wanted.lower()),
}


def parse(text: str | None, types: Mapping[str, str]) -> Filter:
    """Read a filter over the published columns of a table, given with their types. Raises ``FilterInvalidError``."""
    if text is None or not text.strip():
        return Filter()
    if len(text) > _LONGEST:
        raise FilterInvalidError(f"A filter has at most {_LONGEST} characters.")
    parts = _split(text)
    if len(parts) > _MOST_CONDITIONS:
        raise FilterInvalidError(f"A filter has at most {_MOST_CONDITIONS} conditions.")
    return Filter(tuple(_condition(part, types) for part in parts))


def _split(text: str, before: str = "") -> list[str]:
    """Split at commas that stand outside of quotes and parentheses. A quote opens only after ``.``, ``(`` or ``,``."""
    parts, current = list[str](), list[str]()
    depth, is_quoted, is_escaped = 0, False, False
    for character in text:
        if is_quoted:
            is_quoted = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == "," and depth == 0:
            parts.append("".join(current))
            current, before = [], ","
            continue
        elif character == '"' and before in {".", "(", ","}:
            is_quoted = True
        else:
            depth = max(0, depth + {"(": 1, ")": -1}.get(character, 0))
        current.append(character)
        before = character
    if is_quoted or depth:
        raise FilterInvalidError("A quote or a parenthesis is not closed.")
    parts.append("".join(current))
    if any(not part.strip() for part in parts):
        raise FilterInvalidError("A condition is empty: there is a comma too many.")
    return [part.strip() for part in parts]


def _condition(text: str, types: Mapping[str, str]) -> Condition:
    column, separator, rest = text.partition("=")
    column = column.strip()
    if not separator:
        raise FilterInvalidError("A condition has the form column=operator.value.")
    if column not in types:
        raise FilterInvalidError(f"The table has no column {column[:60]} that can be read.")
    is_negated = rest.startswith("not.")
    operator, separator, value = rest.removeprefix("not.").partition(".")
    if not separator or operator not in _OPERATORS:
        known = ", ".join(sorted(_OPERATORS))
        raise FilterInvalidError(f"The operator {operator[:20]} is not supported. Use one of {known}.")
    kind = types[column]
    if operator == "is":
        return Condition(column, operator, is_negated, _truth(value, kind), kind)
    if operator == "in":
        return Condition(column, operator, is_negated, _values(value, kind), kind)
    if operator in {"like", "ilike"} and kind not in _TEXTS:
        raise FilterInvalidError(f"{operator} needs a column of text, and {column} is {kind}.")
    return Condition(column, operator, is_negated, _wanted(_unquoted(value), column, kind), kind)


def _truth(value: str, kind: str) -> bool | None:
    named = {"null": None, "true": True, "false": False, "unknown": None}
    if value.lower() not in named or (value.lower() != "null" and kind != "bool"):
        raise FilterInvalidError("is takes null, and for a column of booleans true, false or unknown.")
    return named[value.lower()]


def _values(value: str, kind: str) -> tuple[Any, ...]:
    if not (value.startswith("(") and value.endswith(")")):
        raise FilterInvalidError("in takes a list in parentheses, as in.(a,b).")
    inner = value[1:-1]
    if not inner.strip():
        raise FilterInvalidError("in needs at least one value.")
    parts = _split(inner, ",")
    if len(parts) > _MOST_VALUES:
        raise FilterInvalidError(f"in takes at most {_MOST_VALUES} values.")
    return tuple(_wanted(_unquoted(part), "in", kind) for part in parts)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


def _wanted(text: str, column: str, kind: str) -> Any:  # noqa: ANN401 - of the column's type
    try:
        return _cast(text, kind)
    except (TypeError, ValueError, InvalidOperation):
        raise FilterInvalidError(f"The value for {column} is not of the type {kind}.") from None


def _cast(value: Any, kind: str) -> Any:  # noqa: ANN401 - one line a type
    """Return a value of JSON, or a text of a filter, as the column's type. Raises what converting raises."""
    if kind in _TEXTS:
        return _text(value)
    if kind == "uuid":
        return uuid.UUID(_text(value))
    if kind in _NUMBERS:
        number = Decimal(_text(value) if isinstance(value, str) else str(value))
        if not number.is_finite():
            raise ValueError
        return number
    if kind == "bool":
        return value if isinstance(value, bool) else _boolean(_text(value))
    if kind == "timestamptz":
        moment = datetime.fromisoformat(_text(value).replace(" ", "+" if "T" in _text(value) else "T"))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if kind == "date":
        return date.fromisoformat(_text(value))
    raise ValueError


def _boolean(text: str) -> bool:
    if text not in {"true", "t", "false", "f"}:
        raise ValueError
    return text in {"true", "t"}


def _text(value: Any) -> str:  # noqa: ANN401 - of JSON
    if not isinstance(value, str):
        raise TypeError
    return value
