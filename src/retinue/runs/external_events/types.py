"""Events that are sent to runs, as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from retinue.core.json import Json


@dataclass(frozen=True, slots=True)
class ExternalEvent:
    """An event that was sent, kept for a day.

    ``external_id`` is the sender's own id: an event that is sent again under it answers nothing again. ``answered_count`` is
    how many waits of runs it has answered so far.
    """

    id: UUID
    name: str
    key: str | None
    payload: Json
    external_id: str | None
    answered_count: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be sent."""

    name: str
    key: str | None
    payload: Json
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What an event did: the event (or the one that was sent before under its external id), and the runs it answered."""

    event_id: UUID
    is_new: bool
    answered: int
    told: list[UUID]
    woken: list[UUID]
