from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.tools.kinds.arithmetic import CalculationError, evaluate

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2", "0.3"),
        ("2^64", "18446744073709551616"),
        ("2**200", str(2**200)),
        ("1/3", "0.3333333333333333333333333333333333333333"),
        ("-2^2", "-4"),
        ("2^-2", "0.25"),
        ("2^3^2", "512"),
        ("7 // -2", "-4"),
        ("-7 % 3", "2"),
        ("(1299.90 - 15) * 3", "3854.7"),
        ("sqrt(16) + sqrt(2.25)", "5.5"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(10/3, 2)", "3.33"),
        ("max(1, 2, 3) - min(4, 5)", "-1"),
        ("factorial(25)", "15511210043330985984000000"),
        ("sum(0.1, 0.1, 0.1)", "0.3"),
        ("1e3 + .5", "1000.5"),
        ("1_000_000 * 2", "2000000"),
        ("ceil(1.1) + floor(-1.1)", "0"),
        ("--3", "3"),
        ("10^2000", "1e2000"),
        ("cos(0)", "1"),
        ("ln(1)", "0"),
    ],
)
def test_expressions_have_exact_values(expression: str, value: str) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("1/0", "Division by zero"),
        ("5 % 0", "Division by zero|not a number"),
        ("9^9^9^9", "too large"),
        ("1e99999 * 1e99999", "too large"),
        ("ln(-1)", "not a number"),
        ("factorial(100000)", "whole number from 0 to 400"),
        ("1,000", "thousands separators"),
        ("2 3", "Unexpected '3'"),
        ("(1", "ends too early"),
        ("", "ends too early"),
        ("foo(1)", "foo is not known"),
        ("__import__('os').system('id')", "cannot be read"),
        ("(" * 200 + "1" + ")" * 200, "nested deeper"),
        ("^".join(["9"] * 200), "nested deeper"),
        ("1" * 1001, "1000 characters"),
        ("sqrt(1, 2)", "takes 1 arguments"),
    ],
)
def test_what_has_no_value_is_told(expression: str, reason: str) -> None:
    with pytest.raises(CalculationError, match=reason):
        evaluate(expression)


@given(NUMBERS, NUMBERS)
def test_sums_and_products_are_exact(left: Decimal, right: Decimal) -> None:
    with localcontext(prec=200):
        assert Decimal(evaluate(f"({left}) + ({right})")) == left + right
        assert Decimal(evaluate(f"({left}) * ({right})")) == left * right


@given(NUMBERS, NUMBERS.filter(bool))
def test_whole_division_and_remainder_fit_together(left: Decimal, right: Decimal) -> None:
    whole, rest = Decimal(evaluate(f"({left}) // ({right})")), Decimal(evaluate(f"({left}) % ({right})"))

    with localcontext(prec=200):
        assert whole * right + rest == left
    assert abs(rest) < abs(right)
    assert rest == 0 or (rest > 0) == (right > 0)


@given(st.text(alphabet="0123456789.+-*/%^(), eabsqrtpi", max_size=60))
def test_any_text_has_a_value_or_a_reason(text: str) -> None:
    try:
        value = evaluate(text)
    except CalculationError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert Decimal(value).is_finite()
