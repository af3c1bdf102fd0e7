"""Pure decisions: which hours a window has, and what its figures are made of."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import NamedTuple

from retinue.dashboard.types import DashboardFigure, DashboardRange, DashboardSpend, Window
from retinue.engine.pricing import cost_text
from retinue.engine.records import CostState, cost_state_of

WHOLE = -1
BEFORE = -2
"""Beside the steps from 0 on: the window, and the window before."""

_HOURS = {DashboardRange.DAY: (24, 1), DashboardRange.WEEK: (168, 6)}
_RATE = Context(prec=20)


class Ended(NamedTuple):
    """Runs that ended, by status."""

    completed: int
    failed: int
    cancelled: int


class Spent(NamedTuple):
    """Calls of models, and what those with a known price cost."""

    calls: int
    unpriced_calls: int
    cost_usd: Decimal


_NOTHING_ENDED = Ended(0, 0, 0)
_NOTHING_SPENT = Spent(0, 0, Decimal(0))


def window_of(chosen: DashboardRange, now: datetime) -> Window:
    """Return the hours of a window; the present hour is the last one, as roll-ups have whole hours."""
    hours, step = _HOURS[chosen]
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    length = timedelta(hours=hours)
    return Window(chosen, end - 2 * length, end - length, end, step * 3600)


def runs_of(found: Mapping[int, Ended], steps: int) -> DashboardFigure:
    """Count the runs that ended."""
    return _figure(lambda part: str(sum(found.get(part, _NOTHING_ENDED))), steps)


def failure_rate_of(found: Mapping[int, Ended], steps: int) -> DashboardFigure:
    """Return the percentage of failed runs; cancelled ones do not count."""

    def rate(part: int) -> str | None:
        ended = found.get(part, _NOTHING_ENDED)
        whole = ended.completed + ended.failed
        return cost_text(_RATE.divide(Decimal(100 * ended.failed), Decimal(whole))) if whole else None

    return _figure(rate, steps)


def response_time_of(found: Mapping[int, float], steps: int) -> DashboardFigure:
    """Return percentiles with as many digits as they mean."""
    return _figure(lambda part: cost_text(Decimal(f"{found[part]:.6g}")) if part in found else None, steps)


def spend_of(found: Mapping[int, Spent], steps: int) -> DashboardSpend:
    """Return costs, and how much of them is known."""
    cost, state = _cost(found.get(WHOLE, _NOTHING_SPENT))
    previous, previous_state = _cost(found.get(BEFORE, _NOTHING_SPENT))
    series = [_cost(found.get(step, _NOTHING_SPENT))[0] for step in range(steps)]
    return DashboardSpend(cost, state, previous, previous_state, series)


def _figure(value: Callable[[int], str | None], steps: int) -> DashboardFigure:
    return DashboardFigure(value(WHOLE), value(BEFORE), [value(step) for step in range(steps)])


def _cost(spent: Spent) -> tuple[str | None, CostState]:
    state = cost_state_of(spent.calls - spent.unpriced_calls, spent.unpriced_calls)
    return (cost_text(spent.cost_usd) if state in (CostState.KNOWN, CostState.PARTIAL) else None), state
