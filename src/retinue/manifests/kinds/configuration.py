"""The configuration of an agent in a file: as the API has it, but a file names what the API has an id for.

These are the model provider, and the agents and teams that are called as tools.
"""

from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel

from retinue.agents import service as agents
from retinue.agents.errors import AgentInvalidError
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import AgentConfig, AgentUse, DeploymentConfig
from retinue.llm import service as llm
from retinue.llm.types import LOCAL_ID, SCRIPTED_ID
from retinue.teams import service as teams

_ALWAYS_THERE = {"local": UUID(str(LOCAL_ID)), "scripted": UUID(str(SCRIPTED_ID))}


async def config_of(ctx: Context, file: BaseModel) -> AgentConfig:
    """Return the configuration that a file means. Raises ``AgentInvalidError`` for a name that nothing has."""
    document = file.model_dump(mode="json")
    model = cast("dict[str, Any]", document.pop("model"))
    provider = model.pop("provider")
    if provider is not None:
        model["provider_id"] = str(await _provider_id(ctx, provider))
    callees = cast("list[dict[str, Any]]", document.pop("agents", []))
    named = [await _callee(ctx, index, each) for index, each in enumerate(callees)]
    return AgentConfig.model_validate({**document, "model": model, "agents": named})


async def document_of(ctx: Context, config: AgentConfig) -> JsonObject:
    """Return a configuration in the full form of files."""
    document = cast("JsonObject", config.model_dump(mode="json"))
    provider = None if config.model.provider_id is None else await _provider_name(ctx, config.model.provider_id)
    callees: list[Json] = [await _callee_document(ctx, each) for each in config.agents]
    return {**document, "model": {"provider": provider, "name": config.model.name}, "agents": callees}


def deployment_document(config: DeploymentConfig) -> JsonObject:
    """Return how runs are admitted in the full form of files."""
    return cast("JsonObject", config.model_dump(mode="json"))


async def _callee(ctx: Context, index: int, file: dict[str, Any]) -> JsonObject:
    agent, team = file.pop("agent"), file.pop("team")
    if agent is not None:
        key, name, ids = "agent", agent, await agents.list_ids(ctx, agent)
    else:
        key, name, ids = "team", team, await teams.list_ids(ctx, team)
    if len(ids) != 1:
        message = f"names {name}, which {'no' if not ids else 'more than one'} {key} of the organization has"
        remedy = f"Create the {key} first, or add its file to those that are applied." if not ids else "Rename all but one."
        raise AgentInvalidError.of(FieldProblem(f"config.agents.{index}.{key}", message, remedy))
    return {**file, f"{key}_id": str(ids[0])}


async def _callee_document(ctx: Context, use: AgentUse) -> JsonObject:
    document = cast("JsonObject", use.model_dump(mode="json", exclude={"agent_id", "team_id"}))
    agent = None if use.agent_id is None else (await agents.get(ctx, use.agent_id)).name
    team = None if use.team_id is None else (await teams.get(ctx, use.team_id)).name
    return {"agent": agent, "team": team, **document}


async def _provider_id(ctx: Context, name: str) -> UUID:
    providers = await llm.list_providers(ctx)
    named = {each.name: each.id for each in providers}
    found = named.get(name) or _ALWAYS_THERE.get(name)
    if found is None and name in {str(each.id) for each in providers}:
        found = UUID(name)
    if found is None:
        known = ", ".join([*named, *(each for each in _ALWAYS_THERE if each not in named)])
        raise AgentInvalidError.of(
            FieldProblem(
                "config.model.provider",
                f"names {name}, which is no model provider of the organization",
                f"Add the provider (retinue providers add), or use one of: {known}.",
            )
        )
    return found


async def _provider_name(ctx: Context, provider_id: UUID) -> Json:
    providers = {each.id: each.name for each in await llm.list_providers(ctx)}
    if provider_id in providers:
        return providers[provider_id]
    always = {each: name for name, each in _ALWAYS_THERE.items() if name not in providers.values()}
    return always.get(provider_id, str(provider_id))
