"""All SQL of tools' versions."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context, Tx
from retinue.core.json import JsonObject
from retinue.tools.versions.types import ToolAuthor, ToolVersion


def _version(
    *,
    tool_id: UUID,
    version: int,
    snapshot: JsonObject,
    note: str,
    author_id: UUID | None,
    author_name: str | None,
    created_at: datetime,
) -> ToolVersion:
    author = None if author_id is None else ToolAuthor(author_id, author_name or "")
    return ToolVersion(tool_id, version, snapshot, note, author, created_at)


_INSERT: LiteralString = """
INSERT INTO tool_versions (organization_id, tool_id, version, snapshot, note, created_by)
VALUES (%(organization_id)s, %(tool_id)s, %(version)s, %(snapshot)s, %(note)s, %(created_by)s)
"""


async def insert(ctx: Context, tool_id: UUID, version: int, snapshot: JsonObject, note: str) -> None:
    """Keep a version."""
    values = {
        "organization_id": ctx.organization_id,
        "tool_id": tool_id,
        "version": version,
        "snapshot": Jsonb(snapshot),
        "note": note,
        "created_by": ctx.actor.user_id,
    }
    await ctx.tx.execute(_INSERT, values)


_LIST: LiteralString = """
SELECT v.tool_id, v.version, v.snapshot, v.note, v.created_by AS author_id, u.full_name AS author_name, v.created_at
FROM tool_versions v LEFT JOIN users u ON u.id = v.created_by
WHERE v.tool_id = %(tool_id)s AND v.version < %(before)s
ORDER BY v.version DESC LIMIT %(limit)s
"""


async def list_page(tx: Tx, tool_id: UUID, before: int, limit: int) -> list[ToolVersion]:
    """Return versions below ``before``, the newest first, one more than ``limit`` when there are more."""
    async with tx.cursor(row_factory=kwargs_row(_version)) as cursor:
        values = {"tool_id": tool_id, "before": before, "limit": limit + 1}
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = """
SELECT v.tool_id, v.version, v.snapshot, v.note, v.created_by AS author_id, u.full_name AS author_name, v.created_at
FROM tool_versions v LEFT JOIN users u ON u.id = v.created_by
WHERE v.tool_id = %s AND v.version = %s
"""


async def get(tx: Tx, tool_id: UUID, version: int) -> ToolVersion | None:
    """Return one version."""
    async with tx.cursor(row_factory=kwargs_row(_version)) as cursor:
        return await (await cursor.execute(_GET, (tool_id, version))).fetchone()
