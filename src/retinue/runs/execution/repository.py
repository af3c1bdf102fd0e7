"""The SQL of executing runs: claiming them, and what an execution that goes on from an earlier one must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.dispatch.port import ClaimedJob, Claims
from retinue.core.ids import OrganizationId, RunId
from retinue.core.json import Json, JsonObject
from retinue.engine.records import Totals


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that this worker now holds. ``plan`` is the stored text; ``seconds_left`` counts to its deadline."""

    run_id: RunId
    organization_id: OrganizationId
    lease: int
    plan: str
    input: JsonObject
    agent_id: UUID | None
    runtime: str | None
    last_sequence: int
    seconds_left: float
    is_begun: bool
    has_partials: bool
    trigger: str


_CLAIM = "SELECT * FROM journal.claim(%s::uuid[], %s)"


async def claim_runs(database: Database, run_ids: Sequence[UUID], worker: str) -> dict[UUID, Claimed]:
    """Claim runs in one commit. Runs that are finished, cancelled or waiting are not among those returned."""
    found = await database.statement(_CLAIM, (list(run_ids), worker))
    return {row[0]: Claimed(*row) for row in found}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker took: its jobs, and the runs they are for, which it now holds."""

    claims: Claims
    runs: list[Claimed]


_SET_ASIDE = "SELECT journal.set_aside(%s)"


async def set_aside_unreadable(database: Database, most: int) -> int:
    """Fail those of the next runs that cannot be begun for what their rows hold; return how many."""
    return int((await database.statement(_SET_ASIDE, (most,)))[0][0])


_TAKE = "SELECT * FROM journal.take(%s, %s, %s)"


async def take_runs(database: Database, worker_id: int, worker: str, most: int) -> Taken:
    """Take up to so many runs that wait or are pending, in one commit."""
    rows = await database.statement(_TAKE, (worker_id, worker, most))
    taken = [row for row in rows if row[0] is not None]
    jobs = [ClaimedJob(row[0], row[2], row[1]) for row in taken]
    return Taken(Claims(jobs, is_full=len(taken) < len(rows)), [Claimed(*row[2:]) for row in taken])


_COMMIT = """
SELECT held, told, has_pending FROM journal.commit(
  organizations => %s, fences => %s::json, steps => %s::json, events => %s::json, checkpoints => %s::json,
  writes => %s::json, logs => %s::json, thoughts => %s::json, artifacts => %s::json, calls => %s::json,
  approvals => %s::json, finishes => %s::json, partials => %s::json, children => %s::json,
  waits => %s::json)
"""


async def commit_entries(database: Database, parameters: Sequence[str | None]) -> tuple[set[UUID], int, bool]:
    """Make a commit of the journal; return the runs still held, the number of events told, and whether runs became pending.

    Events are told to other packages. ``parameters`` are the organizations, the fences, and the rows of each table as JSON,
    in the function's order.
    """
    ((held, told, has_pending),) = await database.statement(_COMMIT, parameters)
    return set(held), int(told), bool(has_pending)


@dataclass(frozen=True, slots=True)
class Progress:
    """What earlier executions of a run used, by its recorded steps. Calls are priced when their cost is known."""

    steps: int
    last_number: int
    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: str
    priced_calls: int
    unpriced_calls: int
    warnings: int
    estimated_calls: int

    @property
    def totals(self) -> Totals:
        """The figures as a later execution goes on from them."""
        return Totals(
            self.steps,
            self.model_calls,
            self.tool_calls,
            self.input_tokens,
            self.output_tokens,
            self.cost_usd,
            self.priced_calls,
            self.unpriced_calls,
            self.warnings,
            self.estimated_calls,
        )


_SUMS: LiteralString = """
  count(*) FILTER (WHERE s.status <> 'waiting' AND NOT (s.status = 'cancelled' AND s.step_type = 'tool'))::integer AS steps,
  coalesce(max(s.sequence), 0) AS last_number,
  count(*) FILTER (WHERE s.step_type = 'llm_call')::integer AS model_calls,
  count(*) FILTER (WHERE s.step_type = 'tool' AND s.status NOT IN ('waiting', 'cancelled'))::integer AS tool_calls,
  coalesce(sum((s.usage ->> 'input_tokens')::bigint), 0)::bigint AS input_tokens,
  coalesce(sum((s.usage ->> 'output_tokens')::bigint), 0)::bigint AS output_tokens,
  coalesce(sum((s.usage ->> 'cost_usd')::numeric), 0)::text AS cost_usd,
  count(*) FILTER (WHERE s.usage ->> 'cost_usd' IS NOT NULL)::integer AS priced_calls,
  count(*) FILTER (WHERE s.usage ? 'cost_usd' AND s.usage ->> 'cost_usd' IS NULL)::integer AS unpriced_calls,
  coalesce(sum(jsonb_array_length(s.warnings)), 0)::integer AS warnings,
  count(*) FILTER (WHERE s.usage -> 'is_estimated' = 'true')::integer AS estimated_calls
"""
_PROGRESS: LiteralString = "SELECT" + _SUMS + "FROM run_steps s WHERE s.run_id = %(run_id)s"


async def get_progress(ctx: Context, run_id: UUID) -> Progress:
    """Add up what the recorded steps of a run used. A tool call that was cut off is made again, and counts then."""
    async with ctx.tx.cursor(row_factory=class_row(Progress)) as cursor:
        await cursor.execute(_PROGRESS, {"run_id": run_id})
        row = await cursor.fetchone()
    if row is None:  # an aggregate without groups always has a row
        raise AssertionError("an aggregate returned no row")
    return row


# The tool calls of an agent are below its model calls, and these below the node's step.
_INSIDE: LiteralString = (
    "SELECT coalesce(m.parent_step_id, s.parent_step_id) AS step_id,"
    + _SUMS
    + """
FROM run_steps s LEFT JOIN run_steps m ON m.run_id = s.run_id AND m.id = s.parent_step_id AND m.step_type = 'llm_call'
WHERE s.run_id = %(run_id)s AND s.parent_step_id IS NOT NULL GROUP BY 1
"""
)


async def list_totals_inside(ctx: Context, run_id: UUID) -> dict[UUID, Totals]:
    """Return what agents inside a workflow's run used, by the steps of their nodes."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_inside)) as cursor:
        return dict(await (await cursor.execute(_INSIDE, {"run_id": run_id})).fetchall())


def _inside(step_id: UUID, **row: Any) -> tuple[UUID, Totals]:  # noqa: ANN401 - the columns above
    return step_id, Progress(**row).totals


_FINISHED_CALLS = """
SELECT parent_step_id, count(*)::integer FROM run_steps
WHERE run_id = %(run_id)s AND step_type IN ('tool', 'member') AND status IN ('completed', 'failed')
  AND parent_step_id IS NOT NULL
GROUP BY parent_step_id
"""


async def count_finished_calls(ctx: Context, run_id: UUID) -> dict[UUID, int]:
    """Count the calls that were made for each model step."""
    cursor = await ctx.tx.execute(_FINISHED_CALLS, {"run_id": run_id})
    return {row[0]: row[1] for row in await cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the run, and a person's answer to it once there is one."""

    id: UUID
    interrupt_id: str
    status: str
    decision: JsonObject | None
    comment: str | None


_ANSWERS = "SELECT id, interrupt_id, status, decision, comment FROM approvals WHERE run_id = %(run_id)s ORDER BY id"


async def list_answers(ctx: Context, run_id: UUID) -> list[Answer]:
    """Return every question of a run. At most one for each tool call, which the run's limits bound."""
    async with ctx.tx.cursor(row_factory=class_row(Answer)) as cursor:
        await cursor.execute(_ANSWERS, {"run_id": run_id})
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Wait:
    """What a run waits for from outside: pending, answered with an event, or expired."""

    interrupt_id: str
    status: str
    event: JsonObject | None


_WAITS = (
    "SELECT interrupt_id, status, event FROM event_waits WHERE organization_id = %(organization_id)s AND run_id = %(run_id)s"
)


_FAILURES = """
SELECT id, completed_at FROM run_steps
WHERE run_id = %s AND status = 'failed' AND node_id IS NOT NULL AND completed_at IS NOT NULL
"""


async def list_failures(ctx: Context, run_id: UUID) -> dict[UUID, datetime]:
    """Return when steps of a workflow's nodes failed, by their ids."""
    return dict(await (await ctx.tx.execute(_FAILURES, (run_id,))).fetchall())


async def list_waits(ctx: Context, run_id: UUID) -> list[Wait]:
    """Return all that a run has waited for."""
    async with ctx.tx.cursor(row_factory=class_row(Wait)) as cursor:
        await cursor.execute(_WAITS, {"organization_id": ctx.organization_id, "run_id": run_id})
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class EnteredCall:
    """A tool call as the ledger has it."""

    id: UUID
    state: str
    attempts: int
    result: Json


_CALLS = "SELECT id, state, attempts, result FROM tool_calls WHERE run_id = %(run_id)s"


async def list_calls(ctx: Context, run_id: UUID) -> list[EnteredCall]:
    """Return the ledger of a run."""
    async with ctx.tx.cursor(row_factory=class_row(EnteredCall)) as cursor:
        await cursor.execute(_CALLS, {"run_id": run_id})
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Partial:
    """A model call that was under way: what had arrived of it when it was last stored, and the lease it was made under."""

    id: UUID
    lease: int
    parent_step_id: UUID | None
    sequence: int
    step_name: str
    step_type: str
    input: Json
    output: Json
    usage: JsonObject | None
    checkpoint_id: str | None
    started_at: datetime
    updated_at: datetime


_PARTIALS = """
SELECT id, lease, parent_step_id, sequence, step_name, step_type, input, output, usage, checkpoint_id, started_at, updated_at
FROM run_partials WHERE run_id = %(run_id)s ORDER BY sequence
"""


async def list_partials(ctx: Context, run_id: UUID) -> list[Partial]:
    """Return the model calls of a run that an earlier execution left under way. At most one for each parallel branch."""
    async with ctx.tx.cursor(row_factory=class_row(Partial)) as cursor:
        await cursor.execute(_PARTIALS, {"run_id": run_id})
        return await cursor.fetchall()


_LEAVE = "SELECT journal.leave(%s::uuid, %s::uuid, %s, %s::json, %s::jsonb)"


async def leave_run(database: Database, left: tuple[OrganizationId, RunId, int], steps: str, measured: str) -> bool:
    """Add to a cancelled run what its worker had; ``left`` is whose the run is, its id, and the lease it was held under.

    Return whether it was accepted: only when the run is cancelled and no other worker has held it since.
    """
    ((is_accepted,),) = await database.statement(_LEAVE, (*left, steps, measured))
    return bool(is_accepted)
