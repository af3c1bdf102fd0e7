"""Silences and maintenance windows as values: times in which nothing is sent about matching alerts."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from retinue.alerts.types import Severity
from retinue.schedules.types import Timing


@dataclass(frozen=True, slots=True)
class AlertSilence:
    """A time in which nothing is sent about matching alerts. All matchers that are given must match.

    With ``ends_when_resolved`` it ends when its alert does, and at ``ends_at`` at the latest.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    config_id: uuid.UUID | None
    agent_id: uuid.UUID | None
    alert_id: uuid.UUID | None
    tag: str | None
    severity: Severity | None
    ends_when_resolved: bool
    reason: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    hidden_count: int


@dataclass(frozen=True, slots=True)
class MaintenanceDefinition:
    """What a user decides about a maintenance window. All matchers that are given must match; None matches all."""

    name: str
    recurrence: Timing
    duration_minutes: int
    reason: str = ""
    enabled: bool = True
    config_id: uuid.UUID | None = None
    agent_id: uuid.UUID | None = None
    tag: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A time that comes again, in which nothing is sent about matching alerts. ``active_until`` is null outside of it."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    recurrence: Timing
    duration_minutes: int
    reason: str
    enabled: bool
    config_id: uuid.UUID | None
    agent_id: uuid.UUID | None
    tag: str | None
    severity: Severity | None
    summary: str
    active_until: datetime | None
    next_start: datetime | None
    created_at: datetime
    updated_at: datetime
