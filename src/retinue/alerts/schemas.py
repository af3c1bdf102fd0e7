"""What comes in over the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.alerts.destinations import NewChannel
from retinue.alerts.incidents import NewSilence
from retinue.alerts.types import AlertDefinition, ChannelKind, NoData, SendOn, Severity
from retinue.core.http.context import Body, Change
from retinue.core.json import JsonObject

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
    str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^https?://\S+$"), Field(description="URL.")
]
AgentScope = Annotated[UUID, Field(description="Only runs of this agent.")]
TeamScope = Annotated[UUID, Field(description="Only runs of this team.")]
WorkflowScope = Annotated[UUID, Field(description="Only runs of this workflow.")]
SendOnList = Annotated[tuple[SendOn, ...], Field(min_length=1, max_length=3, description="What the channel sends.")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8192)]
_DEFINITION = tuple(AlertDefinition.__slots__)


class AlertConfigBody(Body):
    """What a rule asks, and of what."""

    conditions: Conditions
    agent_id: AgentScope | None = None
    team_id: TeamScope | None = None
    workflow_id: WorkflowScope | None = None
    for_seconds: ForSeconds = 0
    keep_firing_seconds: KeepSeconds = 0
    no_data: NoDataMode = NoData.OK


class CreateAlertConfig(AlertConfigBody):
    """A new alert rule."""

    name: Name
    channels: Channels = Field(default_factory=dict)
    enabled: bool = True
    severity: Severity = Severity.WARNING
    renotify_seconds: Renotify = 0
    notify_resolved: NotifyResolved = True
    group_by: GroupBy | None = None
    runbook_url: Runbook | None = None

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

    clearable = frozenset({"agent_id", "team_id", "workflow_id", "group_by", "runbook_url"})

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

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class CreateAlertChannel(Body):
    """A new channel."""

    kind: ChannelKind
    name: Annotated[ChannelName, Field(description="Of an e-mail channel the address; of others any name, as #alerts.")]
    url: Annotated[Url, Field(description="URL of the Slack incoming webhook, or of the webhook.")] | None = None
    send_on: SendOnList = ("opened", "resolved", "reminder")
    min_severity: Annotated[Severity, Field(description="Alerts below it are not sent.")] = Severity.INFO

    def to_channel(self) -> NewChannel:
        """Return the channel as a value."""
        return NewChannel(self.kind, self.name, self.url, self.send_on, self.min_severity)


class UpdateAlertChannel(Change):
    """What to change; a field that is left out stays as it is."""

    enabled: Annotated[bool, Field(description="True also enables a channel that was disabled after errors.")] | None = None
    url: Url | None = None
    send_on: SendOnList | None = None
    min_severity: Severity | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class VerifyAlertChannel(Body):
    """The code that was sent to an address."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class CreateAlertSilence(Body):
    """A time in which nothing is sent about matching alerts."""

    ends_at: Annotated[AwareDatetime, Field(description="At most 30 days after the beginning.")]
    starts_at: Annotated[AwareDatetime, Field(description="By default now.")] | None = None
    config_id: Annotated[UUID, Field(description="Only alerts of this rule.")] | None = None
    agent_id: Annotated[UUID, Field(description="Only alerts about this agent.")] | None = None
    severity: Severity | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""

    def to_silence(self) -> NewSilence:
        """Return the silence as a value."""
        return NewSilence(**{name: getattr(self, name) for name in NewSilence.__slots__})
