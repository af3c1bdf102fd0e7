"""Events of a run as values."""

from dataclasses import dataclass
from datetime import datetime

from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class RunEvent:
    """A durable event of a run. Sequences of a run begin at 1 and have no gaps."""

    sequence: int
    type: str
    created_at: datetime
    data: JsonObject


@dataclass(frozen=True, slots=True)
class FollowedEvent:
    """An event as it goes to followers (``type`` None: there is none), and how its run stood in the same moment."""

    run_id: str
    status: str
    sequence: int | None
    type: str | None
    data: str | None
    created_at: datetime | None
