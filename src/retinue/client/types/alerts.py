"""Documents of alerts. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "Alert",
    "AlertChannel",
    "AlertChannelPage",
    "AlertConfig",
    "AlertConfigPage",
    "AlertDelivery",
    "AlertDeliveryPage",
    "AlertEvent",
    "AlertHistory",
    "AlertPage",
    "AlertSilence",
    "AlertSilencePage",
    "AlertStanding",
    "AlertStatus",
    "Backtest",
    "BacktestGroup",
    "BacktestPeriod",
    "ChannelKind",
    "ChannelStatus",
    "DeliveryAttempt",
    "DeliveryState",
    "EventType",
    "FailedChannel",
    "NoData",
    "QuietHours",
    "Severity",
    "StateName",
    "UnreachableRule",
]

AlertStatus: TypeAlias = Literal["open", "acknowledged", "resolved"]


Severity: TypeAlias = Literal["info", "warning", "critical"]


class Alert(TypedDict):
    """An alert: a rule's condition was true."""

    acknowledged_at: str | None
    acknowledged_by: str | None
    agent_id: str | None
    config_id: str | None
    config_name: str
    details: dict[str, Any]
    fingerprint: str
    group_key: str
    id: str
    is_flapping: bool
    is_silenced: bool
    organization_id: str
    resolved_at: str | None
    resolved_reason: str | None
    severity: Severity
    started_at: str
    status: AlertStatus
    target_name: str | None
    threshold: float | None
    triggered_at: str
    unacknowledged_at: str | None
    value: float | None


ChannelKind: TypeAlias = Literal["email", "slack", "webhook"]


ChannelStatus: TypeAlias = Literal["unverified", "active", "disabled", "failed"]


class QuietHours(TypedDict):
    """Times of day in which only critical alerts are sent: from ``start`` to ``end``, HH:MM, over midnight if …"""

    days: NotRequired[list[int]]
    end: str
    start: str
    timezone: str


class AlertChannel(TypedDict):
    """Where alerts are sent."""

    address: str | None
    created_at: str
    created_by: str | None
    dead_count: int
    id: str
    kind: ChannelKind
    last_delivery_at: str | None
    last_error: str | None
    min_severity: Severity
    name: str
    organization_id: str
    problem: str | None
    quiet_hours: QuietHours | None
    send_on: list[str]
    sent_count: int
    status: ChannelStatus
    unsubscribed_at: str | None
    updated_at: str
    verified_at: str | None


class AlertChannelPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AlertChannel]
    next_cursor: str | None


NoData: TypeAlias = Literal["ok", "keep", "no_data", "fire"]


StateName: TypeAlias = Literal["ok", "pending", "firing", "recovering", "no_data"]


class AlertConfig(TypedDict):
    """An alert rule."""

    agent_id: str | None
    budget_id: str | None
    channels: dict[str, Any]
    conditions: dict[str, Any]
    created_at: str
    created_by: str | None
    enabled: bool
    escalate_after_seconds: int
    escalate_channels: dict[str, Any]
    eval_error: str | None
    for_seconds: int
    group_by: Literal["agent"] | None
    id: str
    keep_firing_seconds: int
    last_eval_at: str | None
    name: str
    next_eval_at: str | None
    no_data: NoData
    notify_resolved: bool
    organization_id: str
    paused_until: str | None
    renotify_seconds: int
    runbook_url: str | None
    severity: Severity
    state: StateName
    summary: str
    tag: str | None
    target_name: str | None
    team_id: str | None
    updated_at: str
    workflow_id: str | None


class AlertConfigPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AlertConfig]
    next_cursor: str | None


class DeliveryAttempt(TypedDict):
    """One attempt to send. ``response`` is the beginning of what the receiver answered."""

    created_at: str
    duration_ms: int
    error: str | None
    number: int
    outcome: Literal["sent", "failed", "refused", "lost"]
    response: str | None
    status_code: int | None


DeliveryState: TypeAlias = Literal["queued", "sending", "sent", "dead", "suppressed", "grouped"]


EventType: TypeAlias = Literal[
    "opened",
    "reopened",
    "escalated",
    "reminder",
    "unsilenced",
    "acknowledged",
    "unacknowledged",
    "channel_failed",
    "resolved",
]


class AlertDelivery(TypedDict):
    """What is sent to a channel about an event."""

    alert_id: str
    attempts: int
    channel_id: str
    channel_kind: ChannelKind
    channel_name: str
    created_at: str
    event_id: str
    event_type: EventType
    group_id: str | None
    id: str
    log: list[DeliveryAttempt]
    next_attempt_at: str | None
    reason: str | None
    sent_at: str | None
    state: DeliveryState


class AlertDeliveryPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AlertDelivery]
    next_cursor: str | None


class AlertEvent(TypedDict):
    """Something that happened to an alert; ``actor_id`` is the person who did it, null for the platform."""

    actor_id: str | None
    alert_id: str
    created_at: str
    data: dict[str, Any]
    id: str
    type: EventType


class AlertHistory(TypedDict):
    """An alert with all that happened to it and was sent about it."""

    alert: Alert
    deliveries: list[AlertDelivery]
    events: list[AlertEvent]


class AlertPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Alert]
    next_cursor: str | None


class AlertSilence(TypedDict):
    """A time in which nothing is sent about matching alerts. All matchers that are given must match."""

    agent_id: str | None
    alert_id: str | None
    config_id: str | None
    created_at: str
    created_by: str | None
    ends_at: str
    ends_when_resolved: bool
    hidden_count: int
    id: str
    organization_id: str
    reason: str
    severity: Severity | None
    starts_at: str
    tag: str | None


class AlertSilencePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AlertSilence]
    next_cursor: str | None


class FailedChannel(TypedDict):
    """A channel that was disabled after errors."""

    id: str
    kind: ChannelKind
    last_error: str | None
    name: str


class UnreachableRule(TypedDict):
    """A critical rule whose channels are all disabled: nobody is told outside the console."""

    id: str
    name: str


class AlertStanding(TypedDict):
    """Whether alerts work: when rules were last evaluated, whether that is too long ago, and what is sent …"""

    failed_channels: list[FailedChannel]
    is_late: bool
    last_sweep_at: str
    unreachable_rules: list[UnreachableRule]


class BacktestPeriod(TypedDict):
    """A time in which a rule would have fired; ``ended_at`` is null when it still would."""

    ended_at: str | None
    fired_at: str
    notification_count: int
    started_at: str
    value: float | None


class BacktestGroup(TypedDict):
    """What a rule would have done for one agent, or for one combination of values of labels."""

    agent_id: str | None
    firing_seconds: int
    key: str
    known_since: str | None
    labels: dict[str, str]
    name: str
    notification_count: int
    periods: list[BacktestPeriod]


class Backtest(TypedDict):
    """What a rule would have done over the past."""

    end: str
    firing_seconds: int
    group_count: int
    groups: list[BacktestGroup]
    is_complete: bool
    known_since: str | None
    notification_count: int
    periods: list[BacktestPeriod]
    run_count: int
    start: str
