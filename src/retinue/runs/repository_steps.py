"""The SQL of what a run recorded of a workflow's nodes."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.json import Json


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step of a node, as far as another run takes it over."""

    id: UUID
    parent_step_id: UUID | None
    node_id: str
    visit: int
    item_index: int | None
    sequence: int
    status: str
    output: Json
    error_message: str | None
    source: str
    started_at: datetime
    completed_at: datetime | None


_LIST: LiteralString = """
SELECT id, parent_step_id, node_id, visit, item_index, sequence, status, output, error_message, source, started_at,
  completed_at
FROM run_steps WHERE run_id = %s AND node_id IS NOT NULL AND visit IS NOT NULL ORDER BY sequence, id
"""


async def list_recorded(ctx: Context, run_id: UUID) -> list[RecordedStep]:
    """Return the steps of a run's nodes, in the order in which they began."""
    async with ctx.tx.cursor(row_factory=class_row(RecordedStep)) as cursor:
        await cursor.execute(_LIST, (run_id,))
        return await cursor.fetchall()
