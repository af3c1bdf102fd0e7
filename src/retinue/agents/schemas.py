"""What comes in over the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.agents.templates.types import TemplateConfig
from retinue.agents.types import CUSTOM, KNOWN_TYPES, AgentType, Category, Runtime
from retinue.core.http.request_models import Body, Change
from retinue.core.json import Json, JsonObject
from retinue.core.validation import form
from retinue.engine.spec.agent import AgentConfig, DeploymentConfig

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Icon = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Instructions = Annotated[str, StringConstraints(max_length=100_000), Field(description="May use {{variables}}.")]
WebhookUrl = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Field(description="External agents only.")
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=1000),
    Field(description="Reason for the change, stored with the version."),
]
VariableName = Annotated[
    str,
    StringConstraints(
        pattern=form(
            r"^[a-zA-Z_][a-zA-Z0-9_]{0,63}$",
            "may contain letters, digits and '_', up to 64 characters, and may not begin with a digit",
        )
    ),
    Field(description="Used as {{name}}."),
]
VariableDescription = Annotated[str, StringConstraints(max_length=1000)]
VariableValue = Annotated[str, StringConstraints(max_length=100_000)]
Type = Annotated[
    str,
    StringConstraints(
        pattern=form(
            r"^[a-z][a-z0-9_-]{0,39}$",
            "may contain small letters, digits, '_' and '-', up to 40 characters, and must begin with a letter",
        )
    ),
    Field(
        description="What the agent is for: a known type, or a name of your own of up to 40 lower-case letters, digits, `-` "
        "and `_`.",
        examples=list(KNOWN_TYPES),
    ),
]
PublicValues = Annotated[
    tuple[VariableName, ...],
    Field(
        max_length=200,
        description="Variables whose values a public template shows; the values of all others become required parameters.",
    ),
]


class CreateVariable(Body):
    """A new variable. The value of a secret one is stored encrypted and never returned."""

    name: VariableName
    description: VariableDescription = ""
    value: VariableValue | None = None
    is_secret: bool = False


class UpdateVariable(Change):
    """Fields to change. Omitted fields are not changed. ``value: null`` removes the value."""

    clearable = frozenset({"value"})

    name: VariableName | None = None
    description: VariableDescription | None = None
    value: VariableValue | None = None
    is_secret: bool | None = None


RotationDays = Annotated[
    int, Field(ge=1, le=3650, description="The value is due for rotation so many days after it was set. Left out: never.")
]


class CreateOrganizationVariable(CreateVariable):
    """A new variable of the organization. The value of a secret one is stored encrypted and never returned."""

    rotation_days: RotationDays | None = None


class UpdateOrganizationVariable(UpdateVariable):
    """Fields to change. Omitted fields are not changed. ``value: null`` removes the value."""

    clearable = frozenset({"value", "rotation_days"})

    rotation_days: RotationDays | None = None


class CreateAgent(Body):
    """A new agent. With ``template_id`` the template gives what is left out, and ``parameters`` fill its variables."""

    name: Name | None = Field(default=None, description="Required unless a template sets it.")
    description: Description = ""
    icon: Icon = "bot"
    category: Category = Category.SUPPORT
    type: Type = CUSTOM
    agent_type: AgentType = AgentType.ASSISTIVE
    runtime: Runtime = Runtime.HOSTED
    instructions: Instructions = ""
    config: AgentConfig = AgentConfig()
    deployment_config: DeploymentConfig = DeploymentConfig()
    webhook_url: WebhookUrl | None = None
    variables: Annotated[tuple[CreateVariable, ...], Field(max_length=200)] = ()
    template_id: UUID | None = None
    parameters: JsonObject = Field(default_factory=dict[str, Json])
    status: Literal["inactive", "active"] = Field(
        default="inactive", description="`active` creates and activates the agent in one request."
    )
    note: Note = ""


class UpdateAgent(Change):
    """Fields to change. Omitted fields are not changed. ``config`` and ``deployment_config`` are replaced whole.

    With ``version``, the change is refused when the agent has another version by now.
    """

    clearable = frozenset({"webhook_url"})

    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    name: Name | None = None
    description: Description | None = None
    icon: Icon | None = None
    category: Category | None = None
    type: Type | None = None
    agent_type: AgentType | None = None
    runtime: Runtime | None = None
    instructions: Instructions | None = None
    config: AgentConfig | None = None
    deployment_config: DeploymentConfig | None = None
    webhook_url: WebhookUrl | None = None
    note: Note = ""


class CreateTemplate(Body):
    """A template made of an agent: its instructions, configuration and variables. Secret values are never part of it.

    ``required_params``, left out, asks for the agent's secret variables and those without a value.
    """

    agent_id: UUID
    name: Name | None = None
    description: Description | None = None
    type: Type | None = Field(default=None, description="The agent's type when left out.")
    category: Category | None = None
    icon: Icon | None = None
    required_params: JsonObject | None = None
    is_public: bool = Field(default=False, description="Visible to all organizations of this installation.")
    public_values: PublicValues = ()


class UpdateTemplate(Change):
    """Fields to change. Omitted fields are not changed."""

    name: Name | None = None
    description: Description | None = None
    type: Type | None = None
    category: Category | None = None
    icon: Icon | None = None
    default_config: TemplateConfig | None = None
    required_params: JsonObject | None = None
    is_public: bool | None = None
    public_values: PublicValues = ()
