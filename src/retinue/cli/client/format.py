"""Durations and costs as the client writes them, the same as the console does (web/src/lib/format.ts and cost.ts)."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

NONE = "—"
UNKNOWN = "unknown"
_SMALLEST_USD = Decimal("0.000001")
_FOUR_DIGITS = Context(prec=4, rounding=ROUND_HALF_UP)
_TENTHS_BELOW_MS = 9_950


def duration_text(ms: int | None) -> str:
    """Write milliseconds as 840ms, 3.2s, 1m 13s, 2h 5m or 3d 4h; a dash for none."""
    if ms is None:
        return NONE
    if ms < 1000:  # noqa: PLR2004 - a second
        return f"{max(0, ms)}ms"
    if ms < _TENTHS_BELOW_MS:
        return f"{ms / 1000:.1f}s"
    minutes, seconds = divmod(int(ms / 1000 + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
    first = next((index for index, (value, _) in enumerate(parts) if value), len(parts) - 1)
    return " ".join(f"{value}{unit}" for value, unit in parts[first : first + 2] if value)


def cost_text(usage: Mapping[str, Any]) -> str:
    """Write the cost of a run's usage: a dash when no model was called, ≥ for a sum that lacks some prices, or unknown.

    A cost is marked as estimated when it is by the length of texts, because the provider sent no token counts.
    """
    state = usage["cost_state"]
    if state == "none":
        return NONE
    if state == "unknown" or usage["cost_usd"] is None:
        return UNKNOWN
    figure = usd_text(Decimal(str(usage["cost_usd"]))) + (" (estimated)" if usage.get("is_estimated") else "")
    return f"≥ {figure}" if state == "partial" else figure


def usd_text(cost: Decimal) -> str:
    """Write US dollars with four significant digits, from 100 on with two decimals."""
    if cost == 0:
        return "$0"
    if cost < _SMALLEST_USD:
        return "<$0.000001"
    if cost >= 100:  # noqa: PLR2004 - where cents are enough
        return f"${cost:,.2f}"
    rounded = _FOUR_DIGITS.plus(cost)
    if rounded >= Decimal("0.1"):
        return f"${rounded:.2f}" if rounded >= 10 else f"${rounded:.3f}"  # noqa: PLR2004 - as the console has it
    return f"${rounded.normalize():f}"
