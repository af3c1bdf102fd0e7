"""Making a template of an agent: what it is goes in, what is secret stays out and becomes a parameter."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from retinue.agents import service
from retinue.agents.templates import service as templates
from retinue.agents.templates.types import AgentTemplate, NewTemplate, TemplateConfig, TemplateVariable
from retinue.agents.types import Agent
from retinue.agents.variables import service as variables
from retinue.agents.variables.types import Variable
from retinue.core.context import Context
from retinue.core.json import Json, JsonObject


async def save_as_template(ctx: Context, agent_id: UUID, values: Mapping[str, Any]) -> AgentTemplate:
    """Write a template that begins agents like this one.

    ``values``: name, description, type, category, icon and required_params (None: as the agent has them), is_public and
    public_values. Raises ``AgentMissingError`` and what ``templates.service.create`` raises.
    """
    agent = await service.get(ctx, agent_id)
    own = await variables.list_all(ctx, agent_id)
    given = values.get("required_params")
    schema: JsonObject = _schema_of(own) if given is None else given
    asked = schema.get("properties")
    names = asked.keys() if isinstance(asked, dict) else set[str]()
    new = NewTemplate(
        name=values.get("name") or agent.name,
        description=agent.description if values.get("description") is None else values["description"],
        type=values.get("type") or agent.type,
        category=values.get("category") or agent.category,
        icon=values.get("icon") or agent.icon,
        default_config=_config_of(agent, [each for each in own if each.name not in names]),
        required_params=schema,
        is_public=values["is_public"],
    )
    return await templates.create(ctx, new, values.get("public_values", ()))


def _schema_of(own: Sequence[Variable]) -> JsonObject:
    asked = [each for each in own if each.is_secret or not each.has_value]
    properties: JsonObject = {each.name: _variable(each).to_parameter() for each in asked}
    required: list[Json] = [each.name for each in asked]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _config_of(agent: Agent, own: Sequence[Variable]) -> TemplateConfig:
    return TemplateConfig(
        agent_type=agent.agent_type.value,
        instructions=agent.instructions,
        config=agent.config,
        deployment_config=agent.deployment_config,
        variables=tuple(_variable(each) for each in own),
    )


def _variable(own: Variable) -> TemplateVariable:
    return TemplateVariable(name=own.name, description=own.description, value=own.value, is_secret=own.is_secret)
