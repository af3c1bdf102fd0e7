"""All SQL of the work of external agents."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import ObjectNotInPrerequisiteState
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.runs.work.errors import WorkMissingError
from retinue.runs.work.types import Claim, Standing

_STANDING: LiteralString = """
SELECT state, answer, expires_at <= tenant.now() AS is_late, created_at FROM external_work WHERE run_id = %s
"""


async def get_standing(ctx: Context, run_id: UUID) -> Standing | None:
    """Return how the work of a run stands; None when it was never offered."""
    async with ctx.tx.cursor(row_factory=class_row(Standing)) as cursor:
        return await (await cursor.execute(_STANDING, (run_id,))).fetchone()


_CLAIM: LiteralString = """
SELECT run_id, lease, lease_until, expires_at, pushes, plan, input, claimed_at, is_capped
FROM control.claim_work(%s::uuid, %s::uuid, %s::uuid, %s, %s, %s)
"""


async def claim(
    ctx: Context, agent_id: UUID, run_id: UUID | None, holder: str, lease_seconds: float, *, is_push: bool
) -> Claim | None:
    """Claim a run of an agent."""
    values = (ctx.organization_id, agent_id, run_id, holder, lease_seconds, is_push)
    async with ctx.tx.cursor(row_factory=class_row(Claim)) as cursor:
        return await (await cursor.execute(_CLAIM, values, prepare=True)).fetchone()


_EXTEND: LiteralString = "SELECT control.extend_work(%s::uuid, %s::uuid, %s, %s)"


async def extend(ctx: Context, agent_id: UUID, run_id: UUID, lease: int, seconds: float) -> object:
    """Hold work for so many more seconds; return until when, None when it is no longer held under this lease."""
    found = await (await ctx.tx.execute(_EXTEND, (run_id, agent_id, lease, seconds), prepare=True)).fetchone()
    return None if found is None else found[0]


_ANSWER: LiteralString = "SELECT control.answer_work(%s::uuid, %s::uuid, %s, %s::jsonb)"


async def answer(ctx: Context, agent_id: UUID, run_id: UUID, lease: int, document: JsonObject) -> str:
    """Take an answer; return the outcome."""
    cursor = await ctx.tx.execute(_ANSWER, (run_id, agent_id, lease, Jsonb(document)), prepare=True)
    found = await cursor.fetchone()
    return "refused" if found is None else str(found[0])


_REPORT: LiteralString = "SELECT control.report_records(%s::uuid, %s::uuid, %s::uuid, %s::jsonb, %s::jsonb)"


async def report(
    ctx: Context, agent_id: UUID, run_id: UUID, step_id: UUID, *, lines: list[JsonObject], thoughts: list[JsonObject]
) -> int | None:
    """Write lines and thoughts; return the sequence of the last event, None when the run is over or not the agent's."""
    values = (run_id, agent_id, step_id, Jsonb(lines), Jsonb(thoughts))
    found = await (await ctx.tx.execute(_REPORT, values, prepare=True)).fetchone()
    return None if found is None or found[0] is None else int(found[0])


_START: LiteralString = """
SELECT run_id, is_new, known_hash FROM control.start(run => %(id)s::uuid, organization => %(organization_id)s::uuid,
  run_type => 'agent', target => %(agent_id)s::uuid, target_label => %(name)s::text, agent => %(agent_id)s::uuid,
  version_number => %(version)s::integer, run_trigger => 'external', key => %(key)s::text, hash => %(hash)s::bytea,
  run_plan => %(plan)s::jsonb, run_input => %(input)s::jsonb, trace => %(trace_id)s::text, audit_entry => %(entry)s::jsonb)
"""


async def start(ctx: Context, values: dict[str, Any]) -> tuple[UUID, bool, bytes | None]:
    """Make a run, or name the one that was made under the key before; whether it is new, and the hash of its request.

    Raises ``WorkMissingError`` in an organization that is being deleted.
    """
    given = values | {name: Jsonb(values[name]) for name in ("plan", "input", "entry")}
    try:
        found = await (await ctx.tx.execute(_START, given | {"organization_id": ctx.organization_id})).fetchone()
    except ObjectNotInPrerequisiteState:
        raise WorkMissingError from None
    if found is None:
        raise AssertionError("control.start returns a row or raises")
    return found[0], found[1], found[2]


_RECORD: LiteralString = "SELECT control.record_execution(%s::uuid, %s::jsonb)"


async def record(ctx: Context, run_id: UUID, document: JsonObject) -> int:
    """End a run that has just been made, as it was carried out elsewhere; return the sequence of its last event."""
    found = await (await ctx.tx.execute(_RECORD, (run_id, Jsonb(document)))).fetchone()
    return 0 if found is None else int(found[0])


_STATUS: LiteralString = "SELECT status FROM runs WHERE id = %s AND agent_id = %s AND type = 'agent'"


async def get_status(ctx: Context, agent_id: UUID, run_id: UUID) -> str | None:
    """Return the status of a run of an agent."""
    found = await (await ctx.tx.execute(_STATUS, (run_id, agent_id))).fetchone()
    return None if found is None else str(found[0])
