"""All SQL of the tool ledger that is not the journal's."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.runs.tool_calls.types import ToolCall, ToolUseRecord

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


@dataclass(frozen=True, slots=True)
class Filters:
    """Which calls of a tool a list shows; None takes all. ``since`` and ``until`` are of their beginning."""

    state: str | None = None
    run_id: UUID | None = None
    agent_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


_OF_TOOL: LiteralString = """
SELECT c.id, c.run_id, c.step_id, r.agent_id, a.name AS agent_name, c.effect, c.state, c.attempts,
  octet_length(c.arguments::text) AS arguments_bytes, coalesce(octet_length(c.result::text), 0) AS result_bytes,
  c.error_message, c.started_at, c.completed_at,
  round(extract(epoch FROM c.completed_at - c.started_at) * 1000)::integer AS duration_ms, c.created_at
FROM tool_calls c
JOIN runs r ON r.id = c.run_id
LEFT JOIN agents a ON a.id = r.agent_id
WHERE c.tool_id = %(tool_id)s
  AND (%(state)s::text IS NULL OR c.state = %(state)s)
  AND (%(run_id)s::uuid IS NULL OR c.run_id = %(run_id)s)
  AND (%(agent_id)s::uuid IS NULL OR r.agent_id = %(agent_id)s)
  AND (%(since)s::timestamptz IS NULL OR c.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.created_at < %(until)s)
  AND (%(at)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY c.created_at DESC, c.id DESC LIMIT %(limit)s
"""


async def list_of_tool(
    ctx: Context, tool_id: UUID, filters: Filters, after: Position | None, limit: int
) -> list[ToolUseRecord]:
    """Return the calls of a tool, newest first."""
    values = {
        "tool_id": tool_id,
        "state": filters.state,
        "run_id": filters.run_id,
        "agent_id": filters.agent_id,
        "since": filters.since,
        "until": filters.until,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit,
    }
    async with ctx.tx.cursor(row_factory=class_row(ToolUseRecord)) as cursor:
        await cursor.execute(_OF_TOOL, values)
        return await cursor.fetchall()
