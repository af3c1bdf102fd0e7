"""Retention as values: the kinds, their bounds, what an organization chose, and what a choice would delete."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RetentionKind(StrEnum):
    """A kind of record that is deleted when it is old enough."""

    RUNS = "runs"
    LOGS = "logs"
    EVENTS = "events"
    THOUGHTS = "thoughts"
    FILES = "files"
    MESSAGES = "messages"
    ALERTS = "alerts"
    METRICS = "metrics"
    USAGE = "usage"
    AUDIT = "audit"
    NOTIFICATIONS = "notifications"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long a kind is kept, in days. ``days`` null: as long as ``follows`` says, ``runs`` or ``installation``.

    ``effective_days`` is what holds now. ``days`` may be from ``minimum_days`` to ``maximum_days``; ``follows`` null: it
    must have a number.
    """

    kind: RetentionKind
    days: int | None
    effective_days: int
    follows: str | None
    minimum_days: int
    maximum_days: int


@dataclass(frozen=True, slots=True)
class Retention:
    """How long an organization keeps each kind of record."""

    rules: tuple[RetentionRule, ...]


@dataclass(frozen=True, slots=True)
class ExpiredRows:
    """What would be deleted of a kind, and the oldest of it. With ``is_more`` counting stopped at ``rows``."""

    kind: RetentionKind
    days: int
    rows: int
    is_more: bool
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """What the next maintenance would delete, were these the settings."""

    expired: tuple[ExpiredRows, ...]
    rows: int


Chosen = dict[RetentionKind, int | None]
"""Kind → days; None: it follows."""
