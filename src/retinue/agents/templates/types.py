"""Values of templates."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from retinue.agents.variables.types import NewVariable
from retinue.core.json import JsonObject
from retinue.core.validation import form
from retinue.engine.spec.agent import AgentConfig, DeploymentConfig, Spec


class TemplateVariable(Spec):
    """A variable that an agent of the template begins with."""

    name: Annotated[
        str,
        Field(
            pattern=form(
                r"^[a-zA-Z_][a-zA-Z0-9_]{0,63}$",
                "may contain letters, digits and '_', up to 64 characters, and may not begin with a digit",
            )
        ),
    ]
    description: Annotated[str, Field(max_length=1000)] = ""
    value: Annotated[str, Field(max_length=100_000)] | None = None
    is_secret: bool = False

    def to_parameter(self) -> JsonObject:
        """Return the JSON Schema of the parameter that asks for the variable."""
        described: JsonObject = {"type": "string", "minLength": 1, "title": self.name, "description": self.description}
        return {**described, "writeOnly": True} if self.is_secret else described


class TemplateConfig(Spec):
    """The column ``agent_templates.default_config``: what an agent of the template begins with."""

    agent_type: Literal["automation", "assistive"] = "assistive"
    instructions: Annotated[str, Field(max_length=100_000)] = ""
    config: AgentConfig = AgentConfig()
    deployment_config: DeploymentConfig = DeploymentConfig()
    variables: Annotated[tuple[TemplateVariable, ...], Field(max_length=200)] = ()


@dataclass(frozen=True, slots=True)
class AgentTemplate:
    """A template. ``required_params`` is a JSON Schema object; each parameter becomes a variable of the agent.

    ``organization_id`` is null for a built-in template and for a public one of another organization.
    """

    id: uuid.UUID
    organization_id: uuid.UUID | None
    name: str
    description: str
    type: str
    category: str
    icon: str
    default_config: TemplateConfig
    required_params: JsonObject
    is_public: bool
    is_built_in: bool
    created_by: uuid.UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A template to be made."""

    name: str
    description: str
    type: str
    category: str
    icon: str
    default_config: TemplateConfig
    required_params: JsonObject
    is_public: bool


@dataclass(frozen=True, slots=True)
class TemplateDefaults:
    """What an agent begins with: the template, and the variables that its parameters became."""

    template: AgentTemplate
    variables: tuple[NewVariable, ...]
