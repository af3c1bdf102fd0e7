"""All SQL of steps that is not the journal's."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row

from retinue.core.context import Context
from retinue.core.json import Json
from retinue.runs.steps.types import Step, StepStatus, StepWarning

_LIST: LiteralString = """
SELECT id, run_id, parent_step_id, sequence, step_name, step_type, status, input, output, error_message, usage, warnings,
  node_id, visit, item_index, source, started_at, completed_at,
  round(extract(epoch FROM completed_at - started_at) * 1000)::integer AS duration_ms, created_at
FROM run_steps WHERE run_id = %(run_id)s AND sequence > %(after)s ORDER BY sequence, id LIMIT %(limit)s
"""


def _step(**row: Any) -> Step:  # noqa: ANN401 - the columns above
    row["status"] = StepStatus(row["status"])
    row["warnings"] = [StepWarning(**each) for each in row["warnings"]]
    return Step(**row)


async def list_steps(ctx: Context, run_id: UUID, after: int, limit: int) -> list[Step]:
    """Return steps in the order in which they began."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_step)) as cursor:
        await cursor.execute(_LIST, {"run_id": run_id, "after": after, "limit": limit})
        return await cursor.fetchall()


_PLAN: LiteralString = "SELECT control.plan_of(r)::text FROM runs r WHERE r.id = %s"
# A step is followed by those that name it, each in turn: the chain goes from a step to the first of its run.
_CHAIN: LiteralString = """
WITH RECURSIVE chain AS (
  SELECT s.id, s.step_type, s.input, s.output, 0 AS distance FROM run_steps s
  WHERE s.run_id = %(run_id)s AND s.id = %(step_id)s
  UNION ALL
  SELECT e.id, e.step_type, e.input, e.output, c.distance + 1
  FROM chain c JOIN run_steps e ON e.run_id = %(run_id)s AND e.id = (c.input ->> 'after_step_id')::uuid
  WHERE c.distance < 10000
)
SELECT step_type, input, output FROM chain ORDER BY distance DESC
"""


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A step among those that one follows."""

    step_type: str
    input: Json
    output: Json


async def get_plan_text(ctx: Context, run_id: UUID) -> str | None:
    """Return the text of a run's plan."""
    row = await (await ctx.tx.execute(_PLAN, (run_id,))).fetchone()
    return None if row is None else row[0]


async def list_chain(ctx: Context, run_id: UUID, step_id: UUID) -> list[ChainStep]:
    """Return the model steps that a step follows, from the first of the run to the step itself; none for no such step."""
    async with ctx.tx.cursor(row_factory=class_row(ChainStep)) as cursor:
        await cursor.execute(_CHAIN, {"run_id": run_id, "step_id": step_id})
        return await cursor.fetchall()
