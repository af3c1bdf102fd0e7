"""Agents and their versions over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from retinue.agents import service
from retinue.agents.repository import Filters
from retinue.agents.schemas import CreateAgent, UpdateAgent
from retinue.agents.types import Agent, Category, Status
from retinue.agents.variables.types import NewVariable
from retinue.agents.versions import service as versions
from retinue.agents.versions.types import AgentVersion, VersionDiff
from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["agents"])

Version = Annotated[int, Path(ge=1, le=2_147_483_647)]
_NOT_DEFINITION = frozenset({"template_id", "parameters", "variables", "version", "note", "status"})
_NULLABLE = frozenset({"webhook_url"})


def _given(body: CreateAgent | UpdateAgent) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in body.model_fields_set - _NOT_DEFINITION}
    return {name: value for name, value in values.items() if value is not None or name in _NULLABLE}


@router.get("/agents")
async def list_agents(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name or description.")] = None,
    category: Annotated[Category | None, Query(description="`popular` also includes the most used agents.")] = None,
    status: Annotated[Status | None, Query()] = None,
    type: Annotated[str | None, Query(max_length=40, description="Only agents of this type.")] = None,  # noqa: A002 - the parameter's name
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Agent]:
    """List the organization's agents, newest first."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, Filters(q, category, status, type), cursor=cursor, limit=limit)


@router.post("/agents", status_code=201)
async def create_agent(request: Request, body: CreateAgent) -> Agent:
    """Create an agent, from scratch or from a template.

    It is inactive unless `status` is `active`: an inactive agent runs in the playground of the console only.
    """
    values = _given(body)
    if body.variables:
        values["variables"] = tuple(
            NewVariable(each.name, each.description, each.value, each.is_secret) for each in body.variables
        )
    async with open_context(request) as ctx:
        return await service.create(
            ctx,
            {**values, "note": body.note},
            template_id=body.template_id,
            parameters=body.parameters,
            status=Status(body.status),
        )


@router.get("/agents/{agent_id}")
async def get_agent(request: Request, agent_id: UUID) -> Agent:
    """Return an agent."""
    async with open_context(request) as ctx:
        return await service.get(ctx, agent_id)


@router.patch("/agents/{agent_id}")
async def update_agent(request: Request, agent_id: UUID, body: UpdateAgent) -> Agent:
    """Update an agent. Each change creates a version."""
    async with open_context(request) as ctx:
        return await service.update(ctx, agent_id, _given(body), version=body.version, note=body.note)


@router.delete("/agents/{agent_id}", status_code=204)
async def delete_agent(request: Request, agent_id: UUID) -> None:
    """Delete an agent that has no unfinished runs. Records of its runs are kept."""
    async with open_context(request) as ctx:
        await service.delete(ctx, agent_id)


@router.post("/agents/{agent_id}/duplicate", status_code=201)
async def duplicate_agent(request: Request, agent_id: UUID) -> Agent:
    """Copy an agent with its variables."""
    async with open_context(request) as ctx:
        return await service.duplicate(ctx, agent_id)


@router.post("/agents/{agent_id}/activate")
async def activate_agent(request: Request, agent_id: UUID) -> Agent:
    """Activate an agent, so that it can be run."""
    async with open_context(request) as ctx:
        return await service.activate(ctx, agent_id)


@router.post("/agents/{agent_id}/pause")
async def pause_agent(request: Request, agent_id: UUID) -> Agent:
    """Pause an agent: it starts no more runs, and its active runs continue."""
    async with open_context(request) as ctx:
        return await service.pause(ctx, agent_id)


@router.get("/agents/{agent_id}/versions")
async def list_versions(
    request: Request, agent_id: UUID, *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[AgentVersion]:
    """List an agent's versions with their authors and notes, newest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        return await versions.list_page(ctx, agent_id, cursor=cursor, limit=limit)


@router.get("/agents/{agent_id}/versions/{version}")
async def get_version(request: Request, agent_id: UUID, version: Version) -> AgentVersion:
    """Return a version of an agent."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        return await versions.get(ctx, agent_id, version)


@router.get("/agents/{agent_id}/versions/{version}/diff")
async def compare_agent_versions(
    request: Request,
    agent_id: UUID,
    version: Version,
    against: Annotated[
        int | None, Query(ge=1, le=2_147_483_647, description="The version it is compared with; the one before if left out.")
    ] = None,
) -> VersionDiff:
    """Compare two versions: words of the instructions, tools, variables that are used, model, limits, all other fields."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        return await versions.diff(ctx, agent_id, version, against)


@router.post("/agents/{agent_id}/versions/{version}/restore")
async def restore_version(request: Request, agent_id: UUID, version: Version) -> Agent:
    """Restore an earlier version as a new version."""
    async with open_context(request) as ctx:
        return await service.restore(ctx, agent_id, version)
