"""Back-tests as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BacktestPeriod:
    """A time in which a rule would have fired; ``ended_at`` is null when it still would."""

    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done over the past. ``is_complete`` is false when only the newest facts were looked at.

    ``known_since`` is null when all that the conditions ask is known since ``start``; else it is known from then on.
    """

    start: datetime
    end: datetime
    run_count: int
    firing_seconds: int
    periods: list[BacktestPeriod]
    is_complete: bool
    known_since: datetime | None
