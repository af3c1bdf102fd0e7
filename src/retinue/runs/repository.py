"""All SQL of runs that is not the journal's: reading them, starting them, and what persons do to them from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.runs import rules
from retinue.runs.feedback.types import FeedbackFilter, FeedbackSummary
from retinue.runs.types import Cancelled, Outcome, Repairs, Run, RunFilter, RunStatus, RunType, Trigger

COLUMNS: LiteralString = """
SELECT r.id, r.organization_id, r.type, r.target_id, r.target_name, r.agent_id, r.agent_version,
  (SELECT s.usage ->> 'model' FROM run_steps s WHERE s.run_id = r.id AND s.step_type = 'llm_call'
    ORDER BY s.sequence DESC LIMIT 1) AS model,
  CASE WHEN r.type = 'workflow' THEN r.target_id END AS workflow_id,
  r.deployment_id, r.conversation_id, r.parent_run_id, r.forked_from_run_id, r.retry_of_run_id, r.status, r.waiting_reason,
  r.trigger, r.playground, r.dry_run, r.triggered_by_id, u.full_name AS triggered_by_name, r.input, r.output,
  r.error_message, r.error, r.trace_id,
  r.external_execution_id, r.duration_ms,
  round(extract(epoch FROM r.started_at - r.created_at) * 1000)::bigint AS queued_ms,
  r.resource_usage, r.warning_count, r.priority, r.started_at, r.completed_at, r.created_at, r.last_sequence,
  r.tags, r.metadata,
  (SELECT jsonb_build_object('up', count(*) FILTER (WHERE f.value = 'up'), 'down', count(*) FILTER (WHERE f.value = 'down'),
    'mine', max(f.value) FILTER (WHERE f.user_id = auth.uid())) FROM run_feedback f WHERE f.run_id = r.id) AS feedback
FROM runs r LEFT JOIN users u ON u.id = r.triggered_by_id
"""


def read_run(**row: Any) -> Run:  # noqa: ANN401 - the columns above
    """Return the run that a row of ``COLUMNS`` holds."""
    row["status"], row["trigger"], row["type"] = RunStatus(row["status"]), Trigger(row["trigger"]), RunType(row["type"])
    row["resource_usage"] = rules.usage_of(row["resource_usage"])
    row["short_id"], row["input_preview"] = rules.short_id_of(row["id"]), rules.preview_of(row["input"])
    row["input"] = rules.shown(row["input"])
    row["feedback"] = FeedbackSummary(**row["feedback"])
    return Run(**row)


_GET: LiteralString = COLUMNS + "WHERE r.id = %s"


async def get_run(ctx: Context, run_id: UUID) -> Run | None:
    """Return a run."""
    async with ctx.tx.cursor(row_factory=kwargs_row(read_run)) as cursor:
        await cursor.execute(_GET, (run_id,), prepare=True)
        return await cursor.fetchone()


_GET_MANY: LiteralString = COLUMNS + "WHERE r.id = ANY (%s)"


async def get_runs(ctx: Context, run_ids: list[UUID]) -> dict[UUID, Run]:
    """Return those runs that there are, by their ids."""
    async with ctx.tx.cursor(row_factory=kwargs_row(read_run)) as cursor:
        await cursor.execute(_GET_MANY, (run_ids,), prepare=True)
        return {run.id: run for run in await cursor.fetchall()}


_OF_RESULTS: tuple[LiteralString, ...] = (
    *("id", "status", "waiting_reason", "output", "error_message", "error", "external_execution_id", "duration_ms"),
    *("queued_ms", "resource_usage", "warning_count", "started_at", "completed_at", "last_sequence", "tags", "metadata"),
    "model",
)
_RESULTS: LiteralString = "SELECT " + ", ".join(_OF_RESULTS) + " FROM control.results_of(%s::text, %s::uuid[])"  # noqa: S608 - of constants


async def list_results(
    database: Database, organizations: set[OrganizationId], run_ids: list[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Return what changed of those runs that there are since their starts, by their ids; as the platform."""
    given = "{" + ",".join(str(each) for each in organizations) + "}"
    rows = await database.statement(_RESULTS, (given, run_ids))
    return {row[0]: dict(zip(_OF_RESULTS, row, strict=True)) for row in rows}


_EXISTS: LiteralString = "SELECT FROM runs WHERE id = %s"


async def has_run(ctx: Context, run_id: UUID) -> bool:
    """Say whether there is such a run."""
    cursor = await ctx.tx.execute(_EXISTS, (run_id,), prepare=True)
    return cursor.rowcount == 1


async def find_readable(database: Database, entering: Sequence[str], run_ids: Sequence[UUID]) -> list[bool]:
    """Say of each of some runs whether there is such a run for who enters (``Database.entering``)."""
    found = await database.statement("SELECT control.readable(%s::text[], %s::uuid[])", (list(entering), list(run_ids)))
    readable = {row[0] for row in found}
    return [each in readable for each in run_ids]


# The organization is named beside the policy: with a policy's array the index gives no order, and a page of a million runs
# would be sorted out of all of them.
_OF_ORGANIZATION: LiteralString = "r.organization_id = %(organization_id)s"
_CONDITIONS: dict[str, LiteralString] = {
    "agent_id": "r.agent_id = %(agent_id)s",
    "type": "r.type = %(type)s",
    "target_id": "r.target_id = %(target_id)s",
    "trigger": "r.trigger = %(trigger)s",
    "conversation_id": "r.conversation_id = %(conversation_id)s",
    "parent_run_id": "r.parent_run_id = %(parent_run_id)s",
    "deployment_id": "r.deployment_id = %(deployment_id)s",
    "ended_after": "r.completed_at >= %(ended_after)s",
    "created_after": "r.created_at >= %(created_after)s",
    "created_before": "r.created_at < %(created_before)s",
    "min_duration_ms": "r.duration_ms >= %(min_duration_ms)s",
    "min_cost_usd": "(r.resource_usage ->> 'cost_usd')::numeric >= %(min_cost_usd)s",
    # Those created later are passed over by the index, so that the page begins where the window ends.
    "ended_before": "r.completed_at < %(ended_before)s AND r.created_at < %(ended_before)s",
}
# Written out: a partial index is not found by a parameter.
_STATUSES: dict[RunStatus, LiteralString] = {
    RunStatus.PENDING: "r.status = 'pending'",
    RunStatus.RUNNING: "r.status = 'running'",
    RunStatus.WAITING: "r.status = 'waiting'",
    RunStatus.COMPLETED: "r.status = 'completed'",
    RunStatus.FAILED: "r.status = 'failed'",
    RunStatus.CANCELLED: "r.status = 'cancelled'",
}
_OUTCOMES: dict[Outcome, LiteralString] = {
    Outcome.SUCCESS: "r.status = 'completed' AND r.warning_count = 0",
    Outcome.WARNING: "r.status = 'completed' AND r.warning_count > 0",
    Outcome.ERROR: "r.status = 'failed'",
}
# One condition per label. For a rare label the planner begins with the index of run_labels; for a common one it reads the
# newest runs and looks each up by the primary key.
_HAS_LABEL: LiteralString = """EXISTS (
  SELECT FROM run_labels l
  WHERE l.organization_id = %(organization_id)s AND l.run_id = r.id AND l.label = %(label_{number})s)"""
_LABEL_NUMBERS: tuple[LiteralString, ...] = (
    *("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    *("10", "11", "12", "13", "14", "15", "16", "17", "18", "19"),
)
_HAS_LABELS: list[LiteralString] = [_HAS_LABEL.replace("{number}", number) for number in _LABEL_NUMBERS]
_FEEDBACK: dict[FeedbackFilter, LiteralString] = {
    FeedbackFilter.UP: "EXISTS (SELECT FROM run_feedback f WHERE f.organization_id = %(organization_id)s"
    " AND f.value = 'up' AND f.run_id = r.id)",
    FeedbackFilter.DOWN: "EXISTS (SELECT FROM run_feedback f WHERE f.organization_id = %(organization_id)s"
    " AND f.value = 'down' AND f.run_id = r.id)",
    FeedbackFilter.NONE: "NOT EXISTS (SELECT FROM run_feedback f WHERE f.run_id = r.id)",
}
# By the ids first: read in the list's order, a million runs would be looked at to find the few that begin so.
_ID_PREFIX: LiteralString = """r.id = ANY (ARRAY(
  SELECT p.id FROM runs p WHERE p.organization_id = %(organization_id)s AND p.id BETWEEN %(first_id)s AND %(last_id)s
  ORDER BY p.id LIMIT 10000))"""
_BEFORE: LiteralString = "(r.created_at, r.id) < (%(at)s, %(last)s)"
_ORDER: LiteralString = " ORDER BY r.created_at DESC, r.id DESC LIMIT %(limit)s"
# A text is looked for in the newest runs only: there is no index for it, and it would cost every start more than it gives.
NEWEST: LiteralString = "FROM (SELECT * FROM runs r WHERE "
NEWEST_LIMIT: LiteralString = " ORDER BY r.created_at DESC, r.id DESC LIMIT 50000) r"
CONTAINS: LiteralString = """
(strpos(lower(r.target_name), %(q)s) > 0 OR strpos(lower(coalesce(r.input ->> 'prompt', '')), %(q)s) > 0
  OR strpos(lower(coalesce(r.error_message, '')), %(q)s) > 0 OR starts_with(r.id::text, %(q)s))
"""


def conditions_of(ctx: Context, wanted: RunFilter) -> tuple[list[LiteralString], dict[str, Any]]:
    """Return the conditions of a filter, without its text, and their values."""
    values: dict[str, Any] = {"organization_id": ctx.organization_id}
    conditions: list[LiteralString] = [_OF_ORGANIZATION]
    for name, condition in _CONDITIONS.items():
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(condition)
            values[name] = value
    if wanted.status is not None:
        conditions.append(_STATUSES[wanted.status])
    if wanted.outcome is not None:
        conditions.append(_OUTCOMES[wanted.outcome])
    for number, (condition, label) in enumerate(zip(_HAS_LABELS, wanted.labels.rows(), strict=False)):
        conditions.append(condition)
        values[f"label_{number}"] = label
    if wanted.feedback is not None:
        conditions.append(_FEEDBACK[wanted.feedback])
    if wanted.id_prefix is not None:
        conditions.append(_ID_PREFIX)
        values |= rules.id_range(wanted.id_prefix)
    return conditions, values


async def list_runs(ctx: Context, wanted: RunFilter, before: Position | None, limit: int) -> list[Run]:
    """Return the organization's runs, newest first."""
    conditions, values = conditions_of(ctx, wanted)
    values["limit"] = limit
    if before is not None:
        conditions.append(_BEFORE)
        values |= {"at": before.at, "last": before.id}
    statement = COLUMNS + "WHERE " + " AND ".join(conditions) + _ORDER
    if wanted.q is not None:
        newest = NEWEST + " AND ".join(conditions) + NEWEST_LIMIT
        statement = COLUMNS.replace("FROM runs r", newest) + "WHERE " + CONTAINS + _ORDER
        values["q"] = wanted.q.lower()
    async with ctx.tx.cursor(row_factory=kwargs_row(read_run)) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


_BY_KEY: LiteralString = "SELECT id, request_hash FROM runs WHERE organization_id = %s AND idempotency_key = %s"


async def find_by_key(ctx: Context, idempotency_key: str) -> tuple[UUID, bytes | None] | None:
    """Return the run that was started under a key, with the hash of what was asked for."""
    row = await (await ctx.tx.execute(_BY_KEY, (ctx.organization_id, idempotency_key))).fetchone()
    return None if row is None else (row[0], row[1])


_OF_CONVERSATION: LiteralString = "SELECT id FROM runs WHERE conversation_id = %s AND organization_id = %s ORDER BY id"


async def list_of_conversation(ctx: Context, conversation_id: UUID) -> list[UUID]:
    """Name every run of a conversation."""
    cursor = await ctx.tx.execute(_OF_CONVERSATION, (conversation_id, ctx.organization_id))
    return [row[0] for row in await cursor.fetchall()]


_OF_VISITOR: LiteralString = """
SELECT id FROM runs WHERE visitor_id = %s AND organization_id = %s ORDER BY created_at, id
"""
_CHAT_OF_VISITOR: LiteralString = """
SELECT id FROM runs
WHERE visitor_id = %s AND organization_id = %s AND created_at >= %s
  AND parent_run_id IS NULL AND retry_of_run_id IS NULL AND forked_from_run_id IS NULL
ORDER BY created_at, id
"""


async def list_of_visitor(ctx: Context, visitor_id: UUID) -> list[UUID]:
    """Name all runs of a visitor of a chat page, those of a team's members and repetitions included."""
    return [row[0] for row in await (await ctx.tx.execute(_OF_VISITOR, (visitor_id, ctx.organization_id))).fetchall()]


async def list_chat_of_visitor(ctx: Context, visitor_id: UUID, since: datetime) -> list[UUID]:
    """Name the runs that answer a visitor's messages, the oldest first."""
    cursor = await ctx.tx.execute(_CHAT_OF_VISITOR, (visitor_id, ctx.organization_id, since))
    return [row[0] for row in await cursor.fetchall()]


_CANCEL: LiteralString = """
SELECT c.run_id, c.organization_id, c.sequence, c.job_id,
  (SELECT r.trigger FROM runs r WHERE r.id = c.run_id) AS trigger
FROM control.cancel(%s::uuid, %s::uuid) c
"""


async def cancel(ctx: Context, run_id: UUID) -> list[Cancelled]:
    """Cancel a run and its descendants; return those that were not over yet."""
    async with ctx.tx.cursor(row_factory=class_row(Cancelled)) as cursor:
        await cursor.execute(_CANCEL, (run_id, ctx.actor.user_id))
        return await cursor.fetchall()


_UNFINISHED: LiteralString = """
SELECT u.id FROM (
  SELECT r.id FROM runs r WHERE r.organization_id = %(organization_id)s AND r.status = 'pending'
  UNION ALL SELECT r.id FROM runs r WHERE r.organization_id = %(organization_id)s AND r.status = 'running'
  UNION ALL SELECT r.id FROM runs r WHERE r.organization_id = %(organization_id)s AND r.status = 'waiting'
) u ORDER BY u.id LIMIT %(limit)s
"""


async def list_unfinished(ctx: Context, limit: int) -> list[UUID]:
    """Return the ids of some runs of the context's organization that are not over."""
    cursor = await ctx.tx.execute(_UNFINISHED, {"organization_id": ctx.organization_id, "limit": limit})
    return [row[0] for row in await cursor.fetchall()]


_REOPEN: LiteralString = "SELECT control.resume(%s::uuid, %s::jsonb)"


async def reopen(ctx: Context, run_id: UUID, limits: JsonObject | None) -> bool:
    """Resume a failed run: it is pending again; return whether it was failed (still)."""
    cursor = await ctx.tx.execute(_REOPEN, (run_id, None if limits is None else Jsonb(limits)))
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


_PLAN: LiteralString = "SELECT control.plan_of(r), r.input FROM runs r WHERE r.id = %s"


async def get_plan(ctx: Context, run_id: UUID) -> tuple[JsonObject, JsonObject] | None:
    """Return the frozen plan and the whole input of a run."""
    row = await (await ctx.tx.execute(_PLAN, (run_id,))).fetchone()
    return None if row is None else (row[0], row[1])


_STEP_PLACE: LiteralString = """
SELECT s.checkpoint_id, NOT EXISTS (
  SELECT FROM run_steps e
  WHERE e.run_id = s.run_id AND e.sequence < s.sequence AND e.checkpoint_id IS DISTINCT FROM s.checkpoint_id
), s.item_index IS NOT NULL FROM run_steps s WHERE s.run_id = %s AND s.id = %s
"""


async def get_step_place(ctx: Context, run_id: UUID, step_id: UUID) -> tuple[str | None, bool, bool] | None:
    """Return the checkpoint a step began from, whether it is among the run's first steps, and whether in a map or a loop."""
    row = await (await ctx.tx.execute(_STEP_PLACE, (run_id, step_id))).fetchone()
    return None if row is None else (row[0], row[1], row[2])


_COPY: LiteralString = "SELECT control.copy_progress(%s::uuid, %s::uuid, %s::uuid)"


async def copy_progress(ctx: Context, source: UUID, step_id: UUID, target: UUID) -> int:
    """Copy what a run had done before a step into a new run of this transaction; return how many steps were copied."""
    row = await (await ctx.tx.execute(_COPY, (source, step_id, target))).fetchone()
    return 0 if row is None else int(row[0])


_RECONCILE: LiteralString = "SELECT resubmitted, reopened, pending FROM tenant.reconcile_runs()"


async def reconcile(database: Database) -> Repairs:
    """Repair, over all organizations, running runs without a job, and runs that wait for nothing."""
    rows = await database.statement(_RECONCILE, ())
    return Repairs(*rows[0])


_ORGANIZATIONS_WITH_EXPIRED: LiteralString = "SELECT tenant.organizations_with_expired_runs(tenant.now())"


async def list_organizations_with_expired(database: Database) -> list[OrganizationId]:
    """Name the organizations that have runs that are over, or wait, and are older than they keep."""
    return [OrganizationId(row[0]) for row in await database.statement(_ORGANIZATIONS_WITH_EXPIRED, ())]


_EXPIRED: LiteralString = """
SELECT r.id FROM runs r JOIN organizations o ON o.id = r.organization_id
WHERE r.organization_id = %(organization_id)s AND r.status IN ('completed', 'failed', 'cancelled')
  AND r.created_at < tenant.now() - make_interval(days => o.run_retention_days)
ORDER BY r.created_at LIMIT %(limit)s
"""
_DELETE: LiteralString = "DELETE FROM runs WHERE id = ANY (%s) AND status IN ('completed', 'failed', 'cancelled')"


async def list_expired(ctx: Context, limit: int) -> list[UUID]:
    """Name runs that are older than their organization keeps them, oldest first."""
    values = {"organization_id": ctx.organization_id, "limit": limit}
    return [row[0] for row in await (await ctx.tx.execute(_EXPIRED, values)).fetchall()]


_EXPIRED_WAITING: LiteralString = """
SELECT r.id FROM runs r JOIN organizations o ON o.id = r.organization_id
WHERE r.organization_id = %(organization_id)s AND r.status = 'waiting'
  AND r.created_at < tenant.now() - make_interval(days => o.run_retention_days)
  AND NOT EXISTS (SELECT FROM run_events e WHERE e.run_id = r.id AND e.sequence = r.last_sequence
    AND e.created_at >= tenant.now() - make_interval(days => o.run_retention_days))
ORDER BY r.created_at LIMIT %(limit)s
"""


async def list_expired_waiting(ctx: Context, limit: int) -> list[UUID]:
    """Name runs that have waited, without any event, for longer than their organization keeps runs; oldest first."""
    values = {"organization_id": ctx.organization_id, "limit": limit}
    return [row[0] for row in await (await ctx.tx.execute(_EXPIRED_WAITING, values)).fetchall()]


_DELETE_PLANS: LiteralString = "SELECT tenant.delete_unused_plans()"


async def delete_unused_plans(database: Database) -> int:
    """Delete, in all organizations, the plans that no run can refer to; return how many."""
    return int((await database.statement(_DELETE_PLANS, ()))[0][0])


async def delete_runs(ctx: Context, run_ids: list[UUID]) -> None:
    """Delete runs that are over, and everything they recorded."""
    await ctx.tx.execute(_DELETE, (run_ids,))
