"""Teams and their versions over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.teams import service
from retinue.teams.repository import TeamFilter
from retinue.teams.schemas import CreateTeam, TeamType, UpdateTeam
from retinue.teams.types import Team, TeamDefinition, TeamVersion, TeamVersionDiff, mode_of

router = APIRouter(tags=["teams"])

Version = Annotated[int, Path(ge=1, le=2_147_483_646)]


@router.get("/teams")
async def list_teams(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name or description.")] = None,
    type: Annotated[TeamType | None, Query(description="Only teams that work so.")] = None,  # noqa: A002 - the parameter's name
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Team]:
    """List the organization's teams, newest first."""
    async with open_context(request) as ctx:
        wanted = TeamFilter(q, None if type is None else mode_of(type))
        return await service.list_page(ctx, wanted, cursor=cursor, limit=limit)


@router.post("/teams", status_code=201)
async def create_team(request: Request, body: CreateTeam) -> Team:
    """Create a team of agents and teams."""
    definition = TeamDefinition(
        name=body.name,
        description=body.description,
        icon=body.icon,
        type=mode_of(body.type),
        instructions=body.instructions,
        config=body.config,
        members=tuple(each.to_member() for each in body.members),
        deployment_config=body.deployment_config,
    )
    async with open_context(request) as ctx:
        return await service.create(ctx, definition, note=body.note)


@router.get("/teams/{team_id}")
async def get_team(request: Request, team_id: UUID) -> Team:
    """Show one team."""
    async with open_context(request) as ctx:
        return await service.get(ctx, team_id)


@router.patch("/teams/{team_id}")
async def update_team(request: Request, team_id: UUID, body: UpdateTeam) -> Team:
    """Change a team; each change is kept as a version."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set - {"version", "note"}}
    if body.type is not None:
        changes["type"] = mode_of(body.type)
    if body.members is not None:
        changes["members"] = tuple(each.to_member() for each in body.members)
    async with open_context(request) as ctx:
        return await service.update(ctx, team_id, changes, version=body.version, note=body.note)


@router.delete("/teams/{team_id}", status_code=204)
async def delete_team(request: Request, team_id: UUID) -> None:
    """Delete a team that has no unfinished runs and is in no other team; what its runs recorded stays."""
    async with open_context(request) as ctx:
        await service.delete(ctx, team_id)


@router.post("/teams/{team_id}/duplicate", status_code=201)
async def duplicate_team(request: Request, team_id: UUID) -> Team:
    """Make a copy of a team, with the same members."""
    async with open_context(request) as ctx:
        return await service.duplicate(ctx, team_id)


@router.get("/teams/{team_id}/versions")
async def list_team_versions(
    request: Request, team_id: UUID, *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[TeamVersion]:
    """List a team's versions, the newest first: what it was, who made it, when and why."""
    async with open_context(request) as ctx:
        return await service.list_versions(ctx, team_id, cursor=cursor, limit=limit)


@router.get("/teams/{team_id}/versions/{version}")
async def get_team_version(request: Request, team_id: UUID, version: Version) -> TeamVersion:
    """Show one version of a team."""
    async with open_context(request) as ctx:
        return await service.get_version(ctx, team_id, version)


@router.get("/teams/{team_id}/versions/{version}/diff")
async def compare_team_versions(
    request: Request,
    team_id: UUID,
    version: Version,
    against: Annotated[
        int | None, Query(ge=1, le=2_147_483_646, description="The version to compare with. Default: the one before.")
    ] = None,
) -> TeamVersionDiff:
    """Compare two versions of a team: words of the instructions, members, model, limits, other fields."""
    async with open_context(request) as ctx:
        return await service.diff_versions(ctx, team_id, version, against)


@router.post("/teams/{team_id}/versions/{version}/restore")
async def restore_team_version(request: Request, team_id: UUID, version: Version) -> Team:
    """Make an earlier version the present one; this is a new version too."""
    async with open_context(request) as ctx:
        return await service.restore(ctx, team_id, version)
