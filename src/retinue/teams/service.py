"""The room's verbs: an organization's teams, each change of them a version, and their frozen form for a run."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from retinue.agents.types import Release
from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.db.pages import CursorInvalidError, Page, Position, decode, page_of
from retinue.core.diff import difference
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.engine.spec.team import MAX_DEPTH
from retinue.llm import service as llm
from retinue.teams import diff, releases, repository, rules
from retinue.teams.errors import (
    TeamBusyError,
    TeamChangedError,
    TeamInUseError,
    TeamInvalidError,
    TeamMissingError,
    TeamNotRunnableError,
    TeamVersionMissingError,
)
from retinue.teams.permissions import READ, WRITE
from retinue.teams.repository import TeamFilter
from retinue.teams.types import MemberForRun, Team, TeamDefinition, TeamForRun, TeamVersion, TeamVersionDiff

SAVED = "team.saved"
"""Event: a version was saved of a team (``team_id``) whose saved versions are deployed."""
_HIGHEST = 2**31 - 1
_CALLED_REMEDY = "Remove it from the agents and teams of these agents first."
_NAME_CHARACTERS = 200


async def list_page(ctx: Context, wanted: TeamFilter, *, cursor: str | None, limit: int) -> Page[Team]:
    """Return a page of teams, newest first."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda team: Position(team.created_at, team.id))


async def get(ctx: Context, team_id: UUID) -> Team:
    """Return one team. Raises ``TeamMissingError``."""
    require(ctx, READ)
    return await _get(ctx, team_id)


async def check_exists(ctx: Context, team_id: UUID) -> None:
    """Demand that there is a team, for those who may run it without reading it. Raises ``TeamMissingError``."""
    await _get(ctx, team_id)


async def create(ctx: Context, definition: TeamDefinition, *, note: str = "") -> Team:
    """Write a new team, its members, its first version and an audit entry.

    Raises ``TeamInvalidError`` that names each field, and ``ModelChoiceError``.
    """
    require(ctx, WRITE)
    await _check(ctx, None, definition)
    team_id = new_id()
    await repository.insert(ctx, team_id, definition)
    snapshot = rules.write_snapshot(definition)
    await repository.keep_version(ctx, team_id, 1, snapshot, note)
    await audit.record(ctx, "team.created", ("team", team_id), after=snapshot)
    await _note_saved(ctx, team_id, definition)
    return await _get_and_announce(ctx, team_id)


async def update(ctx: Context, team_id: UUID, changes: Mapping[str, Any], *, version: int | None, note: str = "") -> Team:
    """Change a team; what is not named stays. Each change is a new version; a change of nothing is none.

    ``changes``: fields of ``TeamDefinition``. ``version`` is the one that was changed from. Raises ``TeamChangedError``,
    and as ``create`` does.
    """
    require(ctx, WRITE)
    before = await _lock(ctx, team_id)
    if version is not None and version != before.version:
        message = f"is {version}, but the team has version {before.version} by now"
        raise TeamChangedError(fields=(FieldProblem("version", message, TeamChangedError.remedy),))
    return await _save(ctx, before, replace(rules.definition_of(before), **changes), note=note)


async def restore(ctx: Context, team_id: UUID, version: int) -> Team:
    """Make an earlier version the present one, as a new version. Raises ``TeamVersionMissingError`` and as ``create``."""
    require(ctx, WRITE)
    before = await _lock(ctx, team_id)
    kept = await get_version(ctx, team_id, version)
    return await _save(ctx, before, read_release(kept.snapshot), note=f"Version {version} restored")


def read_release(snapshot: JsonObject) -> TeamDefinition:
    """Return what a version's snapshot defines. Raises ``TeamInvalidError`` for one of an older form."""
    try:
        return rules.read_snapshot(snapshot)
    except ValidationError:
        message = "was written in an older form and cannot be used any more"
        raise TeamInvalidError.of(FieldProblem("version", message, "Copy what you need from it by hand.")) from None


async def _save(ctx: Context, before: Team, definition: TeamDefinition, *, note: str) -> Team:
    was, now = difference(rules.write_snapshot(before), rules.write_snapshot(definition))
    if not now:
        return before
    await _check(ctx, before.id, definition)
    version = await repository.update(ctx, before, definition)
    if version is None:
        raise TeamChangedError
    await repository.keep_version(ctx, before.id, version, rules.write_snapshot(definition), note)
    await audit.record(ctx, "team.updated", ("team", before.id), before=was, after={**now, "version": version})
    await _note_saved(ctx, before.id, definition)
    return await _get_and_announce(ctx, before.id)


async def _note_saved(ctx: Context, team_id: UUID, definition: TeamDefinition) -> None:
    if definition.deployment_config.auto_deploy:
        await events.append(ctx, SAVED, {"team_id": str(team_id)})


async def duplicate(ctx: Context, team_id: UUID) -> Team:
    """Make a copy of a team, with the same members; it begins at version 1."""
    require(ctx, WRITE)
    source = await _get(ctx, team_id)
    name = f"{source.name[: _NAME_CHARACTERS - 7]} (copy)"
    return await create(ctx, replace(rules.definition_of(source), name=name), note=f"Copied from {team_id}")


async def delete(ctx: Context, team_id: UUID) -> None:
    """Delete a team; its runs stay. Raises ``TeamBusyError`` while some of them are unfinished, and ``TeamInUseError``."""
    require(ctx, WRITE)
    await repository.lock_rosters(ctx)
    team = await _lock(ctx, team_id)
    count = await repository.count_unfinished_runs(ctx, team_id)
    if count:
        raise TeamBusyError(f"The team has unfinished runs: {count}.")
    parents = await repository.list_parents(ctx, team_id)
    if parents:
        raise TeamInUseError(f"The team is a member of: {', '.join(parents)}.")
    callers = await repository.list_callers(ctx, team_id)
    if callers:
        raise TeamInUseError(f"The team is called as a tool by: {', '.join(callers)}.", remedy=_CALLED_REMEDY)
    await repository.delete(ctx, team_id)
    await audit.record(ctx, "team.deleted", ("team", team_id), before=rules.write_snapshot(team))
    _tell(ctx, team_id, "deleted")


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of all teams, or of those of one name, oldest first."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def list_versions(ctx: Context, team_id: UUID, *, cursor: str | None, limit: int) -> Page[TeamVersion]:
    """Return a page of a team's versions, the newest first. Raises ``TeamMissingError``, ``CursorInvalidError``."""
    await get(ctx, team_id)
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and int(cursor) <= _HIGHEST):
        raise CursorInvalidError
    rows = await repository.list_versions(ctx, team_id, int(cursor) if cursor else _HIGHEST, limit + 1)
    kept = rows[:limit]
    return Page(kept, str(kept[-1].version) if len(rows) > limit else None)


async def get_version(ctx: Context, team_id: UUID, version: int) -> TeamVersion:
    """Return one version. Raises ``TeamMissingError``, ``TeamVersionMissingError``."""
    await get(ctx, team_id)
    found = [each for each in await repository.list_versions(ctx, team_id, version + 1, 1) if each.version == version]
    if not found:
        raise TeamVersionMissingError(f"The team has no version {version}.")
    return found[0]


async def diff_versions(ctx: Context, team_id: UUID, version: int, against: int | None) -> TeamVersionDiff:
    """Return what differs between a version and another one (None: the one before). Raises ``TeamVersionMissingError``."""
    after = await get_version(ctx, team_id, version)
    if against is None and version == 1:
        raise TeamVersionMissingError("Version 1 is the first, so there is none before it. Name another with against.")
    before = await get_version(ctx, team_id, version - 1 if against is None else against)
    ids = [UUID(each) for snapshot in (before.snapshot, after.snapshot) for each in diff.members_of(snapshot)]
    names = await repository.list_names(ctx, ids)
    return await asyncio.to_thread(
        diff.diff_of, team_id, (before.version, before.snapshot), (after.version, after.snapshot), names
    )


async def get_release(ctx: Context, team_id: UUID, version: int | None = None) -> Release:
    """Return a version (None: the newest) as it is deployed, with the present versions of its members.

    Raises ``TeamMissingError``, ``TeamVersionMissingError``, ``TeamNotRunnableError``, and ``TeamInvalidError`` for an
    older form.
    """
    team = await get(ctx, team_id)
    kept = await get_version(ctx, team_id, team.version if version is None else version)
    return await releases.pin(ctx, kept.version, kept.snapshot, read_release(kept.snapshot))


async def get_kept_release(ctx: Context, team_id: UUID, version: int, versions: JsonObject) -> Release:
    """Return a version as it was deployed within something else, whose caller has the permission to run.

    ``versions`` are those of its members, and of theirs, by id. Raises ``TeamNotRunnableError`` when the team is deleted.
    """
    return await releases.get_kept(ctx, team_id, version, versions)


async def get_for_run(
    ctx: Context, team_id: UUID, release: Release | None = None, *, draft: JsonObject | None = None
) -> TeamForRun:
    """Return a team as a run freezes it. The caller has asked for the permission to run.

    A ``release`` takes the place of what is saved; the fields of a ``draft`` do so after the checks of a save. Raises
    ``TeamMissingError``, ``TeamInvalidError`` for a draft, and ``TeamNotRunnableError`` for a team without members, or a
    release whose members were deleted.
    """
    team = await _get(ctx, team_id)
    if draft is not None:
        release = await _drafted(ctx, team, draft)
    if release is not None:
        return await releases.get_for_run(ctx, team_id, read_release(release.snapshot), release)
    if not team.members:
        field = FieldProblem("members", f"is empty: {team.name} has no members", "Add at least one agent or team.")
        raise TeamNotRunnableError.of(field)
    members = tuple(
        MemberForRun(each.agent_id, each.team_id, each.name, each.role, each.description, each.config)
        for each in team.members
    )
    return TeamForRun(team.id, team.name, team.version, team.type, team.instructions, team.config, members)


async def _drafted(ctx: Context, team: Team, draft: JsonObject) -> Release:
    """Return a team with fields of a draft as if it were deployed. Raises as a save does, with the draft's fields."""
    require(ctx, READ)
    definition = rules.read_snapshot(rules.write_snapshot(team) | draft)
    try:
        await _check(ctx, team.id, definition)
    except TeamInvalidError as error:
        raise TeamInvalidError.of(*(replace(each, field=f"team_draft.{each.field}") for each in error.fields)) from None
    return await releases.pin(ctx, team.version, rules.write_snapshot(definition), definition)


async def _check(ctx: Context, team_id: UUID | None, definition: TeamDefinition) -> None:
    """Demand that a definition may be saved. Holds the rosters where teams are among the members."""
    rules.check_definition(definition)
    members = definition.members
    agent_ids = [each.agent_id for each in members if each.agent_id is not None]
    team_ids = [each.team_id for each in members if each.team_id is not None]
    known = await repository.list_known(ctx, agent_ids, team_ids)
    problems = [
        FieldProblem(f"members.{index}.{name}", "names nothing that there is", "Choose another, or take it out.")
        for index, each in enumerate(members)
        for name, target in (("agent_id", each.agent_id), ("team_id", each.team_id))
        if target is not None and target not in known
    ]
    if problems:
        raise TeamInvalidError.of(*problems)
    if team_ids:
        await _check_nesting(ctx, team_id, definition, team_ids)
    choice, parameters = definition.config.model, definition.config.parameters
    if choice.provider_id is not None or parameters.script is not None:
        await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters.model_dump(mode="json"))


async def _check_nesting(ctx: Context, team_id: UUID | None, definition: TeamDefinition, team_ids: list[UUID]) -> None:
    await repository.lock_rosters(ctx)
    inside = await repository.list_nested(ctx, team_ids)
    teams = {index: each.team_id for index, each in enumerate(definition.members) if each.team_id is not None}
    depth = rules.check_nesting(team_id, teams, inside)
    height = 0 if team_id is None else await repository.get_height(ctx, team_id)
    if depth + height > MAX_DEPTH:
        message = (
            f"are nested {depth + height} teams deep, with the teams that this one is in; at most {MAX_DEPTH} are allowed"
        )
        raise TeamInvalidError.of(FieldProblem("members", message, "Take a level out."))


async def _get(ctx: Context, team_id: UUID) -> Team:
    team = await repository.get(ctx, team_id)
    if team is None:
        raise TeamMissingError
    return team


async def _lock(ctx: Context, team_id: UUID) -> Team:
    if not await repository.lock(ctx, team_id):
        raise TeamMissingError
    return await _get(ctx, team_id)


async def _get_and_announce(ctx: Context, team_id: UUID) -> Team:
    team = await _get(ctx, team_id)
    _tell(ctx, team_id, "saved")
    return team


def _tell(ctx: Context, team_id: UUID, status: str) -> None:
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(team_id), "status": status}
    ctx.after_commit.append(lambda: bus.news(organization_id, "team", news))
