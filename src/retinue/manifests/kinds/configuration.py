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
from retinue.manifests.models import ConfigFile
from retinue.teams import service as teams
from retinue.workflows import service as workflows

_ALWAYS_THERE = {"local": UUID(str(LOCAL_ID)), "scripted": UUID(str(SCRIPTED_ID))}


async def config_of(ctx: Context, file: BaseModel) -> AgentConfig:
    """Return the configuration that a file means. Raises ``AgentInvalidError`` for a name that nothing has."""
    document = await with_provider_id(ctx, file.model_dump(mode="json"))
    callees = cast("list[dict[str, Any]]", document.pop("agents", []))
    named = [await _callee(ctx, index, each) for index, each in enumerate(callees)]
    return AgentConfig.model_validate({**document, "agents": named})


def callees_of(config: ConfigFile) -> list[tuple[str, str]]:
    """Return the agents and teams that a configuration calls as tools, as kind and name."""
    return [("agent", each.agent) if each.agent is not None else ("team", str(each.team)) for each in config.agents]


async def document_of(ctx: Context, config: AgentConfig) -> JsonObject:
    """Return a configuration in the full form of files."""
    document = cast("JsonObject", config.model_dump(mode="json"))
    provider = await provider_name(ctx, config.model.provider_id)
    callees: list[Json] = [await _callee_document(ctx, each) for each in config.agents]
    return {**document, "model": {"provider": provider, "name": config.model.name}, "agents": callees}


def deployment_document(config: DeploymentConfig) -> JsonObject:
    """Return how runs are admitted in the full form of files."""
    return cast("JsonObject", config.model_dump(mode="json"))


async def named_id(ctx: Context, kind: str, name: str) -> UUID | tuple[str, str]:
    """Return the id of the agent, team or workflow of a name, else what is wrong with the name, and the remedy."""
    find = {"agent": agents.list_ids, "team": teams.list_ids, "workflow": workflows.list_ids}[kind]
    ids = await find(ctx, name)
    if len(ids) == 1:
        return ids[0]
    message = f"names {name}, which {'no' if not ids else 'more than one'} {kind} of the organization has"
    if ids:
        return message, "Rename all but one."
    return message, f"Create the {kind} first, or add its file to those that are applied."


async def with_provider_id(ctx: Context, document: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration whose model names its provider by id. Raises ``AgentInvalidError``."""
    model = cast("dict[str, Any]", dict(document["model"]))
    provider = model.pop("provider")
    if provider is not None:
        model["provider_id"] = str(await _provider_id(ctx, provider))
    return {**document, "model": model}


async def _callee(ctx: Context, index: int, file: dict[str, Any]) -> JsonObject:
    agent, team = file.pop("agent"), file.pop("team")
    key, name = ("agent", agent) if agent is not None else ("team", team)
    found = await named_id(ctx, key, name)
    if isinstance(found, UUID):
        return {**file, f"{key}_id": str(found)}
    message, remedy = found
    raise AgentInvalidError.of(FieldProblem(f"config.agents.{index}.{key}", message, remedy))


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


async def provider_name(ctx: Context, provider_id: UUID | None) -> Json:
    """Return what a file calls a model provider; none for the organization's default."""
    if provider_id is None:
        return None
    providers = {each.id: each.name for each in await llm.list_providers(ctx)}
    if provider_id in providers:
        return providers[provider_id]
    always = {each: name for name, each in _ALWAYS_THERE.items() if name not in providers.values()}
    return always.get(provider_id, str(provider_id))
