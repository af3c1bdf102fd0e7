"""The agent's specification: what is saved is validated by the same model that a run is made from."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from retinue.core.json import JsonObject
from retinue.core.strict import StrictTypes
from retinue.core.validation import form
from retinue.engine.spec.workflow.values import Duration


def _number(value: object) -> object:
    if isinstance(value, str | bool):
        raise ValueError("must be a number")  # noqa: TRY004 - Pydantic turns this one into the field's problem
    return value


Money = Annotated[
    Decimal,
    Field(gt=0, le=10_000),
    BeforeValidator(_number),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 10_000}),
]
"""US dollars: a number on the wire, whose shortest form reads back as the same decimal."""


class Spec(StrictTypes, BaseModel):
    """The base of every specification: frozen, unknown fields refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True, defer_build=True
    )


class ModelChoice(Spec):
    """Which model: a provider of the organization and a model of it; None means the organization's default."""

    provider_id: UUID | None = None
    name: Annotated[str, Field(max_length=200)] | None = None


class ModelParameters(Spec):
    """How the model answers. None leaves the provider's own default."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    seed: int | None = None
    stop: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=8)] = []
    script: JsonObject | None = Field(default=None, description="Turns of the scripted provider; refused by any other.")


Assignees = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(max_length=50, description="E-mail addresses or ids of members; with `role`, either may decide."),
]
DecidingRole = Annotated[
    Literal["owner", "admin", "agent_manager"],
    Field(description="Members with this role or a higher one may decide: owner is the highest."),
]
Quorum = Annotated[int, Field(ge=1, le=50, description="So many must approve the same; one who denies decides.")]


class Escalation(Spec):
    """Who is asked when nobody decided in time, and how long they have: as long as the first ones when left out."""

    assignees: Assignees = []
    role: DecidingRole | None = None
    expires: Duration | None = None


class ToolApproval(Spec):
    """Who approves the calls of a tool, and how long they have. Left out: all who may decide on approvals, for any time.

    When the time is up, the call is denied, or put to ``escalate_to``: admins and owners when that is left out.
    """

    assignees: Assignees = []
    role: DecidingRole | None = None
    quorum: Quorum = 1
    expires: Duration | None = None
    on_expiry: Literal["deny", "escalate"] = "deny"
    escalate_to: Escalation | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        most = len({each.lower() for each in self.assignees})
        if most and self.role is None and self.quorum > most:
            raise ValueError(f"has a quorum of {self.quorum}, and only {most} may approve: add assignees, or set a role")
        if self.on_expiry == "escalate" and self.expires is None:
            raise ValueError("escalates when the time is up, and has no expires: set it")
        if self.escalate_to is not None and self.on_expiry != "escalate":
            raise ValueError("has escalate_to, which is for on_expiry escalate: set that, or leave it out")
        return self


Approval = Annotated[ToolApproval | None, Field(description="Who approves; only with `requires_approval`.")]


def _check_approval(*, requires_approval: bool, approval: ToolApproval | None) -> None:
    if approval is not None and not requires_approval:
        raise ValueError("has approval, which is for calls that need one: set requires_approval, or leave it out")


class ToolUse(Spec):
    """A tool the agent may use, by name; ``settings`` narrow it (allowed hosts, folder) and may use {{variables}}."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    requires_approval: bool = False
    approval: Approval = None
    settings: JsonObject = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_approval(requires_approval=self.requires_approval, approval=self.approval)
        return self


class ChildLimits(Spec):
    """Limits of one run that another run starts; each may only tighten what its target itself has.

    ``retries`` are further attempts.
    """

    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    max_steps: Annotated[int, Field(ge=1, le=10_000)] | None = None
    max_cost_usd: Money | None = None
    retries: Annotated[int, Field(ge=0, le=5)] = 0


class AgentUse(Spec):
    """Another agent, or a team, that the agent may call as a tool. Each call is a run of its own."""

    agent_id: UUID | None = None
    team_id: UUID | None = None
    name: Annotated[
        str,
        Field(pattern=form(r"^[A-Za-z0-9_-]{1,64}$", "may contain letters, digits, '_' and '-', from 1 to 64 characters")),
    ] = Field(
        description="Name that the model uses: letters, digits, _ and -; at most 64 characters.", examples=["ask_research"]
    )
    description: Annotated[str, Field(max_length=4000)] = Field(
        default="",
        description="When to call it. The model reads this. Left out: the description of the agent or team.",
    )
    requires_approval: bool = False
    approval: Approval = None
    limits: ChildLimits = ChildLimits()

    @model_validator(mode="after")
    def _check_target(self) -> "AgentUse":
        _check_approval(requires_approval=self.requires_approval, approval=self.approval)
        if (self.agent_id is None) == (self.team_id is None):
            raise ValueError("needs either agent_id or team_id")
        return self


class Limits(Spec):
    """Limits of a run. A step is one model or tool call. None means no limit."""

    max_steps: Annotated[int, Field(ge=1, le=10_000)] = 50
    max_tool_calls: Annotated[int, Field(ge=0, le=10_000)] | None = None
    max_cost_usd: Money | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    tool_timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60


class Memory(Spec):
    """How many of the newest messages of a conversation the model receives."""

    history_messages: Annotated[int, Field(ge=0, le=500)] = 40


class AgentConfig(Spec):
    """The column ``agents.config``."""

    model: ModelChoice = ModelChoice()
    parameters: ModelParameters = ModelParameters()
    tools: Annotated[list[ToolUse], Field(max_length=100)] = []
    agents: Annotated[list[AgentUse], Field(max_length=20)] = Field(
        default=[], description="Agents and teams that the agent may call as tools."
    )
    limits: Limits = Limits()
    memory: Memory = Memory()
    output_schema: JsonObject | None = Field(
        default=None,
        description="A JSON Schema (2020-12) object that the final answer must fit; the run's output is then that object. "
        "`pattern` is given to the model and not checked.",
    )


Origin = Annotated[
    str,
    StringConstraints(
        max_length=300,
        pattern=form(
            r"^(\*|https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?)$",
            "must be * or an origin in small letters, such as https://app.example.com or https://*.example.com",
        ),
    ),
]
"""A site as the source of a Content-Security-Policy: https://shop.example.com, https://*.example.com, or * for any."""


class ServingConfig(Spec):
    """When versions are deployed, and how a deployed one may be called. The column ``teams.deployment_config``."""

    auto_deploy: bool = Field(default=False, description="Deploy each saved version after auto_deploy_delay_seconds.")
    auto_deploy_delay_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=60, description="A version that is saved within this time takes the place of the one before."
    )
    callers: Literal["key", "anyone"] = Field(
        default="key",
        description="Who may call the deployment's URL: callers with `deployments:call` in the organization, or anyone.",
    )
    requests_per_minute: Annotated[int, Field(ge=1, le=600)] = Field(
        default=10, description="Runs a minute that one address may start without a key, on the URL and the chat page."
    )
    anonymous_runs_per_hour: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=300, description="Runs an hour that all callers without a key may start together."
    )
    chat_page: bool = Field(default=False, description="Offer a chat page for visitors without an account.")
    frame_ancestors: Annotated[list[Origin], Field(max_length=20)] = Field(
        default=[], description="Sites that may embed the chat page, such as https://shop.example.com; `*` for any."
    )
    greeting: Annotated[str, StringConstraints(max_length=500)] = Field(
        default="", description="What the chat page says before the first message."
    )


class HeartbeatConfig(Spec):
    """How often an external agent sends heartbeats, and how late one may be before the agent counts as offline."""

    every_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    grace_seconds: Annotated[int, Field(ge=0, le=86_400)] = 30


class DeploymentConfig(ServingConfig):
    """The column ``agents.deployment_config``: how runs are admitted, and how a deployed version may be called."""

    max_concurrent_runs: Annotated[int, Field(ge=1, le=10_000)] | None = None
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    heartbeat: HeartbeatConfig | None = Field(
        default=None, description="External agents only; by default every 60 s with a grace of 30 s."
    )
