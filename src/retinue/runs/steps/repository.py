"""All SQL of steps that is not the journal's."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.runs.steps.types import Step

_LIST: LiteralString = """
SELECT id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output, error_message, usage, started_at,
  completed_at, round(extract(epoch FROM completed_at - started_at) * 1000)::integer AS duration_ms, created_at
FROM run_steps WHERE run_id = %(run_id)s AND sequence > %(after)s ORDER BY sequence, id LIMIT %(limit)s
"""


async def list_steps(ctx: Context, run_id: UUID, after: int, limit: int) -> list[Step]:
    """Return steps in the order in which they began."""
    async with ctx.tx.cursor(row_factory=class_row(Step)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "after": after, "limit": limit})
        return await cursor.fetchall()
