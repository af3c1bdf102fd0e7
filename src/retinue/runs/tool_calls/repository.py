"""All SQL of the tool ledger that is not the journal's."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.runs.tool_calls.types import ToolCall

_LIST: LiteralString = """
SELECT id, run_id, step_id, call_id, tool_id, tool_name, arguments, effect, state, attempts, result, error_message,
  started_at, completed_at, created_at
FROM tool_calls WHERE run_id = %(run_id)s
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY created_at, id LIMIT %(limit)s
"""


async def list_calls(ctx: Context, run_id: UUID, after: Position | None, limit: int) -> list[ToolCall]:
    """Return the calls of a run, oldest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    async with ctx.tx.cursor(row_factory=class_row(ToolCall)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "at": at, "id": last, "limit": limit})
        return await cursor.fetchall()
