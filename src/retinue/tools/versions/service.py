"""Versions of tools: stored permanently, with who created them and when."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import CursorInvalidError, Page
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.tools.versions import repository
from retinue.tools.versions.errors import ToolVersionMissingError
from retinue.tools.versions.rules import changes_between
from retinue.tools.versions.types import ToolVersion, ToolVersionChanges

READ = "tools:read"
_HIGHEST = 2**31 - 1


async def keep(ctx: Context, tool_id: UUID, version: int, snapshot: JsonObject, *, note: str = "") -> None:
    """Store a version of a tool. The caller has checked the permission and locked the tool's row."""
    await repository.insert(ctx, tool_id, version, snapshot, note)


async def list_page(ctx: Context, tool_id: UUID, *, cursor: str | None, limit: int) -> Page[ToolVersion]:
    """Return a page of a tool's versions, the newest first. Raises ``CursorInvalidError``."""
    require(ctx, READ)
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and int(cursor) <= _HIGHEST):
        raise CursorInvalidError
    rows = await repository.list_page(ctx.tx, tool_id, int(cursor) if cursor else _HIGHEST, limit)
    kept = rows[:limit]
    return Page(kept, str(kept[-1].version) if len(rows) > limit else None)


async def get(ctx: Context, tool_id: UUID, version: int) -> ToolVersion:
    """Return one version. Raises ``ToolVersionMissingError``."""
    require(ctx, READ)
    found = await repository.get(ctx.tx, tool_id, version)
    if found is None:
        raise ToolVersionMissingError(f"The tool has no version {version}.")
    return found


async def compare(ctx: Context, tool_id: UUID, before: int, after: int) -> ToolVersionChanges:
    """Return which fields differ between two versions. Raises ``ToolVersionMissingError``."""
    one, other = await get(ctx, tool_id, before), await get(ctx, tool_id, after)
    return ToolVersionChanges(tool_id, before, after, tuple(changes_between(one.snapshot, other.snapshot)))
