"""The calendar of an organization: the outcome of past due times, and those still to come."""

from datetime import datetime, timedelta

from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.permissions import require
from retinue.schedules import repository, rules
from retinue.schedules import repository_occurrences as occurrences
from retinue.schedules.errors import ScheduleInvalidError
from retinue.schedules.permissions import READ
from retinue.schedules.timing import Calendar
from retinue.schedules.types import CalendarEntry, LockedSchedule, Occurrence, ScheduleCalendar

PLANNED = "planned"
_MOST_DAYS = 62
_MOST_ENTRIES = 2000
_MOST_SCHEDULES = 500
_MOST_EACH = 200


async def get_calendar(ctx: Context, start: datetime, end: datetime) -> ScheduleCalendar:
    """Return the due times of a window of up to 62 days, past and to come. Of one schedule up to 200 are planned.

    Raises ``ScheduleInvalidError`` for the window.
    """
    require(ctx, READ)
    if not timedelta(0) < end - start <= timedelta(days=_MOST_DAYS):
        message = f"is not within {_MOST_DAYS} days after start"
        raise ScheduleInvalidError.of(FieldProblem("end", message, "Ask for a shorter window."))
    recorded = await occurrences.list_window(ctx, start, end, _MOST_ENTRIES + 1)
    entries = [_recorded(each) for each in recorded]
    schedules = await repository.list_due_before(ctx, end, _MOST_SCHEDULES + 1)
    is_complete = len(recorded) <= _MOST_ENTRIES and len(schedules) <= _MOST_SCHEDULES
    for held in schedules[:_MOST_SCHEDULES]:
        planned = _planned(held, start, end)
        is_complete &= len(planned) <= _MOST_EACH
        entries += planned[:_MOST_EACH]
    entries.sort(key=lambda each: (each.due_at, each.schedule_id))
    return ScheduleCalendar(entries[:_MOST_ENTRIES], is_complete and len(entries) <= _MOST_ENTRIES)


def _planned(held: LockedSchedule, start: datetime, end: datetime) -> list[CalendarEntry]:
    calendar = Calendar(held.definition.timing, held.created_at)
    planned: list[CalendarEntry] = []
    at = held.next_due_at
    if at is not None and at < start:
        at = calendar.after(start - timedelta(microseconds=1))
    while at is not None and at < end and len(planned) <= _MOST_EACH:
        if not rules.is_paused(held, at):
            planned.append(CalendarEntry(held.id, held.definition.name, at, PLANNED, None, None, None))
        at = calendar.after(at)
    return planned


def _recorded(each: Occurrence) -> CalendarEntry:
    return CalendarEntry(
        each.schedule_id, each.schedule_name, each.due_at, each.status, each.reason, each.run_id, each.run_status
    )
