"""The SQL of past runs, for back-tests."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that ended."""

    id: UUID
    status: str
    warning_count: int
    trigger: str
    completed_at: datetime
    duration_ms: int | None
    cost: float | None

    def figure(self, metric: str) -> float | None:
        """Return the run's figure of a metric, None when it has none."""
        if metric == "cost":
            return self.cost
        if metric == "success_rate":
            return float(self.status == "completed")
        return float(self.duration_ms) if self.status == "completed" and self.duration_ms is not None else None


_COLUMNS: LiteralString = """
SELECT r.id, r.status, r.warning_count, r.trigger, r.completed_at, r.duration_ms,
  (r.resource_usage ->> 'cost_usd')::double precision AS cost
FROM runs r WHERE r.organization_id = %(organization_id)s AND r.status IN ('completed', 'failed') AND NOT r.playground
  AND r.completed_at > %(start)s AND (%(tag)s::text IS NULL OR %(tag)s = ANY (r.tags))
"""
_OF_TARGET: LiteralString = (
    _COLUMNS + " AND r.target_id = %(target_id)s ORDER BY r.completed_at DESC, r.id DESC LIMIT %(limit)s"
)
_OF_ORGANIZATION: LiteralString = (
    _COLUMNS + " AND r.parent_run_id IS NULL ORDER BY r.completed_at DESC, r.id DESC LIMIT %(limit)s"
)


async def list_runs(ctx: Context, target_id: UUID | None, tag: str | None, start: datetime, limit: int) -> list[PastRun]:
    """Return the newest runs that ended since an instant, of a target or of the organization, with a tag if one is given."""
    values = {"tag": tag, "organization_id": ctx.organization_id, "target_id": target_id, "start": start, "limit": limit}
    statement = _OF_ORGANIZATION if target_id is None else _OF_TARGET
    async with ctx.tx.cursor(row_factory=class_row(PastRun)) as cursor:
        return await (await cursor.execute(statement, values)).fetchall()
