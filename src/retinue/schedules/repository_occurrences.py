"""All SQL of occurrences. The key (schedule_id, due_at) is the lock: who inserts a row has the occurrence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.schedules.types import Decided, Occurrence, OccurrenceKind, OccurrenceStatus

_CLAIM: LiteralString = """
INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, claimed_at)
VALUES (%s, %s, %s, %s, 'queued', tenant.now())
ON CONFLICT ON CONSTRAINT schedule_occurrences_pkey DO NOTHING
"""


async def claim(ctx: Context, schedule_id: UUID, due_at: datetime, kind: OccurrenceKind) -> bool:
    """Write an occurrence as queued; say false when there is one of this due time already."""
    cursor = await ctx.tx.execute(_CLAIM, (ctx.organization_id, schedule_id, due_at, kind), prepare=True)
    return cursor.rowcount == 1


_CLAIM_MANY: LiteralString = """
INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, claimed_at)
SELECT %s, d.schedule_id, d.due_at, 'scheduled', 'queued', tenant.now()
FROM unnest(%s::uuid[], %s::timestamptz[]) AS d (schedule_id, due_at)
ON CONFLICT ON CONSTRAINT schedule_occurrences_pkey DO NOTHING RETURNING schedule_id
"""


async def claim_many(ctx: Context, due: Sequence[tuple[UUID, datetime]]) -> set[UUID]:
    """Write one occurrence of each of some schedules as queued; return the schedules that had none of this due time."""
    values = (ctx.organization_id, [schedule_id for schedule_id, _ in due], [at for _, at in due])
    return {row[0] for row in await (await ctx.tx.execute(_CLAIM_MANY, values, prepare=True)).fetchall()}


_INSERT_MANY: LiteralString = """
INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, reason_code, reason, claimed_at)
SELECT %s, %s, d.due_at, 'scheduled', d.status, d.code, d.reason, tenant.now()
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[]) AS d (due_at, status, code, reason)
ON CONFLICT ON CONSTRAINT schedule_occurrences_pkey DO NOTHING
"""


async def insert_many(ctx: Context, schedule_id: UUID, decided: Sequence[tuple[datetime, Decided]]) -> None:
    """Write occurrences that start nothing, with their reasons."""
    if decided:
        columns = ([at for at, _ in decided], [str(each.status) for _, each in decided])
        reasons = ([each.code for _, each in decided], [each.reason for _, each in decided])
        await ctx.tx.execute(_INSERT_MANY, (ctx.organization_id, schedule_id, *columns, *reasons), prepare=True)


_SETTLE: LiteralString = """
UPDATE schedule_occurrences SET status = %(status)s, reason_code = %(code)s, reason = %(reason)s, run_id = %(run_id)s,
  started_at = CASE WHEN %(run_id)s::uuid IS NOT NULL THEN tenant.now() END, is_open = %(is_open)s
WHERE schedule_id = %(schedule_id)s AND due_at = %(due_at)s AND status = 'queued'
"""


async def settle(
    ctx: Context,
    schedule_id: UUID,
    due_at: datetime,
    decided: Decided,
    *,
    run_id: UUID | None = None,
    is_open: bool = False,
) -> None:
    """Write the outcome of a queued occurrence; ``is_open``: later ones ask whether its run is unfinished."""
    values = {"status": decided.status, "code": decided.code, "reason": decided.reason, "run_id": run_id}
    values |= {"is_open": is_open, "schedule_id": schedule_id, "due_at": due_at}
    await ctx.tx.execute(_SETTLE, values, prepare=True)


@dataclass(frozen=True, slots=True)
class StartedOccurrence:
    """An occurrence with the run that was started; ``is_open``: later ones ask whether it is unfinished."""

    schedule_id: UUID
    due_at: datetime
    run_id: UUID
    is_open: bool


_SETTLE_STARTED: LiteralString = """
UPDATE schedule_occurrences o SET status = 'started', run_id = d.run_id, started_at = tenant.now(), is_open = d.is_open
FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::boolean[]) AS d (schedule_id, due_at, run_id, is_open)
WHERE o.schedule_id = d.schedule_id AND o.due_at = d.due_at AND o.status = 'queued'
"""


async def settle_started(ctx: Context, started: Sequence[StartedOccurrence]) -> None:
    """Write that queued occurrences were started."""
    names = ("schedule_id", "due_at", "run_id", "is_open")
    await ctx.tx.execute(_SETTLE_STARTED, [[getattr(each, name) for each in started] for name in names], prepare=True)


_EXPLAIN: LiteralString = (
    "UPDATE schedule_occurrences SET reason_code = %s, reason = %s WHERE schedule_id = %s AND due_at = %s"
)


async def explain(ctx: Context, schedule_id: UUID, due_at: datetime, code: str, reason: str) -> None:
    """Write why an occurrence waits."""
    await ctx.tx.execute(_EXPLAIN, (code, reason, schedule_id, due_at), prepare=True)


_CLOSE: LiteralString = """
UPDATE schedule_occurrences o SET is_open = false WHERE o.schedule_id = %s AND o.is_open AND NOT EXISTS (
  SELECT FROM runs r WHERE r.id = o.run_id AND r.status IN ('pending', 'running', 'waiting'))
"""
_REOPEN: LiteralString = """
UPDATE schedule_occurrences o SET is_open = true FROM runs r
WHERE o.organization_id = %s AND o.schedule_id = %s AND r.id = o.run_id AND r.status IN ('pending', 'running', 'waiting')
"""
_OPEN: LiteralString = "SELECT run_id FROM schedule_occurrences WHERE schedule_id = %s AND is_open ORDER BY due_at"


async def list_unfinished_runs(ctx: Context, schedule_id: UUID) -> list[UUID]:
    """Return the unfinished runs of a schedule, the oldest first."""
    await ctx.tx.execute(_CLOSE, (schedule_id,), prepare=True)
    return [row[0] for row in await (await ctx.tx.execute(_OPEN, (schedule_id,), prepare=True)).fetchall()]


_CLOSE_MANY: LiteralString = """
UPDATE schedule_occurrences o SET is_open = false WHERE o.schedule_id = ANY (%s) AND o.is_open AND NOT EXISTS (
  SELECT FROM runs r WHERE r.id = o.run_id AND r.status IN ('pending', 'running', 'waiting'))
"""
_BUSY: LiteralString = """
SELECT DISTINCT o.schedule_id FROM schedule_occurrences o
WHERE o.schedule_id = ANY (%s) AND (o.is_open OR o.status = 'queued')
"""


async def list_busy(ctx: Context, schedule_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of some schedules have an unfinished run or queued occurrences."""
    await ctx.tx.execute(_CLOSE_MANY, (list(schedule_ids),), prepare=True)
    rows = await (await ctx.tx.execute(_BUSY, (list(schedule_ids),), prepare=True)).fetchall()
    return {row[0] for row in rows}


async def reopen(ctx: Context, schedule_id: UUID) -> None:
    """Mark the occurrences whose runs are unfinished: runs that were allowed beside each other were not marked."""
    await ctx.tx.execute(_REOPEN, (ctx.organization_id, schedule_id))


_QUEUED: LiteralString = """
SELECT due_at FROM schedule_occurrences WHERE schedule_id = %s AND status = 'queued' ORDER BY due_at LIMIT %s
"""
_COUNT_QUEUED: LiteralString = "SELECT count(*) FROM schedule_occurrences WHERE schedule_id = %s AND status = 'queued'"


async def list_queued(ctx: Context, schedule_id: UUID, limit: int) -> list[datetime]:
    """Return the due times of queued occurrences, the oldest first."""
    return [row[0] for row in await (await ctx.tx.execute(_QUEUED, (schedule_id, limit), prepare=True)).fetchall()]


async def count_queued(ctx: Context, schedule_id: UUID) -> int:
    """Return how many occurrences of a schedule are queued."""
    row = await (await ctx.tx.execute(_COUNT_QUEUED, (schedule_id,), prepare=True)).fetchone()
    return 0 if row is None else int(row[0])


_BACKFILL: LiteralString = """
INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, reason_code, reason, claimed_at)
SELECT %s, %s, d.due_at, 'backfill', 'queued', 'backfill', 'It waits for its turn in a backfill.', tenant.now()
FROM unnest(%s::timestamptz[]) AS d (due_at)
ON CONFLICT ON CONSTRAINT schedule_occurrences_pkey DO UPDATE SET kind = 'backfill', status = 'queued',
  reason_code = EXCLUDED.reason_code, reason = EXCLUDED.reason, claimed_at = EXCLUDED.claimed_at
  WHERE schedule_occurrences.status IN ('skipped', 'missed', 'failed')
"""


async def backfill(ctx: Context, schedule_id: UUID, due: list[datetime]) -> int:
    """Queue occurrences that are new or were not started; return how many."""
    return (await ctx.tx.execute(_BACKFILL, (ctx.organization_id, schedule_id, due))).rowcount


_COLUMNS: LiteralString = """
SELECT o.schedule_id, s.name AS schedule_name, o.due_at, o.kind, o.status, o.reason_code, o.reason, o.run_id,
  r.status AS run_status, o.claimed_at, o.started_at
FROM schedule_occurrences o JOIN agent_schedules s ON s.id = o.schedule_id LEFT JOIN runs r ON r.id = o.run_id
WHERE o.organization_id = %(organization_id)s
"""
_LIST: LiteralString = (
    _COLUMNS
    + """
  AND o.schedule_id = %(schedule_id)s AND (%(status)s::text IS NULL OR o.status = %(status)s)
  AND (%(at)s::timestamptz IS NULL OR o.due_at < %(at)s)
ORDER BY o.due_at DESC LIMIT %(limit)s
"""
)
_WINDOW: LiteralString = (
    _COLUMNS + "  AND o.due_at >= %(start)s AND o.due_at < %(end)s ORDER BY o.due_at, o.schedule_id LIMIT %(limit)s"
)


def _occurrence(**row: Any) -> Occurrence:  # noqa: ANN401 - the columns above
    row["kind"], row["status"] = OccurrenceKind(row["kind"]), OccurrenceStatus(row["status"])
    return Occurrence(**row)


async def list_page(
    ctx: Context, schedule_id: UUID, status: OccurrenceStatus | None, after: Position | None, limit: int
) -> list[Occurrence]:
    """Return occurrences of a schedule, the latest due first, one more than ``limit`` when there are more."""
    values = {
        "organization_id": ctx.organization_id,
        "schedule_id": schedule_id,
        "status": status,
        "at": after.at if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_occurrence)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


async def list_window(ctx: Context, start: datetime, end: datetime, limit: int) -> list[Occurrence]:
    """Return the occurrences of all schedules in a window, in their order."""
    values = {"organization_id": ctx.organization_id, "start": start, "end": end, "limit": limit}
    async with ctx.tx.cursor(row_factory=kwargs_row(_occurrence)) as cursor:
        return await (await cursor.execute(_WINDOW, values)).fetchall()


_GET: LiteralString = _COLUMNS + "  AND o.schedule_id = %(schedule_id)s AND o.due_at = %(due_at)s"


async def get(ctx: Context, schedule_id: UUID, due_at: datetime) -> Occurrence | None:
    """Return one occurrence."""
    values = {"organization_id": ctx.organization_id, "schedule_id": schedule_id, "due_at": due_at}
    async with ctx.tx.cursor(row_factory=kwargs_row(_occurrence)) as cursor:
        return await (await cursor.execute(_GET, values)).fetchone()


_ORGANIZATIONS_WITH_EXPIRED: LiteralString = "SELECT tenant.organizations_with_expired_occurrences()"
_DELETE: LiteralString = """
DELETE FROM schedule_occurrences WHERE ctid = ANY (ARRAY(
  SELECT o.ctid FROM schedule_occurrences o JOIN organizations g ON g.id = o.organization_id
  WHERE o.organization_id = %s AND o.status <> 'queued'
    AND o.due_at < tenant.now() - make_interval(days => g.run_retention_days)
    AND NOT EXISTS (SELECT FROM runs r WHERE r.id = o.run_id AND r.status IN ('pending', 'running', 'waiting'))
  ORDER BY o.due_at LIMIT %s))
"""


async def list_organizations_with_expired(database: Database) -> list[OrganizationId]:
    """Name the organizations that have occurrences older than they keep their runs."""
    return [OrganizationId(row[0]) for row in await database.statement(_ORGANIZATIONS_WITH_EXPIRED, ())]


async def delete_expired(ctx: Context, limit: int) -> int:
    """Delete occurrences that are older than the organization keeps its runs; return how many."""
    return (await ctx.tx.execute(_DELETE, (ctx.organization_id, limit))).rowcount


_FORGET: LiteralString = "DELETE FROM schedule_occurrences WHERE schedule_id = %s AND due_at = %s AND status = 'queued'"
_OF_RUN: LiteralString = (
    "SELECT due_at FROM schedule_occurrences WHERE organization_id = %s AND run_id = %s AND schedule_id = %s"
)


async def forget(ctx: Context, schedule_id: UUID, due_at: datetime) -> None:
    """Delete a queued occurrence."""
    await ctx.tx.execute(_FORGET, (schedule_id, due_at))


async def get_due_at(ctx: Context, schedule_id: UUID, run_id: UUID) -> datetime | None:
    """Return the due time of the occurrence that started a run."""
    row = await (await ctx.tx.execute(_OF_RUN, (ctx.organization_id, run_id, schedule_id))).fetchone()
    return None if row is None else row[0]
