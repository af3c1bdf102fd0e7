"""External agents as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from retinue.agents.types import Presence
from retinue.runs.work.types import Work


@dataclass(frozen=True, slots=True)
class AgentHeartbeat:
    """A heartbeat as it was received."""

    received_at: datetime
    status: Literal["online", "error"]
    cpu_percent: Decimal | None
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class HeartbeatHistory:
    """The heartbeats of an external agent in the last hours, newest first, and how often they are expected."""

    presence: Presence
    last_heartbeat: datetime | None
    every_seconds: int
    grace_seconds: int
    items: list[AgentHeartbeat]


@dataclass(frozen=True, slots=True)
class NewHeartbeat:
    """A heartbeat as it is sent."""

    status: Literal["online", "error"] = "online"
    cpu_percent: Decimal | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """The run that an external agent has claimed; null when none came within the time that it waited."""

    work: Work | None


@dataclass(frozen=True, slots=True)
class HeldWork:
    """Until when a run is held."""

    run_id: UUID
    lease: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class AnsweredWork:
    """A run whose answer was taken. ``is_replay``: the same answer was taken before."""

    run_id: UUID
    is_replay: bool


@dataclass(frozen=True, slots=True)
class WorkRecords:
    """How many log lines and thoughts were taken."""

    logs: int
    thoughts: int
