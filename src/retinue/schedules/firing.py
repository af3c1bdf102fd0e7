"""Claiming what is due. One transaction claims occurrences, starts their runs and sets the next timer, so each happens once.

The ticker of ``core.timers`` brings a schedule here, in any number of workers. It holds timers and never waits for
a schedule: an edit holds the schedule and may wait for its timer.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from retinue.core import audit, timers
from retinue.core.context import Context
from retinue.core.errors import Error, Kind
from retinue.core.timers import Timer
from retinue.runs import service as runs
from retinue.runs.errors import RunMissingError, RunOverError
from retinue.runs.labels.types import Labels
from retinue.runs.types import RunType, StartRun, Trigger
from retinue.schedules import repository, rules
from retinue.schedules import repository_occurrences as occurrences
from retinue.schedules.repository import Place
from retinue.schedules.timing import Calendar
from retinue.schedules.types import CatchUp, Decided, LockedSchedule, OccurrenceKind, OccurrenceStatus, Overlap

FIRE = "schedules.fire"
ADVANCE = "schedules.advance"
_CLAIMED_AT_ONCE = 200
_STARTED_AT_ONCE = 10
_BUSY = timedelta(seconds=1)
_PAUSED = timedelta(hours=1)
"""A paused schedule writes what it skips this often, or when it is due if that is later."""
_LOOK = timedelta(seconds=2)
_LOOK_AT_MOST = timedelta(seconds=30)
"""Between two looks whether the run that a queued occurrence waits for is over."""


async def on_due(ctx: Context, timer: Timer) -> None:
    """Claim what is due of a schedule. Runs in the transaction that removes the timer."""
    held = await repository.lock(ctx, timer.subject_id, is_waiting=False)
    if held is None:
        if await repository.exists(ctx, timer.subject_id):
            await timers.schedule(ctx, FIRE, timer.subject_id, ctx.now + _BUSY)
        return
    await claim(ctx, held)


async def on_queue(ctx: Context, timer: Timer) -> None:
    """Start queued occurrences of a schedule as far as its overlap policy allows."""
    held = await repository.lock(ctx, timer.subject_id, is_waiting=False)
    if held is None:
        if await repository.exists(ctx, timer.subject_id):
            await timers.schedule(ctx, ADVANCE, timer.subject_id, ctx.now + _BUSY)
        return
    if rules.is_paused(held, ctx.now):
        return  # resuming sets the timer again
    is_parallel = held.definition.overlap is Overlap.ALLOW
    running = [] if is_parallel else await occurrences.list_unfinished_runs(ctx, held.id)
    started = 0
    if not running:
        for due_at in await occurrences.list_queued(ctx, held.id, _STARTED_AT_ONCE):
            started += await start(ctx, held, due_at)
            if started and not is_parallel:
                break
        if started:
            await repository.move(ctx, held.id, place_of(held, held.next_due_at), ctx.now)
    if await occurrences.count_queued(ctx, held.id):
        seconds = timer.payload.get("seconds")
        before = timedelta(seconds=seconds) if isinstance(seconds, int) and not started else _LOOK / 2
        pause = timedelta(0) if is_parallel else min(2 * before, _LOOK_AT_MOST)
        await look(ctx, held.id, pause)


async def look(ctx: Context, schedule_id: UUID, pause: timedelta = timedelta(0)) -> None:
    """Have queued occurrences looked at after a pause."""
    await timers.schedule(ctx, ADVANCE, schedule_id, ctx.now + pause, {"seconds": int(pause.total_seconds())})


@dataclass(slots=True)
class _Batch:
    """What one claim has done so far."""

    due_at: datetime | None
    refused: list[tuple[datetime, Decided]]
    claimed: int = 0
    started: int = 0
    queued: int = 0
    is_changed: bool = False
    """The schedule was paused, because its target is gone."""


async def claim(ctx: Context, held: LockedSchedule, *, may_start: bool = True) -> LockedSchedule:
    """Claim the occurrences that are due by now, up to 200, and set the timer of what follows. Return where it then stands.

    An edit calls it first with ``may_start`` false: what was due under the old definition is queued with its time.
    """
    calendar = Calendar(held.definition.timing, held.created_at)
    batch = _Batch(held.next_due_at, [])
    is_more = False
    while batch.due_at is not None:
        due_at, following = batch.due_at, calendar.after(batch.due_at)
        start_at = due_at + rules.delay_of(held, due_at, following) if may_start else due_at
        if start_at > ctx.now:
            break
        if batch.claimed == _CLAIMED_AT_ONCE or batch.started == _STARTED_AT_ONCE:
            is_more = True
            break
        is_last = following is None or following > ctx.now
        decided = rules.refuse(held, due_at, start_at, is_last=is_last, now=ctx.now)
        if decided is None:
            is_late = ctx.now - start_at > rules.GRACE
            await _admit(ctx, held, due_at, batch, is_late=is_late, may_start=may_start)
        else:
            batch.refused.append((due_at, decided))
        batch.claimed += 1
        batch.due_at = following
        if batch.is_changed:
            held, batch.is_changed = await repository.lock(ctx, held.id) or held, False
    await occurrences.insert_many(ctx, held.id, batch.refused)
    moved = place_of(held, batch.due_at)
    if batch.claimed:
        await repository.move(ctx, held.id, moved, ctx.now if batch.started else None)
    if batch.queued:
        await look(ctx, held.id, timedelta(0) if not may_start else _LOOK)
    after = LockedSchedule(held.id, held.definition, held.enabled, held.paused_until, batch.due_at, held.created_at)
    await set_timer(ctx, after, is_more=is_more)
    return after


async def set_timer(ctx: Context, held: LockedSchedule, *, is_more: bool = False) -> None:
    """Set the timer of a schedule's next due time, or remove it when there is none."""
    due_at = held.next_due_at
    if due_at is None:
        await timers.cancel(ctx, FIRE, held.id)
        return
    following = Calendar(held.definition.timing, held.created_at).after(due_at)
    at = ctx.now if is_more else due_at + rules.delay_of(held, due_at, following)
    if not is_more and rules.is_paused(held, due_at):
        at = max(at, ctx.now + _PAUSED)
        next_run = place_of(held, due_at).next_run
        at = at if next_run is None else min(at, next_run)
    await timers.schedule(ctx, FIRE, held.id, at)


def place_of(held: LockedSchedule, next_due_at: datetime | None) -> Place:
    """Return where a schedule stands when a due time is its first unclaimed one."""
    if next_due_at is None or not held.enabled:
        return Place(next_due_at, None)
    if held.paused_until is None or next_due_at >= held.paused_until:
        return Place(next_due_at, next_due_at)
    calendar = Calendar(held.definition.timing, held.created_at)
    return Place(next_due_at, calendar.after(held.paused_until - timedelta(microseconds=1)))


async def _admit(
    ctx: Context, held: LockedSchedule, due_at: datetime, batch: _Batch, *, is_late: bool, may_start: bool
) -> None:
    """Start an occurrence, or do with it what the overlap policy says."""
    if not await occurrences.claim(ctx, held.id, due_at, OccurrenceKind.SCHEDULED):
        return
    overlap = held.definition.overlap
    running = [] if overlap is Overlap.ALLOW else await occurrences.list_unfinished_runs(ctx, held.id)
    if is_late and held.definition.catch_up is CatchUp.ALL and overlap is not Overlap.ALLOW:
        overlap = Overlap.QUEUE  # what is made up runs one after the other, and none of it stops another
    if not may_start:
        overlap = Overlap.QUEUE
    if overlap is Overlap.SKIP and running:
        text = "An earlier run of the schedule was unfinished; the overlap policy is skip."
        await occurrences.settle(ctx, held.id, due_at, Decided(OccurrenceStatus.SKIPPED, "overlap", text))
        return
    if overlap is Overlap.QUEUE:
        waiting = await occurrences.count_queued(ctx, held.id) - 1
        if waiting >= rules.MAX_QUEUED:
            text = f"{rules.MAX_QUEUED} occurrences were queued already."
            await occurrences.settle(ctx, held.id, due_at, Decided(OccurrenceStatus.SKIPPED, "queue_full", text))
            return
        if running or waiting or not may_start:
            text = "It waits for an earlier run of the schedule."
            await occurrences.explain(ctx, held.id, due_at, "overlap", text)
            batch.queued += 1
            return
    if overlap is Overlap.CANCEL:
        for run_id in running:
            with suppress(RunOverError, RunMissingError):
                await runs.cancel(ctx, run_id)
    is_started = await start(ctx, held, due_at)
    batch.started += is_started
    batch.is_changed = not is_started


async def start(ctx: Context, held: LockedSchedule, due_at: datetime) -> bool:
    """Start the run of an occurrence that is claimed; say whether there is one. What prevents it is its reason.

    A schedule whose target does not exist any more is paused.
    """
    try:
        async with ctx.tx.transaction():
            started = await runs.start(ctx, request_of(held, due_at, Trigger.SCHEDULE))
    except Error as error:
        if error.kind is Kind.UNAVAILABLE:
            raise
        decided = Decided(OccurrenceStatus.FAILED, error.code, " ".join(filter(None, (error.detail, error.remedy_text))))
        await occurrences.settle(ctx, held.id, due_at, decided)
        if error.code == f"{held.definition.target_type}_missing":
            await repository.pause(ctx, held.id, enabled=False, paused_until=None, next_run=None)
            await audit.record(ctx, "schedule.paused", ("schedule", held.id), after={"reason": error.code})
        return False
    is_open = held.definition.overlap is not Overlap.ALLOW
    decided = Decided(OccurrenceStatus.STARTED)
    await occurrences.settle(ctx, held.id, due_at, decided, run_id=started.run.id, is_open=is_open)
    return True


def request_of(held: LockedSchedule, due_at: datetime, trigger: Trigger | None) -> StartRun:
    """Return the start of a run for a due time. Its metadata names the schedule."""
    metadata = {"schedule_id": str(held.id), "schedule_due_at": due_at.isoformat()}
    return StartRun(
        type=RunType(held.definition.target_type),
        target_id=held.definition.target_id,
        input=rules.input_of(held, due_at),
        trigger=trigger,
        labels=Labels((), metadata),
    )
