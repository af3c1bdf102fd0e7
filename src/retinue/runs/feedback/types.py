"""Feedback on runs as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FeedbackValue(StrEnum):
    """A thumb up or down."""

    UP = "up"
    DOWN = "down"


class FeedbackFilter(StrEnum):
    """Filter of runs: with at least one thumb up, with at least one thumb down, or without feedback."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback of a person on a run; at most one per person and run."""

    run_id: UUID
    user_id: UUID
    user_name: str | None
    value: FeedbackValue
    comment: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """How many thumbs a run has, and the caller's own, if any."""

    up: int
    down: int
    mine: FeedbackValue | None


NO_FEEDBACK = FeedbackSummary(0, 0, None)
