"""The package's verbs: an organization's schedules, their occurrences, and what a schedule would do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from retinue.core import audit, timers
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.diff import difference
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.runs import service as runs
from retinue.runs.types import RunType
from retinue.schedules import firing, repository, rules
from retinue.schedules import repository_occurrences as occurrences
from retinue.schedules.errors import ScheduleFinishedError, ScheduleInvalidError, ScheduleMissingError
from retinue.schedules.permissions import READ, WRITE
from retinue.schedules.repository import Place, ScheduleFilter
from retinue.schedules.timing import Calendar, note_of
from retinue.schedules.types import (
    Backfilled,
    Decided,
    LockedSchedule,
    Occurrence,
    OccurrenceKind,
    OccurrenceStatus,
    Overlap,
    Schedule,
    ScheduleDefinition,
    SchedulePreview,
    Timing,
    UpcomingTime,
)
from retinue.schedules.words import summary_of

MAX_BACKFILL = 1000
_INSTANT = timedelta(microseconds=1)
_MOST_TIMES = 1000


async def list_page(ctx: Context, wanted: ScheduleFilter, *, cursor: str | None, limit: int) -> Page[Schedule]:
    """Return a page of schedules, newest first."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of all schedules, or of those of one name, oldest first."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def get(ctx: Context, schedule_id: UUID) -> Schedule:
    """Return one schedule. Raises ``ScheduleMissingError``."""
    require(ctx, READ)
    schedule = await repository.get(ctx, schedule_id)
    if schedule is None:
        raise ScheduleMissingError
    return schedule


async def create(ctx: Context, definition: ScheduleDefinition, *, enabled: bool) -> Schedule:
    """Write a new schedule, its timer and an audit entry.

    Raises ``ScheduleInvalidError`` that names each field, and what the target raises when there is none.
    """
    _require_writing(ctx)
    target_name = await _check(ctx, definition)
    held = LockedSchedule(new_id(), definition, enabled, None, None, ctx.now)
    next_due_at = _first(definition.timing, ctx.now, ctx.now)
    place = firing.place_of(held, next_due_at)
    await repository.insert(ctx, held.id, definition, target_name=target_name, enabled=enabled, place=place)
    await firing.set_timer(ctx, replace(held, next_due_at=next_due_at))
    await audit.record(ctx, "schedule.created", ("schedule", held.id), after=rules.facts_of(definition))
    return await _get_and_announce(ctx, held.id)


async def update(ctx: Context, schedule_id: UUID, changes: Mapping[str, Any], *, timing: Mapping[str, Any]) -> Schedule:
    """Change a schedule; what is not named stays. What was due before is queued under the old definition.

    ``changes``: fields of ``ScheduleDefinition``, ``timing`` those of ``Timing``: a cron expression or a frequency replaces
    all of the other form, a single field changes the form there is. Raises as ``create`` does.
    """
    _require_writing(ctx)
    held = await _hold(ctx, schedule_id)
    before = held.definition
    definition = replace(before, **changes, timing=_changed(before.timing, timing))
    was, now = difference(rules.facts_of(before), rules.facts_of(definition))
    if not now:
        return await get(ctx, schedule_id)
    target_name = await _check(ctx, definition)
    if definition.timing != before.timing:
        held = await _claim_all(ctx, held)
        held = replace(held, next_due_at=_first(definition.timing, held.created_at, ctx.now))
    held = replace(held, definition=definition)
    place = firing.place_of(held, held.next_due_at)
    await repository.update(ctx, schedule_id, definition, target_name=target_name, place=place)
    if before.overlap is Overlap.ALLOW:
        await occurrences.reopen(ctx, schedule_id)
    await firing.set_timer(ctx, held)
    await audit.record(ctx, "schedule.updated", ("schedule", schedule_id), before=was, after=now)
    return await _get_and_announce(ctx, schedule_id)


async def pause(ctx: Context, schedule_id: UUID, until: datetime | None = None) -> Schedule:
    """Start nothing until the schedule is resumed, or until an instant. What was due before is still started.

    Occurrences of the pause are written as skipped. Raises ``ScheduleMissingError``, ``ScheduleInvalidError``.
    """
    _require_writing(ctx)
    if until is not None and until <= ctx.now:
        raise ScheduleInvalidError.of(FieldProblem("until", "is in the past", "Choose a later instant."))
    held = await _claim_all(ctx, await _hold(ctx, schedule_id))
    return await _set_paused(ctx, replace(held, enabled=until is not None, paused_until=until), "schedule.paused")


async def resume(ctx: Context, schedule_id: UUID) -> Schedule:
    """Start runs again from the next due time on. Raises ``ScheduleMissingError``, ``ScheduleFinishedError``."""
    _require_writing(ctx)
    held = await _claim_all(ctx, await _hold(ctx, schedule_id))
    if held.next_due_at is None:
        raise ScheduleFinishedError
    resumed = await _set_paused(ctx, replace(held, enabled=True, paused_until=None), "schedule.resumed")
    if resumed.queued_count:
        await firing.look(ctx, schedule_id)
    return resumed


async def delete(ctx: Context, schedule_id: UUID) -> None:
    """Delete a schedule and its occurrences; its runs stay. Raises ``ScheduleMissingError``."""
    _require_writing(ctx)
    held = await _hold(ctx, schedule_id)
    await repository.delete(ctx, schedule_id)
    for kind in (firing.FIRE, firing.ADVANCE):
        await timers.cancel(ctx, kind, schedule_id)
    await audit.record(ctx, "schedule.deleted", ("schedule", schedule_id), before=rules.facts_of(held.definition))
    _tell(ctx, schedule_id, "deleted")


async def run_now(ctx: Context, schedule_id: UUID, idempotency_key: str | None) -> tuple[Occurrence, bool]:
    """Start a run at once, also of a paused schedule and beside unfinished runs; say whether it is a replay of the key.

    Raises ``ScheduleMissingError``, and what ``runs.service.start`` raises.
    """
    _require_writing(ctx)
    held = await _hold(ctx, schedule_id)
    due_at = ctx.now
    while not await occurrences.claim(ctx, schedule_id, due_at, OccurrenceKind.MANUAL):
        due_at += _INSTANT
    request = firing.request_of(held, due_at, None)
    digest = hashlib.sha256(f"schedule {schedule_id}".encode()).digest()
    started = await runs.start(ctx, replace(request, idempotency_key=idempotency_key, request_hash=digest))
    if started.is_replay:
        await occurrences.forget(ctx, schedule_id, due_at)
        due_at = await occurrences.get_due_at(ctx, schedule_id, started.run.id) or due_at
    else:
        decided = Decided(OccurrenceStatus.STARTED)
        is_open = held.definition.overlap is not Overlap.ALLOW
        await occurrences.settle(ctx, schedule_id, due_at, decided, run_id=started.run.id, is_open=is_open)
        await repository.move(ctx, schedule_id, firing.place_of(held, held.next_due_at), ctx.now)
        await audit.record(ctx, "schedule.run", ("schedule", schedule_id), after={"run_id": str(started.run.id)})
        _tell(ctx, schedule_id, "saved")
    found = await occurrences.get(ctx, schedule_id, due_at)
    if found is None:  # the occurrence of the replayed run has been deleted
        raise ScheduleMissingError
    return found, started.is_replay


async def backfill(ctx: Context, schedule_id: UUID, start: datetime, end: datetime) -> Backfilled:
    """Queue the due times of a window of the past that were not started. They run one after the other, oldest first.

    ``end`` is not part of the window. Raises ``ScheduleMissingError``, and ``ScheduleInvalidError`` for more than 1,000.
    """
    _require_writing(ctx)
    if end > ctx.now:
        raise ScheduleInvalidError.of(FieldProblem("end", "is in the future", "Backfill up to the present at most."))
    if end <= start:
        raise ScheduleInvalidError.of(FieldProblem("end", "is not after start", "Choose a later end."))
    held = await _claim_all(ctx, await _hold(ctx, schedule_id))
    due = _times(Calendar(held.definition.timing, held.created_at), start - _INSTANT, end, MAX_BACKFILL + 1)
    if len(due) > MAX_BACKFILL:
        message = f"gives more than {MAX_BACKFILL} due times"
        raise ScheduleInvalidError.of(FieldProblem("end", message, "Backfill a shorter window."))
    queued = await occurrences.backfill(ctx, schedule_id, due)
    if queued:
        await firing.look(ctx, schedule_id)
        window: JsonObject = {"start": start.isoformat(), "end": end.isoformat(), "queued": queued}
        await audit.record(ctx, "schedule.backfilled", ("schedule", schedule_id), after=window)
        _tell(ctx, schedule_id, "saved")
    return Backfilled(queued, len(due) - queued)


async def list_occurrences(
    ctx: Context, schedule_id: UUID, status: OccurrenceStatus | None, *, cursor: str | None, limit: int
) -> Page[Occurrence]:
    """Return a page of a schedule's occurrences, the latest due first. Raises ``ScheduleMissingError``."""
    await get(ctx, schedule_id)
    rows = await occurrences.list_page(ctx, schedule_id, status, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.due_at, each.schedule_id))


def preview(ctx: Context, timing: Timing, *, count: int, after: datetime | None = None) -> SchedulePreview:
    """Return a timing in words and its next times. Raises ``ScheduleInvalidError`` that names each field."""
    require(ctx, READ)
    rules.check_timing(timing)
    calendar = Calendar(timing, ctx.now)
    times: list[UpcomingTime] = []
    before: datetime | None = None
    found = calendar.placed_after(after or ctx.now)
    while found is not None and len(times) < count:
        local = found.at.astimezone(calendar.zone).isoformat()
        times.append(UpcomingTime(found.at, local, note_of(found, calendar.zone, before)))
        before, found = found.at, calendar.placed_after(found.at)
    return SchedulePreview(summary_of(timing), times)


@dataclass(frozen=True, slots=True)
class Described:
    """A timing in words, and the first due time after an instant."""

    summary: str
    next_at: datetime | None


def check_timing(timing: Timing) -> None:
    """Demand that a timing is valid. Raises ``ScheduleInvalidError`` that names each field. For other packages' timings."""
    rules.check_timing(timing)


def describe(timing: Timing, created_at: datetime, now: datetime) -> Described:
    """Return a valid timing in words, with its first due time after an instant; intervals count as those of schedules."""
    return Described(summary_of(timing), Calendar(timing, created_at).after(now))


def times_between(timing: Timing, created_at: datetime, after: datetime, end: datetime) -> list[datetime]:
    """Return the due times of a valid timing after an instant and before another one, up to a thousand, in their order."""
    return _times(Calendar(timing, created_at), after, end, _MOST_TIMES)


async def list_upcoming(ctx: Context, schedule_id: UUID, *, count: int) -> SchedulePreview:
    """Return when a schedule is due next, as if it were not paused. Raises ``ScheduleMissingError``."""
    schedule = await get(ctx, schedule_id)
    timing = Timing(**{name: getattr(schedule, name) for name in Timing.__slots__})
    # Intervals count from the day of the start, so that the preview counts as the schedule does.
    anchored = timing if timing.start_at is not None else replace(timing, start_at=schedule.created_at)
    return replace(preview(ctx, anchored, count=count), summary=schedule.summary)


async def _check(ctx: Context, definition: ScheduleDefinition) -> str:
    """Demand that a definition may be saved; return the name of its target."""
    rules.check_timing(definition.timing)
    rules.check_input(definition.target_type, definition.input)
    plan = await runs.resolve(ctx, RunType(definition.target_type), definition.target_id)
    return str(plan["name"])


def _first(timing: Timing, created_at: datetime, now: datetime) -> datetime:
    """Return the first due time after now. Raises ``ScheduleInvalidError`` when there is none."""
    found = Calendar(timing, created_at).after(now)
    if found is not None:
        return found
    if timing.run_date is not None:
        problem = FieldProblem("run_date", "is in the past", "Choose a later day or time.")
    elif timing.end_at is not None and Calendar(replace(timing, end_at=None), created_at).after(now) is not None:
        problem = FieldProblem("end_at", "comes before the next time", "Choose a later end.")
    else:
        field = "frequency" if timing.cron is None else "cron"
        problem = FieldProblem(field, "never comes", "Check day and month: they do not meet in fifty years.")
    raise ScheduleInvalidError.of(problem)


def _changed(before: Timing, given: Mapping[str, Any]) -> Timing:
    if "cron" in given or "frequency" in given:
        before = Timing(timezone=before.timezone, start_at=before.start_at, end_at=before.end_at)
    return replace(before, **given)


def _times(calendar: Calendar, after: datetime, end: datetime, most: int) -> list[datetime]:
    times: list[datetime] = []
    at = calendar.after(after)
    while at is not None and at < end and len(times) < most:
        times.append(at)
        at = calendar.after(at)
    return times


async def _claim_all(ctx: Context, held: LockedSchedule) -> LockedSchedule:
    """Claim all that is due by now, before something else decides about the schedule."""
    while held.next_due_at is not None and held.next_due_at <= ctx.now:
        held = await firing.claim(ctx, held, may_start=False)
    return held


async def _set_paused(ctx: Context, held: LockedSchedule, action: str) -> Schedule:
    place: Place = firing.place_of(held, held.next_due_at)
    await repository.pause(ctx, held.id, enabled=held.enabled, paused_until=held.paused_until, next_run=place.next_run)
    await firing.set_timer(ctx, held)
    until = None if held.paused_until is None else held.paused_until.astimezone(UTC).isoformat()
    await audit.record(ctx, action, ("schedule", held.id), after={"paused_until": until})
    return await _get_and_announce(ctx, held.id)


def _require_writing(ctx: Context) -> None:
    require(ctx, WRITE)
    require(ctx, runs.WRITING)


async def _hold(ctx: Context, schedule_id: UUID) -> LockedSchedule:
    held = await repository.lock(ctx, schedule_id)
    if held is None:
        raise ScheduleMissingError
    return held


async def _get_and_announce(ctx: Context, schedule_id: UUID) -> Schedule:
    schedule = await get(ctx, schedule_id)
    _tell(ctx, schedule_id, "saved")
    return schedule


def _tell(ctx: Context, schedule_id: UUID, status: str) -> None:
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(schedule_id), "status": status}
    ctx.after_commit.append(lambda: bus.news(organization_id, "schedule", news))
