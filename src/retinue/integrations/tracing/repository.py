"""All SQL of traces: the queue of each destination, and what is read of runs and steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.integrations.tracing.content import MAX_CHARACTERS
from retinue.integrations.tracing.types import DestinationStanding, Queued, TracedRun, TracedStep

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that exports to a destination, or would like to."""

    name: str
    id: UUID
    hold: timedelta


_USE: LiteralString = "SELECT tenant.use_trace_destination(%s::text, %s::interval)"


async def use(database: Database, name: str, keep: timedelta) -> None:
    """Note that a destination is in use: from now on ended runs are queued for it."""
    await database.statement(_USE, (name, keep))


_CLAIM: LiteralString = (
    "SELECT id, organization_id, run_id FROM tenant.claim_traces(%s::text, %s::uuid, %s::integer, %s::interval)"
)


async def claim(database: Database, holder: Holder, most: int) -> list[Queued]:
    """Return the next runs for a destination, the oldest first; none while another process exports to it."""
    rows = await database.statement(_CLAIM, (holder.name, holder.id, most, holder.hold))
    return [Queued(*row) for row in rows]


_HOLD: LiteralString = "SELECT tenant.hold_traces(%s::text, %s::uuid, %s::interval)"


async def hold(database: Database, holder: Holder) -> bool:
    """Go on exporting. Returns false when another process has taken over."""
    ((is_held,),) = await database.statement(_HOLD, (holder.name, holder.id, holder.hold))
    return bool(is_held)


_COMPLETE: LiteralString = "SELECT tenant.complete_traces(%s::text, %s::uuid, %s::bigint[])"


async def complete(database: Database, holder: Holder, ids: Sequence[int]) -> None:
    """Remove runs that a destination has received."""
    await database.statement(_COMPLETE, (holder.name, holder.id, list(ids)))


_RELEASE: LiteralString = "SELECT tenant.release_traces(%s::text, %s::uuid, %s::text, %s::interval)"


async def release(database: Database, holder: Holder, sentence: str | None = None, delay: timedelta | None = None) -> None:
    """Let another process export; with a sentence, after a failure, no earlier than ``delay`` from now."""
    await database.statement(_RELEASE, (holder.name, holder.id, sentence, delay))


_TRIM: LiteralString = "SELECT tenant.trim_traces(%s::text, %s::interval, %s::integer)"


async def trim(database: Database, name: str, keep: timedelta, most: int) -> int:
    """Drop what is older or more than may be kept for a destination; return how many runs."""
    ((dropped,),) = await database.statement(_TRIM, (name, keep, most))
    return int(dropped)


_STANDING: LiteralString = """
SELECT name, is_active, waiting, oldest_seconds, failures, error, succeeded_at, dropped_count FROM tenant.trace_standing()
"""


async def list_standing(database: Database) -> list[DestinationStanding]:
    """Return how each destination stands that was ever in use."""
    return [DestinationStanding(*row) for row in await database.statement(_STANDING, ())]


_RUNS: LiteralString = """
SELECT r.id, r.organization_id, r.type, r.target_id, r.target_name,
  coalesce(r.agent_version, (p.plan ->> 'team_version')::integer, (p.plan ->> 'workflow_version')::integer) AS version,
  p.plan ->> 'runtime' AS runtime, coalesce(p.plan #>> '{model,kind}', p.plan #>> '{leader,model,kind}') AS provider_kind,
  coalesce(p.plan #>> '{model,name}', p.plan #>> '{leader,model,name}') AS model, r.conversation_id, r.deployment_id,
  r.parent_run_id, r.parent_step_id, coalesce(r.triggered_by_id, r.visitor_id) AS user_id, r.status, r.trigger,
  r.error ->> 'code' AS error_code, CASE WHEN c.is_allowed THEN r.error_message END AS error_message, r.trace_id,
  r.caller_span_id, r.resource_usage AS usage, CASE WHEN c.is_allowed THEN r.tags ELSE '{}' END AS tags,
  CASE WHEN c.is_allowed THEN left(r.input::text, %(most)s) END AS input,
  CASE WHEN c.is_allowed THEN left(r.output::text, %(most)s) END AS output, r.created_at, r.started_at, r.completed_at
FROM runs r CROSS JOIN LATERAL (SELECT control.plan_of(r) AS plan) p
JOIN LATERAL (SELECT %(has_content)s AND o.trace_content AS is_allowed FROM organizations o WHERE o.id = r.organization_id) c
  ON true
WHERE r.id = ANY (%(run_ids)s) AND r.completed_at IS NOT NULL
"""


async def list_runs(ctx: Context, run_ids: Sequence[UUID], *, has_content: bool) -> list[TracedRun]:
    """Return runs that have ended; one that goes on again is not among them."""
    async with ctx.tx.cursor(row_factory=class_row(TracedRun)) as cursor:
        values = {"run_ids": list(run_ids), "has_content": has_content, "most": MAX_CHARACTERS}
        await cursor.execute(_RUNS, values)
        return await cursor.fetchall()


_STEPS: LiteralString = """
SELECT s.run_id, s.id, s.parent_step_id, s.sequence, s.step_name AS name, s.step_type AS type, s.status, s.node_id, s.visit,
  s.usage, (SELECT c.call_id FROM tool_calls c WHERE c.run_id = s.run_id AND c.id = s.id) AS call_id,
  CASE WHEN s.step_type = 'llm_call' THEN s.output ->> 'finish_reason' END AS finish_reason,
  CASE WHEN c.is_allowed THEN s.error_message END AS error_message,
  CASE WHEN c.is_allowed THEN left(s.input::text, %(characters)s) END AS input,
  CASE WHEN c.is_allowed THEN left(s.output::text, %(characters)s) END AS output, s.started_at, s.completed_at
FROM run_steps s
JOIN LATERAL (SELECT %(has_content)s AND o.trace_content AS is_allowed FROM organizations o WHERE o.id = s.organization_id) c
  ON true
WHERE s.run_id = ANY (%(run_ids)s) AND (s.run_id, s.sequence, s.id) > (%(run_id)s, %(sequence)s, %(step_id)s)
ORDER BY s.run_id, s.sequence, s.id LIMIT %(limit)s
"""
_FIRST = UUID(int=0)


async def list_steps(
    ctx: Context, run_ids: Sequence[UUID], after: TracedStep | None, *, has_content: bool
) -> list[TracedStep]:
    """Return up to 500 steps of runs, those that follow one in the order of runs and of steps."""
    values: dict[str, object] = {"run_ids": list(run_ids), "has_content": has_content}
    values |= {"characters": MAX_CHARACTERS, "limit": _PAGE}
    values["run_id"] = _FIRST if after is None else after.run_id
    values["sequence"] = -1 if after is None else after.sequence
    values["step_id"] = _FIRST if after is None else after.id
    async with ctx.tx.cursor(row_factory=class_row(TracedStep)) as cursor:
        await cursor.execute(_STEPS, values)
        return await cursor.fetchall()


_ALLOWS: LiteralString = "SELECT trace_content FROM organizations WHERE id = %s"


async def allows_content(ctx: Context) -> bool:
    """Say whether the organization allows content to leave with traces."""
    row = await (await ctx.tx.execute(_ALLOWS, (ctx.organization_id,))).fetchone()
    return bool(row and row[0])


_ALLOW: LiteralString = "UPDATE organizations SET trace_content = %s WHERE id = %s"


async def allow_content(ctx: Context, *, allows_content: bool) -> None:
    """Allow content to leave with traces, or not."""
    await ctx.tx.execute(_ALLOW, (allows_content, ctx.organization_id))
