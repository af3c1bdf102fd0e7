"""Documents of alerts_2. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

from retinue.client.types.alerts import AlertChannel, AlertConfig, ChannelKind, NoData, Severity
from retinue.client.types.common import MissingDatePolicy, ScheduleFrequency

__all__ = [
    "BacktestAlertConfig",
    "ChannelTest",
    "CreateAlertChannel",
    "CreateAlertConfig",
    "CreateAlertSilence",
    "CreateMaintenanceWindow",
    "IssuedChannel",
    "MaintenanceWindow",
    "MaintenanceWindowPage",
    "NewQuietHours",
    "NewRecurrence",
    "StarterPack",
    "Timing",
    "UpdateAlertChannel",
    "UpdateAlertConfig",
    "UpdateMaintenanceWindow",
    "VerifyAlertChannel",
]


class BacktestAlertConfig(TypedDict):
    """A rule to try over the past."""

    agent_id: NotRequired[str | UUID | None]
    conditions: dict[str, Any]
    days: NotRequired[int]
    for_seconds: NotRequired[int]
    group_by: NotRequired[Literal["agent"] | None]
    keep_firing_seconds: NotRequired[int]
    no_data: NotRequired[NoData]
    notify_resolved: NotRequired[bool]
    renotify_seconds: NotRequired[int]
    severity: NotRequired[Severity]
    tag: NotRequired[str | None]
    team_id: NotRequired[str | UUID | None]
    workflow_id: NotRequired[str | UUID | None]


class ChannelTest(TypedDict):
    """What the receiver answered to a test message."""

    duration_ms: int
    error: str | None
    response: str | None
    sent: bool
    status_code: int | None


class NewQuietHours(TypedDict):
    """Times of day in which only critical alerts are sent; the others wait until the end."""

    days: NotRequired[list[int]]
    end: str
    start: str
    timezone: str


class CreateAlertChannel(TypedDict):
    """A new channel."""

    kind: ChannelKind
    min_severity: NotRequired[Severity]
    name: str
    quiet_hours: NotRequired[NewQuietHours | None]
    send_on: NotRequired[list[Literal["opened", "resolved", "reminder"]]]
    url: NotRequired[str | None]


class CreateAlertConfig(TypedDict):
    """A new alert rule."""

    agent_id: NotRequired[str | UUID | None]
    channels: NotRequired[dict[str, Any]]
    conditions: dict[str, Any]
    enabled: NotRequired[bool]
    escalate_after_seconds: NotRequired[int]
    escalate_channels: NotRequired[dict[str, Any]]
    for_seconds: NotRequired[int]
    group_by: NotRequired[Literal["agent"] | None]
    keep_firing_seconds: NotRequired[int]
    name: str
    no_data: NotRequired[NoData]
    notify_resolved: NotRequired[bool]
    renotify_seconds: NotRequired[int]
    runbook_url: NotRequired[str | None]
    severity: NotRequired[Severity]
    tag: NotRequired[str | None]
    team_id: NotRequired[str | UUID | None]
    workflow_id: NotRequired[str | UUID | None]


class CreateAlertSilence(TypedDict):
    """A time in which nothing is sent about matching alerts."""

    agent_id: NotRequired[str | UUID | None]
    alert_id: NotRequired[str | UUID | None]
    config_id: NotRequired[str | UUID | None]
    ends_at: NotRequired[str | datetime | None]
    ends_when_resolved: NotRequired[bool]
    reason: NotRequired[str]
    severity: NotRequired[Severity | None]
    starts_at: NotRequired[str | datetime | None]
    tag: NotRequired[str | None]


class NewRecurrence(TypedDict):
    """When a maintenance window begins: a frequency or a cron expression, in a time zone, as that of a …"""

    cron: NotRequired[str | None]
    date: NotRequired[int | None]
    days: NotRequired[list[int]]
    end_at: NotRequired[str | datetime | None]
    frequency: NotRequired[ScheduleFrequency | None]
    interval: NotRequired[int]
    missing_date: NotRequired[MissingDatePolicy]
    run_date: NotRequired[str | None]
    start_at: NotRequired[str | datetime | None]
    time: NotRequired[str | None]
    timezone: str


class CreateMaintenanceWindow(TypedDict):
    """A time that comes again, in which nothing is sent about matching alerts."""

    agent_id: NotRequired[str | UUID | None]
    config_id: NotRequired[str | UUID | None]
    duration_minutes: int
    enabled: NotRequired[bool]
    name: str
    reason: NotRequired[str]
    recurrence: NewRecurrence
    severity: NotRequired[Severity | None]
    tag: NotRequired[str | None]


class IssuedChannel(TypedDict):
    """A channel with the signing secret of a webhook, which is shown this once."""

    channel: AlertChannel
    secret: str | None


class Timing(TypedDict):
    """When a schedule is due: a frequency with its fields, or a cron expression; as the user gave it."""

    cron: NotRequired[str | None]
    date: NotRequired[int | None]
    days: NotRequired[list[int]]
    end_at: NotRequired[str | None]
    frequency: NotRequired[ScheduleFrequency | None]
    interval: NotRequired[int]
    missing_date: NotRequired[MissingDatePolicy]
    run_date: NotRequired[str | None]
    start_at: NotRequired[str | None]
    time: NotRequired[str | None]
    timezone: str


class MaintenanceWindow(TypedDict):
    """A time that comes again, in which nothing is sent about matching alerts."""

    active_until: str | None
    agent_id: str | None
    config_id: str | None
    created_at: str
    created_by: str | None
    duration_minutes: int
    enabled: bool
    id: str
    name: str
    next_start: str | None
    organization_id: str
    reason: str
    recurrence: Timing
    severity: Severity | None
    summary: str
    tag: str | None
    updated_at: str


class MaintenanceWindowPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[MaintenanceWindow]
    next_cursor: str | None


class StarterPack(TypedDict):
    """The rules that were created, and the names of those that existed."""

    created: list[AlertConfig]
    existing: list[str]


class UpdateAlertChannel(TypedDict):
    """What to change; a field that is left out stays as it is."""

    enabled: NotRequired[bool]
    min_severity: NotRequired[Severity]
    quiet_hours: NotRequired[NewQuietHours | None]
    send_on: NotRequired[list[Literal["opened", "resolved", "reminder"]]]
    url: NotRequired[str]


class UpdateAlertConfig(TypedDict):
    """What to change; a field that is left out stays as it is."""

    agent_id: NotRequired[str | UUID | None]
    channels: NotRequired[dict[str, Any]]
    conditions: NotRequired[dict[str, Any]]
    enabled: NotRequired[bool]
    escalate_after_seconds: NotRequired[int]
    escalate_channels: NotRequired[dict[str, Any]]
    for_seconds: NotRequired[int]
    group_by: NotRequired[Literal["agent"] | None]
    keep_firing_seconds: NotRequired[int]
    name: NotRequired[str]
    no_data: NotRequired[NoData]
    notify_resolved: NotRequired[bool]
    paused_until: NotRequired[str | datetime | None]
    renotify_seconds: NotRequired[int]
    runbook_url: NotRequired[str | None]
    severity: NotRequired[Severity]
    tag: NotRequired[str | None]
    team_id: NotRequired[str | UUID | None]
    workflow_id: NotRequired[str | UUID | None]


class UpdateMaintenanceWindow(TypedDict):
    """What to change; a field that is left out stays as it is."""

    agent_id: NotRequired[str | UUID | None]
    config_id: NotRequired[str | UUID | None]
    duration_minutes: NotRequired[int]
    enabled: NotRequired[bool]
    name: NotRequired[str]
    reason: NotRequired[str]
    recurrence: NotRequired[NewRecurrence]
    severity: NotRequired[Severity | None]
    tag: NotRequired[str | None]


class VerifyAlertChannel(TypedDict):
    """The code that was sent to an address."""

    code: str
