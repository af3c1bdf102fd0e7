"""Documents of agents_2. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from retinue.client.types.agents import AgentCategory, AgentRuntime, AgentType, DeploymentConfigInput
from retinue.client.types.common import AgentConfigInput

__all__ = [
    "TemplateConfigInput",
    "TemplateVariableInput",
    "UpdateAgent",
    "UpdateTemplate",
    "UpdateVariable",
    "Variable",
    "VariablePage",
]


class TemplateVariableInput(TypedDict):
    """A variable that an agent of the template begins with."""

    description: NotRequired[str]
    is_secret: NotRequired[bool]
    name: str
    value: NotRequired[str | None]


class TemplateConfigInput(TypedDict):
    """The column ``agent_templates.default_config``: what an agent of the template begins with."""

    agent_type: NotRequired[Literal["automation", "assistive"]]
    config: NotRequired[AgentConfigInput]
    deployment_config: NotRequired[DeploymentConfigInput]
    instructions: NotRequired[str]
    variables: NotRequired[list[TemplateVariableInput]]


class UpdateAgent(TypedDict):
    """Fields to change."""

    agent_type: NotRequired[AgentType]
    category: NotRequired[AgentCategory]
    config: NotRequired[AgentConfigInput]
    deployment_config: NotRequired[DeploymentConfigInput]
    description: NotRequired[str]
    icon: NotRequired[str]
    instructions: NotRequired[str]
    name: NotRequired[str]
    note: NotRequired[str]
    runtime: NotRequired[AgentRuntime]
    type: NotRequired[str]
    version: NotRequired[int]
    webhook_url: NotRequired[str | None]


class UpdateTemplate(TypedDict):
    """Fields to change. Omitted fields are not changed."""

    category: NotRequired[AgentCategory]
    default_config: NotRequired[TemplateConfigInput]
    description: NotRequired[str]
    icon: NotRequired[str]
    is_public: NotRequired[bool]
    name: NotRequired[str]
    public_values: NotRequired[list[str]]
    required_params: NotRequired[dict[str, Any]]
    type: NotRequired[str]


class UpdateVariable(TypedDict):
    """Fields to change. Omitted fields are not changed. ``value: null`` removes the value."""

    description: NotRequired[str]
    is_secret: NotRequired[bool]
    name: NotRequired[str]
    value: NotRequired[str | None]


class Variable(TypedDict):
    """A variable of an agent; ``value`` is null for a secret one and for one without a value yet."""

    agent_id: str
    created_at: str
    description: str
    has_value: bool
    id: str
    is_secret: bool
    name: str
    updated_at: str
    value: str | None


class VariablePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Variable]
    next_cursor: str | None
