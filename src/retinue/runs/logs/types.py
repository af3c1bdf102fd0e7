"""Log lines as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import JsonObject


class Level(StrEnum):
    """Severity of a log line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a run's log."""

    id: UUID
    run_id: UUID
    step_id: UUID | None
    message: str
    level: Level
    details: JsonObject | None
    timestamp: datetime
