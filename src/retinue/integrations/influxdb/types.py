"""Points on their way to InfluxDB, as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class QueuedPoint:
    """A point that InfluxDB has yet to receive."""

    id: int
    organization_id: UUID
    agent_id: UUID
    agent_name: str
    metric_type: str
    value: Decimal
    unit: str
    metadata: JsonObject
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How the destination stands. ``waiting`` counts up to 1,000,000 points, ``dropped_count`` those it never received."""

    is_active: bool
    waiting: int
    oldest_seconds: float
    failures: int
    error: str | None
    dropped_count: int
