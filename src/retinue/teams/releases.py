"""Versions of teams that are deployed: with each goes the version of every member, and of theirs, at that moment.

A release's snapshot is that of the team's version, with ``releases``: the version of each agent and team below it, by id.
"""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentMissingError
from retinue.agents.types import Release
from retinue.agents.versions import service as agent_versions
from retinue.agents.versions.errors import VersionMissingError
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.spec.team import MAX_DEPTH
from retinue.teams import repository
from retinue.teams.errors import TeamNotRunnableError
from retinue.teams.types import MemberDefinition, MemberForRun, TeamDefinition, TeamForRun, TeamMember

_REMEDY = "Remove it from the team, save, and deploy that version."


async def pin(ctx: Context, version: int, snapshot: JsonObject, definition: TeamDefinition) -> Release:
    """Return a version as it is deployed: with the present versions of its members, and of theirs.

    Raises ``TeamNotRunnableError`` for members that were deleted, and for teams nested too deeply.
    """
    versions: JsonObject = {}
    await _pin(ctx, definition.members, versions, "members", 1)
    return Release(version, {**snapshot, "releases": versions})


async def _pin(
    ctx: Context, members: Sequence[MemberDefinition | TeamMember], versions: JsonObject, field: str, depth: int
) -> None:
    if depth > MAX_DEPTH:
        remedy = "Use the members of a nested team instead."
        raise TeamNotRunnableError.of(FieldProblem(field, f"are nested more than {MAX_DEPTH} teams deep", remedy))
    for index, member in enumerate(members):
        place = f"{field}.{index}"
        if member.agent_id is not None:
            try:
                versions[str(member.agent_id)] = (await agents.get(ctx, member.agent_id)).version
            except AgentMissingError:
                raise _deleted(place) from None
        elif member.team_id is not None:
            team = await repository.get(ctx, member.team_id)
            if team is None:
                raise _deleted(place)
            versions[str(team.id)] = team.version
            await _pin(ctx, team.members, versions, f"{place}.members", depth + 1)


async def get_for_run(ctx: Context, team_id: UUID, definition: TeamDefinition, release: Release) -> TeamForRun:
    """Return a release as a run freezes it. Raises ``TeamNotRunnableError`` for no members, and for a deleted one."""
    if not definition.members:
        field = FieldProblem("members", f"is empty: {definition.name} has no members", "Add at least one agent or team.")
        raise TeamNotRunnableError.of(field)
    versions = cast("dict[str, int]", release.snapshot.get("releases") or {})
    members = [await _member(ctx, f"members.{index}", member, versions) for index, member in enumerate(definition.members)]
    return TeamForRun(
        team_id,
        definition.name,
        release.version,
        definition.type,
        definition.instructions,
        definition.config,
        tuple(members),
    )


async def _member(ctx: Context, field: str, member: MemberDefinition, versions: dict[str, int]) -> MemberForRun:
    target_id = member.agent_id or member.team_id
    version = versions.get(str(target_id))
    if target_id is None or version is None:
        raise _deleted(field)
    snapshot: JsonObject
    if member.agent_id is not None:
        snapshot = await _agent(ctx, field, target_id, version)
    else:
        below: JsonObject = {**versions}
        kept = await _team(ctx, field, target_id, version)
        snapshot = {**kept, "releases": below}
    return MemberForRun(
        agent_id=member.agent_id,
        team_id=member.team_id,
        name=str(snapshot.get("name") or ""),
        role=member.role,
        description=str(snapshot.get("description") or ""),
        config=member.config,
        release=Release(version, snapshot),
    )


async def get_kept(ctx: Context, team_id: UUID, version: int, versions: JsonObject) -> Release:
    """Return a version of a team with given versions of those below it. Raises ``TeamNotRunnableError`` when it is gone."""
    return Release(version, {**await _team(ctx, "members", team_id, version), "releases": versions})


async def _agent(ctx: Context, field: str, agent_id: UUID, version: int) -> JsonObject:
    try:
        return (await agent_versions.get_for_run(ctx, agent_id, version)).snapshot
    except VersionMissingError:
        raise _deleted(field) from None


async def _team(ctx: Context, field: str, team_id: UUID, version: int) -> JsonObject:
    found = await repository.list_versions(ctx, team_id, version + 1, 1)
    if not found or found[0].version != version:
        raise _deleted(field)
    return found[0].snapshot


def _deleted(field: str) -> TeamNotRunnableError:
    return TeamNotRunnableError.of(FieldProblem(field, "was deleted", _REMEDY))
