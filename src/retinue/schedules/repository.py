"""All SQL of schedules; that of their occurrences is in ``repository_occurrences``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.ids import OrganizationId
from retinue.schedules import rules
from retinue.schedules.types import (
    CatchUp,
    Frequency,
    LatestOccurrence,
    LockedSchedule,
    MissingDate,
    OccurrenceStatus,
    Overlap,
    Schedule,
    ScheduleDefinition,
    TargetType,
    Timing,
)
from retinue.schedules.words import summary_of


@dataclass(frozen=True, slots=True)
class ScheduleFilter:
    """Which schedules a list shows: ``q`` a part of name or description; None takes all."""

    q: str | None = None
    target_id: UUID | None = None
    enabled: bool | None = None


_COLUMNS: LiteralString = """
SELECT s.id, s.organization_id, s.created_by, s.name, s.description, s.target_type, s.target_id,
  coalesce(a.name, t.name, w.name, s.target_name) AS target_name, s.enabled, s.frequency, s.interval, s.time, s.days, s.date,
  s.run_date, s.missing_date, s.cron, s.timezone, s.start_at, s.end_at, s.paused_until, s.input, s.jitter_seconds,
  s.catch_up, s.catch_up_window_seconds, s.overlap, s.last_run, s.next_run, s.next_due_at, s.created_at, s.updated_at,
  tenant.now() AS now,
  (SELECT count(*) FROM schedule_occurrences q WHERE q.schedule_id = s.id AND q.status = 'queued') AS queued_count,
  o.due_at AS latest_due_at, o.status AS latest_status, o.reason AS latest_reason, o.run_id AS latest_run_id,
  o.run_status AS latest_run_status
FROM agent_schedules s
LEFT JOIN agents a ON s.target_type = 'agent' AND a.id = s.target_id
LEFT JOIN teams t ON s.target_type = 'team' AND t.id = s.target_id
LEFT JOIN workflows w ON s.target_type = 'workflow' AND w.id = s.target_id
LEFT JOIN LATERAL (
  SELECT n.due_at, n.status, n.reason, n.run_id, r.status AS run_status
  FROM schedule_occurrences n LEFT JOIN runs r ON r.id = n.run_id
  WHERE n.schedule_id = s.id ORDER BY n.due_at DESC LIMIT 1) o ON true
"""


def _schedule(**row: Any) -> Schedule:  # noqa: ANN401 - the columns above
    next_due_at, now = row.pop("next_due_at"), row.pop("now")
    latest = {name: row.pop(f"latest_{name}") for name in LatestOccurrence.__slots__}
    row |= _parsed(row)
    timing = Timing(**{name: row[name] for name in Timing.__slots__})
    if latest["due_at"] is not None:
        latest["status"] = OccurrenceStatus(latest["status"])
    return Schedule(
        status=rules.status_of(enabled=row["enabled"], paused_until=row["paused_until"], next_due_at=next_due_at, now=now),
        summary=summary_of(timing),
        latest=None if latest["due_at"] is None else LatestOccurrence(**latest),
        **row,
    )


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "target_type": TargetType(row["target_type"]),
        "frequency": None if row["frequency"] is None else Frequency(row["frequency"]),
        "days": tuple(row["days"]),
        "missing_date": MissingDate(row["missing_date"]),
        "catch_up": CatchUp(row["catch_up"]),
        "overlap": Overlap(row["overlap"]),
    }


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE s.organization_id = %(organization_id)s
  AND (%(q)s::text IS NULL OR s.name ILIKE %(q)s OR s.description ILIKE %(q)s)
  AND (%(target_id)s::uuid IS NULL OR s.target_id = %(target_id)s)
  AND (%(enabled)s::boolean IS NULL OR s.enabled = %(enabled)s)
  AND (%(at)s::timestamptz IS NULL OR (s.created_at, s.id) < (%(at)s, %(id)s::uuid))
ORDER BY s.created_at DESC, s.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, wanted: ScheduleFilter, after: Position | None, limit: int) -> list[Schedule]:
    """Return schedules, newest first, one more than ``limit`` when there are more."""
    values = {
        "organization_id": ctx.organization_id,
        "q": containing(wanted.q),
        "target_id": wanted.target_id,
        "enabled": wanted.enabled,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_schedule)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _COLUMNS + "WHERE s.id = %s"


async def get(ctx: Context, schedule_id: UUID) -> Schedule | None:
    """Return one schedule."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_schedule)) as cursor:
        return await (await cursor.execute(_GET, (schedule_id,))).fetchone()


_IDS: LiteralString = """
SELECT id FROM agent_schedules WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of schedules, oldest first."""
    cursor = await ctx.tx.execute(_IDS, {"organization_id": ctx.organization_id, "name": name})
    return [row[0] for row in await cursor.fetchall()]


_EXISTS: LiteralString = "SELECT FROM agent_schedules WHERE id = %s"


async def exists(ctx: Context, schedule_id: UUID) -> bool:
    """Say whether there is such a schedule."""
    return (await ctx.tx.execute(_EXISTS, (schedule_id,))).rowcount == 1


_HELD: LiteralString = """
SELECT id, name, description, target_type, target_id, enabled, frequency, "interval", "time", days, "date", run_date,
  missing_date, cron, timezone, start_at, end_at, paused_until, input, jitter_seconds, catch_up, catch_up_window_seconds,
  overlap, next_due_at, created_at
FROM agent_schedules
"""
_LOCK: LiteralString = _HELD + "WHERE id = %s FOR NO KEY UPDATE"
_TRY_LOCK: LiteralString = _HELD + "WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
_TRY_LOCK_MANY: LiteralString = _HELD + "WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_UNLOCKED: LiteralString = (
    _HELD + "WHERE organization_id = %s AND enabled AND next_due_at < %s ORDER BY next_due_at LIMIT %s"
)


def _locked_schedule(**row: Any) -> LockedSchedule:  # noqa: ANN401 - the columns above
    row |= _parsed(row)
    timing = Timing(**{name: row.pop(name) for name in Timing.__slots__})
    definition = {name: row.pop(name) for name in ScheduleDefinition.__slots__ if name != "timing"}
    return LockedSchedule(definition=ScheduleDefinition(timing=timing, **definition), **row)


async def lock(ctx: Context, schedule_id: UUID, *, is_waiting: bool = True) -> LockedSchedule | None:
    """Hold a schedule until the transaction ends; without waiting, None also means that another transaction holds it."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_locked_schedule)) as cursor:
        return await (await cursor.execute(_LOCK if is_waiting else _TRY_LOCK, (schedule_id,), prepare=True)).fetchone()


async def try_lock_many(ctx: Context, schedule_ids: Sequence[UUID]) -> dict[UUID, LockedSchedule]:
    """Hold schedules until the transaction ends, by their ids; those that another transaction holds are left out."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_locked_schedule)) as cursor:
        rows = await (await cursor.execute(_TRY_LOCK_MANY, (list(schedule_ids),), prepare=True)).fetchall()
    return {each.id: each for each in rows}


async def list_due_before(ctx: Context, end: datetime, limit: int) -> list[LockedSchedule]:
    """Return enabled schedules whose next due time is before an instant, without holding them."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_locked_schedule)) as cursor:
        return await (await cursor.execute(_UNLOCKED, (ctx.organization_id, end, limit))).fetchall()


_INSERT: LiteralString = """
INSERT INTO agent_schedules (id, organization_id, created_by, name, description, target_type, target_id, target_name,
  enabled, frequency, "interval", "time", days, "date", run_date, missing_date, cron, timezone, start_at, end_at, input,
  jitter_seconds, catch_up, catch_up_window_seconds, overlap, next_due_at, next_run, created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(description)s, %(target_type)s, %(target_id)s,
  %(target_name)s, %(enabled)s, %(frequency)s, %(interval)s, %(time)s, %(days)s, %(date)s, %(run_date)s, %(missing_date)s,
  %(cron)s, %(timezone)s, %(start_at)s, %(end_at)s, %(input)s, %(jitter_seconds)s, %(catch_up)s,
  %(catch_up_window_seconds)s, %(overlap)s, %(next_due_at)s, %(next_run)s, %(now)s)
"""
_UPDATE: LiteralString = """
UPDATE agent_schedules SET name = %(name)s, description = %(description)s, target_type = %(target_type)s,
  target_id = %(target_id)s, target_name = %(target_name)s, frequency = %(frequency)s, "interval" = %(interval)s,
  "time" = %(time)s, days = %(days)s, "date" = %(date)s, run_date = %(run_date)s, missing_date = %(missing_date)s,
  cron = %(cron)s, timezone = %(timezone)s, start_at = %(start_at)s, end_at = %(end_at)s, input = %(input)s,
  jitter_seconds = %(jitter_seconds)s, catch_up = %(catch_up)s, catch_up_window_seconds = %(catch_up_window_seconds)s,
  overlap = %(overlap)s, next_due_at = %(next_due_at)s, next_run = %(next_run)s
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a schedule stands: its first unclaimed due time, and the time at which it next starts a run."""

    next_due_at: datetime | None
    next_run: datetime | None


def _values(definition: ScheduleDefinition, target_name: str, place: Place) -> dict[str, Any]:
    timing = definition.timing
    values = {name: getattr(definition, name) for name in ScheduleDefinition.__slots__ if name != "timing"}
    values |= {name: getattr(timing, name) for name in Timing.__slots__}
    values |= {"days": list(timing.days), "input": Jsonb(definition.input), "target_name": target_name}
    return values | {"next_due_at": place.next_due_at, "next_run": place.next_run}


async def insert(
    ctx: Context, schedule_id: UUID, definition: ScheduleDefinition, *, target_name: str, enabled: bool, place: Place
) -> None:
    """Write a new schedule."""
    values = _values(definition, target_name, place)
    values |= {"id": schedule_id, "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    await ctx.tx.execute(_INSERT, values | {"enabled": enabled, "now": ctx.now})


async def update(ctx: Context, schedule_id: UUID, definition: ScheduleDefinition, *, target_name: str, place: Place) -> None:
    """Write what a user decides about a schedule."""
    await ctx.tx.execute(_UPDATE, _values(definition, target_name, place) | {"id": schedule_id})


_MOVE: LiteralString = """
UPDATE agent_schedules SET next_due_at = %(next_due_at)s, next_run = %(next_run)s,
  last_run = coalesce(%(last_run)s, last_run) WHERE id = %(id)s
"""


async def move(ctx: Context, schedule_id: UUID, place: Place, last_run: datetime | None) -> None:
    """Write where a schedule stands, and when it was started last unless it was not."""
    values = {"id": schedule_id, "next_due_at": place.next_due_at, "next_run": place.next_run, "last_run": last_run}
    await ctx.tx.execute(_MOVE, values, prepare=True)


_MOVE_MANY: LiteralString = """
UPDATE agent_schedules s SET next_due_at = m.next_due_at, next_run = m.next_run,
  last_run = coalesce(%(last_run)s, s.last_run)
FROM unnest(%(ids)s::uuid[], %(due)s::timestamptz[], %(runs)s::timestamptz[]) AS m (id, next_due_at, next_run)
WHERE s.id = m.id
"""


async def move_many(ctx: Context, moves: Sequence[tuple[UUID, Place]], last_run: datetime | None) -> None:
    """Write where schedules stand, and when they were started last unless they were not."""
    if moves:
        values: dict[str, object] = {"ids": [each for each, _ in moves], "last_run": last_run}
        values |= {"due": [place.next_due_at for _, place in moves], "runs": [place.next_run for _, place in moves]}
        await ctx.tx.execute(_MOVE_MANY, values, prepare=True)


_PAUSE: LiteralString = "UPDATE agent_schedules SET enabled = %s, paused_until = %s, next_run = %s WHERE id = %s"


async def pause(
    ctx: Context, schedule_id: UUID, *, enabled: bool, paused_until: datetime | None, next_run: datetime | None
) -> None:
    """Write whether a schedule is paused."""
    await ctx.tx.execute(_PAUSE, (enabled, paused_until, next_run, schedule_id))


_DELETE: LiteralString = "DELETE FROM agent_schedules WHERE id = %s"


async def delete(ctx: Context, schedule_id: UUID) -> None:
    """Delete a schedule and its occurrences."""
    await ctx.tx.execute(_DELETE, (schedule_id,))


_IDLE: LiteralString = "SELECT organization_id, schedule_id FROM tenant.schedules_without_timer(%s)"


async def list_without_timer(database: Database, limit: int) -> list[tuple[OrganizationId, UUID]]:
    """Name schedules of all organizations that have a due time and no timer that would claim it."""
    return [(OrganizationId(row[0]), row[1]) for row in await database.statement(_IDLE, (limit,))]
