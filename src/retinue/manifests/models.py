"""The formats of the files, one model for each kind. What is left out has its default; ``status`` stays as it is.

They follow the API's own formats, with two differences: a model provider and a tool are named, and no secret has a place.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, create_model, model_validator

from retinue.agents.types import CUSTOM, KNOWN_TYPES, AgentType, Category, Runtime
from retinue.budgets import types as budgets
from retinue.budgets.types import AtLimit, BudgetPeriod, BudgetScope
from retinue.core.json import JsonObject
from retinue.core.validation import form
from retinue.engine.spec.agent import AgentConfig, ChildLimits, DeploymentConfig, ServingConfig, Spec, ToolApproval
from retinue.engine.spec.limits import ToolLimits
from retinue.engine.spec.team import MAX_MEMBERS, MemberLimits, TeamConfig
from retinue.schedules import types as schedules
from retinue.schedules.types import CatchUp, Frequency, MissingDate, Overlap
from retinue.teams.types import TeamType
from retinue.tools.types import Effect, ToolType
from retinue.workflows.types import TriggerConfig

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Icon = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Type = Annotated[
    str,
    StringConstraints(
        pattern=form(
            r"^[a-z][a-z0-9_-]{0,39}$",
            "may contain small letters, digits, '_' and '-', up to 40 characters, and must begin with a letter",
        )
    ),
    Field(description="Up to 40 lower-case letters, digits, - and _, beginning with a letter.", examples=list(KNOWN_TYPES)),
]
Instructions = Annotated[str, StringConstraints(max_length=100_000), Field(description="May use {{variables}}.")]
VariableName = Annotated[
    str,
    StringConstraints(
        pattern=form(
            r"^[a-zA-Z_][a-zA-Z0-9_]{0,63}$",
            "may contain letters, digits and '_', up to 64 characters, and may not begin with a digit",
        )
    ),
    Field(description="Up to 64 letters, digits and _, not beginning with a digit."),
]
ToolName = Annotated[
    str,
    StringConstraints(
        pattern=form(r"^[A-Za-z0-9_-]{1,64}$", "may contain letters, digits, '_' and '-', from 1 to 64 characters")
    ),
    Field(description="Up to 64 letters, digits, _ and -."),
]
N8N_NAME = "n8n"
"""The name that the organization's connection to n8n has in files."""
NOT_IN_A_FILE = "a secret value does not belong in a file"


class ModelFile(Spec):
    """Which model. Both left out: the organization's default."""

    provider: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Name of a model provider; local and scripted are those that every organization has."
    )
    name: Annotated[str, Field(max_length=200)] | None = None


class AgentUseFile(Spec):
    """An agent or a team that the agent may call as a tool, by its name. Each call is a run of its own."""

    agent: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    team: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    name: ToolName
    description: Annotated[str, Field(max_length=4000)] = ""
    requires_approval: bool = False
    approval: ToolApproval | None = None
    limits: ChildLimits = ChildLimits()

    @model_validator(mode="after")
    def _check_target(self) -> "AgentUseFile":
        if (self.agent is None) == (self.team is None):
            raise ValueError("needs either agent or team")
        return self


Callees = Annotated[tuple[AgentUseFile, ...], Field(max_length=20)]

_CONFIG_FIELDS: dict[str, Any] = {
    name: (field.annotation, field) for name, field in AgentConfig.model_fields.items() if name not in {"model", "agents"}
}
if TYPE_CHECKING:

    class ConfigFile(Spec):
        """The configuration of an agent: the fields of ``AgentConfig``, with a model whose provider is named."""

        model: ModelFile = ModelFile()
        agents: Callees = ()

else:  # a field that AgentConfig gets is one of files too
    _DOC = "The configuration of an agent."
    _NAMED: dict[str, Any] = {"model": (ModelFile, ModelFile()), "agents": (Callees, ())}
    ConfigFile = create_model("ConfigFile", __base__=Spec, __doc__=_DOC, **_NAMED, **_CONFIG_FIELDS)


class VariableFile(Spec):
    """A variable of an agent. A secret one has no value in the file: it is set once, and stays."""

    name: VariableName
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    value: Annotated[str, StringConstraints(max_length=100_000)] | None = None
    is_secret: bool = False

    @model_validator(mode="after")
    def _check_secret(self) -> "VariableFile":
        if self.is_secret and self.value is not None:
            raise ValueError(NOT_IN_A_FILE)
        return self


class AgentFile(Spec):
    """An agent."""

    kind: Literal["agent"]
    name: Name
    description: Description = ""
    icon: Icon = "bot"
    category: Category = Category.SUPPORT
    type: Type = CUSTOM
    agent_type: AgentType = AgentType.ASSISTIVE
    runtime: Runtime = Runtime.HOSTED
    status: Literal["inactive", "active", "paused"] | None = Field(
        default=None, description="Left out: a new agent is inactive, an existing one stays as it is."
    )
    instructions: Instructions = ""
    config: ConfigFile = ConfigFile()
    deployment_config: DeploymentConfig = DeploymentConfig()
    webhook_url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = None
    variables: Annotated[tuple[VariableFile, ...], Field(max_length=200)] = ()


class AllowedFile(Spec):
    """An agent, a team (its members) or a workflow that may use a tool, by its name."""

    agent: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    team: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    workflow: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _check_caller(self) -> "AllowedFile":
        if sum(each is not None for each in (self.agent, self.team, self.workflow)) != 1:
            raise ValueError("needs one of agent, team and workflow")
        return self

    @property
    def caller(self) -> tuple[str, str]:
        """The kind of what may use the tool, and its name."""
        named = {"agent": self.agent, "team": self.team, "workflow": self.workflow}
        return next((kind, name) for kind, name in named.items() if name is not None)


class ToolFile(Spec):
    """A tool of the organization."""

    kind: Literal["tool"]
    name: ToolName
    description: Description = ""
    tool_type: ToolType
    is_active: bool = True
    effect: Effect | None = Field(default=None, description="Left out: it follows from the configuration.")
    configuration: JsonObject
    parameters_schema: JsonObject | None = Field(default=None, description="Left out: it follows from the configuration.")
    has_credentials: bool = Field(
        default=False, description="Whether the tool needs credentials. They are never part of a file."
    )
    limits: ToolLimits = ToolLimits()
    allowed_for: Annotated[tuple[AllowedFile, ...], Field(max_length=200)] = Field(
        default=(), description="Who alone may use the tool. Left out: all agents and workflows."
    )


class TemplateStartFile(Spec):
    """What an agent of the template begins with."""

    agent_type: Literal["automation", "assistive"] = "assistive"
    instructions: Instructions = ""
    config: ConfigFile = ConfigFile()
    deployment_config: DeploymentConfig = DeploymentConfig()
    variables: Annotated[tuple[VariableFile, ...], Field(max_length=200)] = ()


class TemplateFile(Spec):
    """A template of agents."""

    kind: Literal["template"]
    name: Name
    description: Description = ""
    type: Type
    category: Category
    icon: Icon = "bot"
    is_public: bool = Field(default=False, description="Seen by every organization of this installation.")
    public_values: Annotated[tuple[VariableName, ...], Field(max_length=200)] = ()
    required_params: JsonObject = Field(
        default={"type": "object", "properties": {}, "additionalProperties": False},
        description="A JSON Schema object. Each property becomes a variable of the agent.",
    )
    default_config: TemplateStartFile = TemplateStartFile()


_TEAM_FIELDS: dict[str, Any] = {
    name: (field.annotation, field) for name, field in TeamConfig.model_fields.items() if name != "model"
}
if TYPE_CHECKING:

    class TeamConfigFile(Spec):
        """The configuration of a team: the fields of ``TeamConfig``, with a model whose provider is named."""

        model: ModelFile = ModelFile()

else:  # as above
    TeamConfigFile = create_model(
        "TeamConfigFile",
        __base__=Spec,
        __doc__="The configuration of a team.",
        model=(ModelFile, ModelFile()),
        **_TEAM_FIELDS,
    )


class MemberFile(Spec):
    """A member of a team: an agent or a team, by its name."""

    agent: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    team: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    role: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    config: MemberLimits = MemberLimits()

    @model_validator(mode="after")
    def _check_target(self) -> "MemberFile":
        if (self.agent is None) == (self.team is None):
            raise ValueError("needs either agent or team")
        return self


class TeamFile(Spec):
    """A team."""

    kind: Literal["team"]
    name: Name
    description: Description = ""
    icon: Icon = "users"
    type: TeamType
    instructions: Instructions = ""
    config: TeamConfigFile = TeamConfigFile()
    members: Annotated[tuple[MemberFile, ...], Field(max_length=MAX_MEMBERS)] = Field(
        default=(), description="In their order, which is the order of their answers too."
    )
    deployment_config: ServingConfig = ServingConfig()


class WorkflowFile(Spec):
    """A workflow."""

    kind: Literal["workflow"]
    name: Name
    agent: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Name of an agent whose variables the workflow uses."
    )
    is_published: bool | None = Field(
        default=None, description="true: runs take this definition. Otherwise the published version stays as it is."
    )
    is_active: bool | None = Field(default=None, description="Left out: a new workflow is inactive, another stays as it is.")
    is_paused: bool | None = Field(default=None, description="Left out: stays as it is.")
    trigger_config: TriggerConfig = TriggerConfig()
    deployment_config: ServingConfig = ServingConfig()
    definition: JsonObject = Field(description="A document of format `retinue.workflow/1`; its name is that of the file.")


class ScheduleFile(Spec):
    """A schedule of an agent, a team or a workflow, which is named. One with an instant in the past cannot be created."""

    kind: Literal["schedule"]
    name: Name
    description: Description = ""
    agent: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    team: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    workflow: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    is_enabled: bool | None = Field(
        default=None, description="false: paused. Left out: a new schedule is enabled, an existing one stays as it is."
    )
    frequency: Frequency | None = None
    interval: schedules.Interval = 1
    time: schedules.Time | None = None
    days: schedules.Days = ()
    date: schedules.DayOfMonth | None = None
    run_date: schedules.RunDate | None = None
    missing_date: schedules.Missing = MissingDate.SKIP
    cron: schedules.Cron | None = None
    timezone: schedules.Zone
    start_at: schedules.StartAt | None = None
    end_at: schedules.EndAt | None = None
    input: schedules.Input
    jitter_seconds: schedules.Jitter = 0
    catch_up: schedules.CatchUpPolicy = CatchUp.LAST
    catch_up_window_seconds: schedules.Window = 86_400
    overlap: schedules.OverlapPolicy = Overlap.SKIP

    @model_validator(mode="after")
    def _check_target(self) -> "ScheduleFile":
        if sum(each is not None for each in (self.agent, self.team, self.workflow)) != 1:
            raise ValueError("needs one of agent, team and workflow")
        return self


class BudgetFile(Spec):
    """A limit of what model calls spend. ``scope`` and ``subject``, which is named, cannot be changed."""

    kind: Literal["budget"]
    name: Name
    scope: BudgetScope
    subject: Annotated[str, Field(min_length=1, max_length=320)] | None = Field(
        default=None,
        description="Name of the agent, team, workflow or API key, or the e-mail address of the user; else left out.",
    )
    period: BudgetPeriod = BudgetPeriod.MONTH
    timezone: budgets.Zone = "UTC"
    limit_usd: budgets.Dollars | None = None
    limit_tokens: budgets.Tokens | None = None
    at_limit: AtLimit = AtLimit.REFUSE
    fallback_model: ModelFile | None = Field(default=None, description="The cheaper model of at_limit: downgrade.")
    warn_percent: budgets.Percent = 80
    is_enabled: bool | None = Field(
        default=None, description="false: disabled. Left out: a new budget is enabled, an existing one stays as it is."
    )


class N8nConnectionFile(Spec):
    """The organization's connection to n8n, without its API key and the value of the webhooks' header."""

    kind: Literal["n8n_connection"]
    name: Literal["n8n"] = N8N_NAME
    base_url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_048)]
    webhook_url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_048)] | None = None
    callback_url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_048)] | None = None
    webhook_header: (
        Annotated[
            str,
            StringConstraints(
                pattern=form(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", "must be the name of an HTTP header"), max_length=100
            ),
        ]
        | None
    ) = Field(default=None, description="The header that webhooks demand. Its value is never part of a file.")
