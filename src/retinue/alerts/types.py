"""Alert rules, alerts, and what is sent about them, as values."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from retinue.core.json import Json, JsonObject


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class NoData(StrEnum):
    """What a rule does when there is nothing to evaluate: counts as ok, keeps its state, shows no_data, or fires."""

    OK = "ok"
    KEEP = "keep"
    NO_DATA = "no_data"
    FIRE = "fire"


class StateName(StrEnum):
    """Where a rule stands, for one group."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    NO_DATA = "no_data"


class AlertStatus(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class EventType(StrEnum):
    """What happened to an alert."""

    OPENED = "opened"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    REMINDER = "reminder"
    UNSILENCED = "unsilenced"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    CHANNEL_FAILED = "channel_failed"
    RESOLVED = "resolved"


class ChannelKind(StrEnum):
    """How a channel sends."""

    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


class ChannelStatus(StrEnum):
    """Whether a channel sends: unverified and disabled do not; failed was disabled after errors."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"
    DISABLED = "disabled"
    FAILED = "failed"


class DeliveryState(StrEnum):
    """Where a delivery stands: dead was given up, suppressed was never to be sent, grouped is part of another's message."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    GROUPED = "grouped"


SendOn = Literal["opened", "resolved", "reminder"]


@dataclass(frozen=True, slots=True)
class AlertDefinition:
    """What a user decides about a rule. At most one of ``agent_id``, ``team_id`` and ``workflow_id``; none: all runs.

    With ``tag`` only runs that have it count. ``escalate_channels`` are told when nobody has acknowledged an alert for
    ``escalate_after_seconds``; 0: never.
    """

    name: str
    conditions: JsonObject
    channels: JsonObject
    agent_id: uuid.UUID | None = None
    team_id: uuid.UUID | None = None
    workflow_id: uuid.UUID | None = None
    severity: Severity = Severity.WARNING
    for_seconds: int = 0
    keep_firing_seconds: int = 0
    no_data: NoData = NoData.OK
    renotify_seconds: int = 0
    notify_resolved: bool = True
    group_by: Literal["agent"] | None = None
    runbook_url: str | None = None
    tag: str | None = None
    escalate_after_seconds: int = 0
    escalate_channels: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """An alert rule. ``state`` is the worst of its groups; ``budget_id`` names the budget by which its action blocks."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    conditions: JsonObject
    channels: JsonObject
    agent_id: uuid.UUID | None
    team_id: uuid.UUID | None
    workflow_id: uuid.UUID | None
    target_name: str | None
    enabled: bool
    severity: Severity
    for_seconds: int
    keep_firing_seconds: int
    no_data: NoData
    renotify_seconds: int
    notify_resolved: bool
    group_by: Literal["agent"] | None
    runbook_url: str | None
    tag: str | None
    escalate_after_seconds: int
    escalate_channels: JsonObject
    budget_id: uuid.UUID | None
    paused_until: datetime | None
    summary: str
    state: StateName
    last_eval_at: datetime | None
    next_eval_at: datetime | None
    eval_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the engine reads it."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    definition: AlertDefinition
    target_name: str | None
    version: int
    eval_failures: int
    paused_until: datetime | None
    changed_at: datetime
    budget_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Where a rule stands for one group; no row is the same as ok since ever."""

    name: StateName = StateName.OK
    since: datetime | None = None
    pending_since: datetime | None = None
    clear_since: datetime | None = None
    counts_from: datetime | None = None
    is_held: bool = False
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evaluation found. ``is_true`` None: neither true nor false, the state stays; ``level`` rises as it gets worse.

    ``since`` is when the condition became true, ``next_at`` when it may become true without anything happening.
    """

    is_true: bool | None
    has_data: bool = True
    value: float | None = None
    threshold: float | None = None
    level: int = 0
    is_mild: bool = False
    since: datetime | None = None
    next_at: datetime | None = None
    summary: str = ""
    run_ids: tuple[uuid.UUID, ...] = ()
    error: str | None = None
    ends: str = "cleared"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: a rule's condition was true. ``started_at`` is when it became so, ``triggered_at`` when that was noticed."""

    id: uuid.UUID
    organization_id: uuid.UUID
    config_id: uuid.UUID | None
    config_name: str
    agent_id: uuid.UUID | None
    target_name: str | None
    group_key: str
    fingerprint: str
    severity: Severity
    status: AlertStatus
    started_at: datetime
    triggered_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: uuid.UUID | None
    resolved_at: datetime | None
    resolved_reason: str | None
    is_flapping: bool
    is_silenced: bool
    unacknowledged_at: datetime | None
    value: float | None
    threshold: float | None
    details: JsonObject


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """Something that happened to an alert; ``actor_id`` is the person who did it, null for the platform."""

    id: uuid.UUID
    alert_id: uuid.UUID
    type: EventType
    data: JsonObject
    actor_id: uuid.UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to send. ``response`` is the beginning of what the receiver answered."""

    number: int
    outcome: Literal["sent", "failed", "refused", "lost"]
    status_code: int | None
    response: str | None
    error: str | None
    duration_ms: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AlertDelivery:
    """What is sent to a channel about an event. Its id is the idempotency id that the receiver sees with each attempt.

    One with a ``group_id`` is part of the message of the delivery of that id.
    """

    id: uuid.UUID
    alert_id: uuid.UUID
    event_id: uuid.UUID
    event_type: EventType
    channel_id: uuid.UUID
    channel_kind: ChannelKind
    channel_name: str
    state: DeliveryState
    reason: str | None
    group_id: uuid.UUID | None
    attempts: int
    next_attempt_at: datetime | None
    sent_at: datetime | None
    created_at: datetime
    log: list[DeliveryAttempt]


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """An alert with all that happened to it and was sent about it."""

    alert: Alert
    events: list[AlertEvent]
    deliveries: list[AlertDelivery]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Times of day in which only critical alerts are sent: from ``start`` to ``end``, HH:MM, over midnight if it is earlier.

    ``days`` are the weekdays on which they begin, 1 is Monday; none: every day.
    """

    start: str
    end: str
    timezone: str
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertChannel:
    """Where alerts are sent. A Slack webhook's URL is not its ``address``. ``unsubscribed_at``: the recipient ended it."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    kind: ChannelKind
    name: str
    address: str | None
    send_on: list[str]
    min_severity: Severity
    quiet_hours: QuietHours | None
    status: ChannelStatus
    problem: str | None
    last_error: str | None
    last_delivery_at: datetime | None
    sent_count: int
    dead_count: int
    verified_at: datetime | None
    unsubscribed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedChannel:
    """A channel with the signing secret of a webhook, which is shown this once."""

    channel: AlertChannel
    secret: str | None


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """What the receiver answered to a test message."""

    sent: bool
    status_code: int | None
    response: str | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class UnreachableRule:
    """A critical rule whose channels are all disabled: nobody is told outside the console."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class FailedChannel:
    """A channel that was disabled after errors."""

    id: uuid.UUID
    kind: ChannelKind
    name: str
    last_error: str | None


@dataclass(frozen=True, slots=True)
class AlertStanding:
    """Whether alerts work: when rules were last evaluated, whether that is too long ago, and what is sent nowhere."""

    last_sweep_at: datetime
    is_late: bool
    failed_channels: list[FailedChannel]
    unreachable_rules: list[UnreachableRule]
