"""What comes in over the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.alerts.destinations import NewChannel
from retinue.alerts.incidents import NewSilence
from retinue.alerts.types import AlertDefinition, ChannelKind, NoData, QuietHours, SendOn, Severity
from retinue.alerts.types_silences import MaintenanceDefinition
from retinue.core.http.request_models import Body, Change
from retinue.core.json import JsonObject
from retinue.core.validation import form
from retinue.schedules.types import (
    Cron,
    DayOfMonth,
    Days,
    EndAt,
    Frequency,
    Interval,
    Missing,
    MissingDate,
    RunDate,
    StartAt,
    Time,
    Timing,
    Zone,
)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
ChannelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
Conditions = Annotated[
    JsonObject,
    Field(
        description="When the rule fires: one kind of condition, as in "
        '`{"status": "error", "consecutive_failures": 3}`, or several under `any` or `all`.',
    ),
]
Channels = Annotated[
    JsonObject,
    Field(
        description="Where to send: names of channels by kind, as in "
        '`{"email": "user@example.com", "slack": "#alerts"}`; a name or a list of them. A new e-mail address is verified '
        "first. `in_app: false` sends nothing to the inbox."
    ),
]
ForSeconds = Annotated[int, Field(ge=0, le=604_800, description="Fires when the condition has been true for so long.")]
KeepSeconds = Annotated[int, Field(ge=0, le=604_800, description="Resolves when it has been false for so long.")]
Renotify = Annotated[int, Field(ge=0, le=2_592_000, description="Reminds so often while it fires; 0 does not.")]
NotifyResolved = Annotated[bool, Field(description="Send when it resolves too.")]
NoDataMode = Annotated[NoData, Field(description="When there is nothing to evaluate.")]
GroupBy = Annotated[Literal["agent"], Field(description="Evaluate each agent by itself, with an alert of its own.")]
Runbook = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=2000,
        pattern=form(r"^https?://\S+$", "must be a URL that begins with https:// or http://"),
    ),
    Field(description="URL."),
]
AgentScope = Annotated[UUID, Field(description="Only runs of this agent.")]
TeamScope = Annotated[UUID, Field(description="Only runs of this team.")]
WorkflowScope = Annotated[UUID, Field(description="Only runs of this workflow.")]
Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=50),
]
RunTag = Annotated[Tag, Field(description="Only runs that have this tag.")]
RuleTag = Annotated[Tag, Field(description="Only alerts of rules with this tag.")]
EscalateAfter = Annotated[
    int,
    Field(ge=0, le=604_800, description="Tells `escalate_channels` when nobody has acknowledged for so long; 0 does not."),
]
EscalateChannels = Annotated[JsonObject, Field(description="Channels in the form of `channels`, told after that time.")]
PausedUntil = Annotated[AwareDatetime, Field(description="The rule is not evaluated until then; its alerts are resolved.")]
RuleMatcher = Annotated[UUID, Field(description="Only alerts of this rule.")]
AgentMatcher = Annotated[UUID, Field(description="Only alerts about this agent.")]
SendOnList = Annotated[tuple[SendOn, ...], Field(min_length=1, max_length=3, description="What the channel sends.")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8192)]
_DEFINITION = tuple(AlertDefinition.__slots__)


class AlertConfigBody(Body):
    """What a rule asks, and of what."""

    conditions: Conditions
    agent_id: AgentScope | None = None
    team_id: TeamScope | None = None
    workflow_id: WorkflowScope | None = None
    tag: RunTag | None = None
    group_by: GroupBy | None = None
    for_seconds: ForSeconds = 0
    keep_firing_seconds: KeepSeconds = 0
    no_data: NoDataMode = NoData.OK
    severity: Severity = Severity.WARNING
    renotify_seconds: Renotify = 0
    notify_resolved: NotifyResolved = True


class CreateAlertConfig(AlertConfigBody):
    """A new alert rule."""

    name: Name
    channels: Channels = Field(default_factory=dict)
    enabled: bool = True
    runbook_url: Runbook | None = None
    escalate_after_seconds: EscalateAfter = 0
    escalate_channels: EscalateChannels = Field(default_factory=dict)

    def to_definition(self) -> AlertDefinition:
        """Return the definition as a value."""
        return AlertDefinition(**{name: getattr(self, name) for name in _DEFINITION})


class BacktestAlertConfig(AlertConfigBody):
    """A rule to try over the past."""

    days: Annotated[int, Field(ge=1, le=30, description="How many days back.")] = 30

    def to_definition(self) -> AlertDefinition:
        """Return the definition as a value."""
        fields = {name: getattr(self, name) for name in AlertConfigBody.model_fields}
        return AlertDefinition(name="Back-test", channels={}, **fields)


class UpdateAlertConfig(Change):
    """What to change; a field that is left out stays as it is."""

    clearable = frozenset({"agent_id", "team_id", "workflow_id", "group_by", "runbook_url", "tag", "paused_until"})

    name: Name | None = None
    conditions: Conditions | None = None
    channels: Channels | None = None
    agent_id: AgentScope | None = None
    team_id: TeamScope | None = None
    workflow_id: WorkflowScope | None = None
    enabled: bool | None = None
    severity: Severity | None = None
    for_seconds: ForSeconds | None = None
    keep_firing_seconds: KeepSeconds | None = None
    no_data: NoDataMode | None = None
    renotify_seconds: Renotify | None = None
    notify_resolved: NotifyResolved | None = None
    group_by: GroupBy | None = None
    runbook_url: Runbook | None = None
    tag: RunTag | None = None
    escalate_after_seconds: EscalateAfter | None = None
    escalate_channels: EscalateChannels | None = None
    paused_until: PausedUntil | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class QuietHoursBody(Body):
    """Times of day in which only critical alerts are sent; the others wait until the end."""

    start: Annotated[str, StringConstraints(max_length=5), Field(description="HH:MM in the time zone.")]
    end: Annotated[str, StringConstraints(max_length=5), Field(description="HH:MM; before the start: of the next day.")]
    timezone: Annotated[str, StringConstraints(max_length=100), Field(description="As Europe/Berlin.")]
    days: Annotated[
        tuple[Annotated[int, Field(ge=0, le=7)], ...],
        Field(max_length=8, description="Weekdays on which they begin, 1 is Monday; none: every day."),
    ] = ()

    def to_hours(self) -> QuietHours:
        """Return them as a value."""
        return QuietHours(self.start, self.end, self.timezone, self.days)


class CreateAlertChannel(Body):
    """A new channel."""

    kind: ChannelKind
    name: Annotated[ChannelName, Field(description="Of an e-mail channel the address; of others any name, as #alerts.")]
    url: Annotated[Url, Field(description="URL of the Slack incoming webhook, or of the webhook.")] | None = None
    send_on: SendOnList = ("opened", "resolved", "reminder")
    min_severity: Annotated[Severity, Field(description="Alerts below it are not sent.")] = Severity.INFO
    quiet_hours: QuietHoursBody | None = None

    def to_channel(self) -> NewChannel:
        """Return the channel as a value."""
        quiet = None if self.quiet_hours is None else self.quiet_hours.to_hours()
        return NewChannel(self.kind, self.name, self.url, self.send_on, self.min_severity, quiet)


class UpdateAlertChannel(Change):
    """What to change; a field that is left out stays as it is."""

    clearable = frozenset({"quiet_hours"})

    enabled: Annotated[bool, Field(description="True also enables a channel that was disabled after errors.")] | None = None
    url: Url | None = None
    send_on: SendOnList | None = None
    min_severity: Severity | None = None
    quiet_hours: QuietHoursBody | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if self.quiet_hours is not None:
            changes["quiet_hours"] = self.quiet_hours.to_hours()
        return changes


class VerifyAlertChannel(Body):
    """The code that was sent to an address."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class CreateAlertSilence(Body):
    """A time in which nothing is sent about matching alerts."""

    ends_at: (
        Annotated[
            AwareDatetime,
            Field(description="At most 30 days after the beginning; with `ends_when_resolved` by default as late."),
        ]
        | None
    ) = None
    starts_at: Annotated[AwareDatetime, Field(description="By default now.")] | None = None
    config_id: RuleMatcher | None = None
    agent_id: AgentMatcher | None = None
    alert_id: Annotated[UUID, Field(description="Only this alert.")] | None = None
    tag: RuleTag | None = None
    severity: Severity | None = None
    ends_when_resolved: Annotated[bool, Field(description="End it when the alert of `alert_id` is resolved.")] = False
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""

    def to_silence(self) -> NewSilence:
        """Return the silence as a value."""
        return NewSilence(**{name: getattr(self, name) for name in NewSilence.__slots__})


class RecurrenceBody(Body):
    """When a maintenance window begins: a frequency or a cron expression, in a time zone, as that of a schedule."""

    frequency: Frequency | None = None
    interval: Interval = 1
    time: Time | None = None
    days: Days = ()
    date: DayOfMonth | None = None
    run_date: RunDate | None = None
    missing_date: Missing = MissingDate.SKIP
    cron: Cron | None = None
    timezone: Zone
    start_at: StartAt | None = None
    end_at: EndAt | None = None

    def to_timing(self) -> Timing:
        """Return the timing as a value."""
        return Timing(**{name: getattr(self, name) for name in Timing.__slots__})


DurationMinutes = Annotated[int, Field(ge=1, le=10_080, description="How long the window lasts.")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


class CreateMaintenanceWindow(Body):
    """A time that comes again, in which nothing is sent about matching alerts."""

    name: Name
    recurrence: RecurrenceBody
    duration_minutes: DurationMinutes
    reason: Reason = ""
    enabled: bool = True
    config_id: RuleMatcher | None = None
    agent_id: AgentMatcher | None = None
    tag: RuleTag | None = None
    severity: Severity | None = None

    def to_definition(self) -> MaintenanceDefinition:
        """Return the definition as a value."""
        fields = {name: getattr(self, name) for name in MaintenanceDefinition.__slots__ if name != "recurrence"}
        return MaintenanceDefinition(recurrence=self.recurrence.to_timing(), **fields)


class UpdateMaintenanceWindow(Change):
    """What to change; a field that is left out stays as it is."""

    clearable = frozenset({"config_id", "agent_id", "tag", "severity"})

    name: Name | None = None
    recurrence: RecurrenceBody | None = None
    duration_minutes: DurationMinutes | None = None
    reason: Reason | None = None
    enabled: bool | None = None
    config_id: RuleMatcher | None = None
    agent_id: AgentMatcher | None = None
    tag: RuleTag | None = None
    severity: Severity | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if self.recurrence is not None:
            changes["recurrence"] = self.recurrence.to_timing()
        return changes
