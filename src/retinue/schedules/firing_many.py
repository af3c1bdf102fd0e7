"""Claiming what is due of many schedules at once: those that all are due at nine cost a few statements together.

Only what every schedule does on an ordinary day is done together: one occurrence is due, in time, and nothing of the
schedule is unfinished. All others are claimed one by one, by ``firing``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from retinue.core import timers
from retinue.core.context import Context
from retinue.core.errors import Error
from retinue.core.timers import Timer
from retinue.runs import service as runs
from retinue.runs.types import Trigger
from retinue.schedules import firing, repository, rules
from retinue.schedules import repository_occurrences as occurrences
from retinue.schedules.repository import Place
from retinue.schedules.repository_occurrences import StartedOccurrence
from retinue.schedules.timing import Calendar
from retinue.schedules.types import LockedSchedule, Overlap


@dataclass(frozen=True, slots=True)
class _Due:
    """A schedule of which one occurrence is due, and its due times after that."""

    held: LockedSchedule
    due_at: datetime
    following: datetime | None
    timer_at: datetime | None
    """When the next one is due, with its delay."""


async def on_due_many(ctx: Context, due: Sequence[Timer]) -> None:
    """Claim what is due of schedules. Runs in the transaction that removes their timers."""
    held = await repository.try_lock_many(ctx, [timer.subject_id for timer in due])
    found = [one for each in held.values() if (one := _ordinary(each, ctx.now)) is not None]
    busy = await occurrences.list_busy(ctx, [each.held.id for each in found])
    together = [each for each in found if each.held.id not in busy or each.held.definition.overlap is Overlap.ALLOW]
    if len(together) > 1 and await _start_together(ctx, together):
        done = {each.held.id for each in together}
    else:
        done = set[object]()
    for timer in due:
        if timer.subject_id in done:
            continue
        if timer.subject_id in held:
            await firing.claim(ctx, held[timer.subject_id])
        else:
            await firing.on_due(ctx, timer)


def _ordinary(held: LockedSchedule, now: datetime) -> _Due | None:
    """Return what is due of a schedule when it is one occurrence that is started in time, else None."""
    due_at = held.next_due_at
    if due_at is None:
        return None
    calendar = Calendar(held.definition.timing, held.created_at)
    following = calendar.after(due_at)
    start_at = due_at + rules.delay_of(held, due_at, following)
    is_late = now - start_at > rules.GRACE
    if start_at > now or is_late or rules.is_paused(held, due_at):
        return None
    if following is None:
        return _Due(held, due_at, None, None)
    timer_at = following + rules.delay_of(held, following, calendar.after(following))
    if timer_at <= now or held.paused_until is not None:
        return None
    return _Due(held, due_at, following, timer_at)


async def _start_together(ctx: Context, due: list[_Due]) -> bool:
    """Claim one occurrence of each schedule and start its run; say false, with nothing done, when one of them is refused."""
    try:
        async with ctx.tx.transaction():
            claimed = await occurrences.claim_many(ctx, [(each.held.id, each.due_at) for each in due])
            mine = [each for each in due if each.held.id in claimed]
            requests = [firing.request_of(each.held, each.due_at, Trigger.SCHEDULE) for each in mine]
            run_ids = await runs.start_many(ctx, requests)
            started = [
                StartedOccurrence(each.held.id, each.due_at, run_id, each.held.definition.overlap is not Overlap.ALLOW)
                for each, run_id in zip(mine, run_ids, strict=True)
            ]
            await occurrences.settle_started(ctx, started)
    except Error:
        return False
    places: dict[bool, list[tuple[UUID, Place]]] = {True: [], False: []}
    for each in due:
        places[each.held.id in claimed].append((each.held.id, Place(each.following, each.following)))
    for is_started, moves in places.items():
        await repository.move_many(ctx, moves, ctx.now if is_started else None)
    await timers.schedule_many(ctx, firing.FIRE, {each.held.id: each.timer_at for each in due if each.timer_at is not None})
    return True
