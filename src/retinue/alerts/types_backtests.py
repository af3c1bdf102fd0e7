"""Back-tests as values."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BacktestPeriod:
    """A time in which a rule would have fired; ``ended_at`` is null when it still would.

    ``notification_count`` counts what a channel would have been sent: openings, escalations, reminders, resolves.
    """

    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None
    value: float | None
    notification_count: int


@dataclass(frozen=True, slots=True)
class BacktestGroup:
    """What a rule would have done for one agent, or for one combination of values of labels.

    ``known_since`` is null when all that the conditions ask about the group is known since the start.
    """

    key: str
    name: str
    agent_id: uuid.UUID | None
    labels: Mapping[str, str]
    firing_seconds: int
    notification_count: int
    known_since: datetime | None
    periods: list[BacktestPeriod]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done over the past. ``is_complete`` is false when only the newest facts were looked at.

    ``known_since`` is null when all that the conditions ask is known since ``start``; else it is known from then on. A rule
    by groups has its periods in ``groups``, at most 200, those that fired longest first; ``group_count`` counts all, and
    ``firing_seconds`` adds them up. ``notification_count`` counts messages to a channel: what opens together is one.
    """

    start: datetime
    end: datetime
    run_count: int
    firing_seconds: int
    notification_count: int
    periods: list[BacktestPeriod]
    group_count: int
    groups: list[BacktestGroup]
    is_complete: bool
    known_since: datetime | None
