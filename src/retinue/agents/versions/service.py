"""The verbs of versions: each is kept permanently, and tells who made it, when, and why."""

import asyncio
from uuid import UUID

from retinue.agents.versions import repository, rules
from retinue.agents.versions.errors import VersionMissingError
from retinue.agents.versions.repository import NewVersion
from retinue.agents.versions.types import AgentVersion, VersionDiff
from retinue.core.context import Context
from retinue.core.db.pages import CursorInvalidError, Page
from retinue.core.json import JsonObject
from retinue.core.permissions import require

READ = "agents:read"
_HIGHEST = 2**31 - 1


async def keep(ctx: Context, agent_id: UUID, version: int, snapshot: JsonObject, *, note: str) -> None:
    """Keep what an agent is at a version. Anyone who calls has asked for the permission and holds the agent's row."""
    await repository.insert(ctx, NewVersion(agent_id, version, snapshot, note))


async def list_page(ctx: Context, agent_id: UUID, *, cursor: str | None, limit: int) -> Page[AgentVersion]:
    """Return a page of an agent's versions, the newest first. Raises ``CursorInvalidError``."""
    require(ctx, READ)
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and int(cursor) <= _HIGHEST):
        raise CursorInvalidError
    rows = await repository.list_page(ctx.tx, agent_id, int(cursor) if cursor else _HIGHEST, limit)
    kept = rows[:limit]
    return Page(kept, str(kept[-1].version) if len(rows) > limit else None)


async def get_for_run(ctx: Context, agent_id: UUID, version: int) -> AgentVersion:
    """Return one version for a run, whose starter has the permission. Raises ``VersionMissingError``."""
    found = await repository.get(ctx.tx, agent_id, version)
    if found is None:
        raise VersionMissingError(f"The agent has no version {version}.")
    return found


async def get(ctx: Context, agent_id: UUID, version: int) -> AgentVersion:
    """Return one version. Raises ``VersionMissingError``."""
    require(ctx, READ)
    return await get_for_run(ctx, agent_id, version)


async def diff(ctx: Context, agent_id: UUID, version: int, against: int | None) -> VersionDiff:
    """Return what differs between a version and another one (None: the one before). Raises ``VersionMissingError``."""
    after = await get(ctx, agent_id, version)
    if against is None and version == 1:
        raise VersionMissingError("Version 1 is the first, so there is none before it. Name another with against.")
    before = await get(ctx, agent_id, version - 1 if against is None else against)
    return await asyncio.to_thread(
        rules.diff_of, agent_id, (before.version, before.snapshot), (after.version, after.snapshot)
    )
