"""All SQL of thoughts that is not the journal's."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.runs.thoughts.types import Thought

_LIST: LiteralString = """
SELECT id, agent_id, run_id, node_id, node_type, content, metadata, parent_node_id,
  confidence_score::double precision AS confidence_score, processing_time_ms, created_at
FROM agent_thoughts WHERE run_id = %(run_id)s
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY created_at, id LIMIT %(limit)s
"""


async def list_thoughts(ctx: Context, run_id: UUID, after: Position | None, limit: int) -> list[Thought]:
    """Return thoughts, oldest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    async with ctx.tx.cursor(row_factory=class_row(Thought)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "at": at, "id": last, "limit": limit})
        return await cursor.fetchall()
