"""All SQL of log lines that is not the journal's."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.runs.logs.types import Level, LogLine

_LIST: LiteralString = """
SELECT id, run_id, step_id, message, level, details, timestamp FROM run_logs
WHERE run_id = %(run_id)s
  AND (%(level)s::text IS NULL OR level = %(level)s::text)
  AND (%(q)s::text IS NULL OR strpos(lower(message), lower(%(q)s::text)) > 0)
  AND (%(at)s::timestamptz IS NULL OR (timestamp, id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY timestamp, id LIMIT %(limit)s
"""


async def list_lines(
    ctx: Context, run_id: UUID, after: Position | None, limit: int, *, level: Level | None, q: str | None
) -> list[LogLine]:
    """Return log lines, oldest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    async with ctx.tx.cursor(row_factory=class_row(LogLine)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "level": level, "q": q, "at": at, "id": last, "limit": limit})
        return await cursor.fetchall()
