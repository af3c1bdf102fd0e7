"""The SQL of runs that a run has started, as its execution needs them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.engine.delegation import ChildRun


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a waiting run awaits: ``completed`` members of a wave; ``is_late``: its time for them is up."""

    wave: int | None
    completed: int | None
    wake_at: datetime | None
    is_late: bool


_AWAITED: LiteralString = """
SELECT (awaits ->> 'wave')::integer AS wave, (awaits ->> 'completed')::integer AS completed, wake_at,
  coalesce(wake_at <= tenant.now(), false) AS is_late FROM runs WHERE id = %s
"""


async def get_awaited(ctx: Context, run_id: UUID) -> Awaited:
    """Return what a run awaits."""
    async with ctx.tx.cursor(row_factory=kwargs_row(Awaited)) as cursor:
        found = await (await cursor.execute(_AWAITED, (run_id,))).fetchone()
    return found or Awaited(None, None, None, is_late=False)


# What a child used, and all that descends from it: bounded by the limits of teams, and of their depth.
_CHILDREN: LiteralString = """
WITH RECURSIVE descent AS (
  SELECT r.id AS child_id, r.id FROM runs r WHERE r.organization_id = %(organization_id)s AND r.parent_run_id = %(run_id)s
  UNION ALL
  SELECT d.child_id, r.id FROM runs r JOIN descent d ON r.organization_id = %(organization_id)s AND r.parent_run_id = d.id
), used AS (
  SELECT d.child_id, coalesce(sum((r.resource_usage ->> 'cost_usd')::numeric), 0) AS cost
  FROM descent d JOIN runs r ON r.id = d.id GROUP BY d.child_id
)
SELECT r.id::text, r.parent_step_id::text AS step_id, r.parent_wave AS wave, r.member_attempt AS attempt, r.status,
  r.waiting_reason, r.output, r.error, r.resource_usage AS usage, u.cost AS cost_usd, r.created_at,
  r.completed_at AS ended_at
FROM runs r JOIN used u ON u.child_id = r.id
WHERE r.parent_step_id IS NOT NULL ORDER BY r.parent_step_id, r.member_attempt
"""


_DESCRIPTION: LiteralString = """
SELECT description FROM agents WHERE organization_id = %(organization_id)s AND id = %(target_id)s
UNION ALL SELECT description FROM teams WHERE organization_id = %(organization_id)s AND id = %(target_id)s
"""


async def get_description(ctx: Context, target_id: UUID) -> str:
    """Return the description of an agent or a team; empty when there is none."""
    values = {"organization_id": ctx.organization_id, "target_id": target_id}
    row = await (await ctx.tx.execute(_DESCRIPTION, values)).fetchone()
    return "" if row is None else str(row[0])


def _child(**row: Any) -> ChildRun:  # noqa: ANN401 - the columns above
    usage: JsonObject = {name: value for name, value in row["usage"].items() if name not in {"cpu_ms", "peak_memory_bytes"}}
    row["usage"], row["cost_usd"] = usage, Decimal(row["cost_usd"])
    return ChildRun(**row)


async def list_children(ctx: Context, run_id: UUID) -> list[ChildRun]:
    """Return the runs of a run's members, those of one step in the order of their attempts."""
    values = {"organization_id": ctx.organization_id, "run_id": run_id}
    async with ctx.tx.cursor(row_factory=kwargs_row(_child)) as cursor:
        return await (await cursor.execute(_CHILDREN, values)).fetchall()
