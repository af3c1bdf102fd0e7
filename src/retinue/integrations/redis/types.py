"""What is published in Redis for readers outside, as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PublishedAgent:
    """How an agent is. ``cpu`` is in percent of a processor, ``memory`` in bytes; None: not known."""

    agent_id: UUID
    status: str
    cpu: Decimal | None
    memory: int | None
    last_execution_time: datetime | None
    last_duration_ms: int | None


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """What a schedule starts next."""

    schedule_id: UUID
    organization_id: UUID
    target_type: str
    target_id: UUID
    due_at: datetime
