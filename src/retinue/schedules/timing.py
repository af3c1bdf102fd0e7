"""When a schedule is due: the times of its friendly form or cron expression, in its zone.

Two rules for the change of clocks. A schedule with an hour of its own runs once for each wall time: a time in the gap at the
first valid minute, a time in the fold the first time. A schedule of every hour (``hourly`` with interval 1, or ``*`` as the
hour of a cron expression) follows elapsed time: it runs in each hour that there is, so twice in one that is repeated.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from retinue.schedules.types import Frequency, MissingDate, Timing
from retinue.schedules.zones import Placed, Shift, offset_of, place, transition, wall_of

_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = 5
_FOREVER_YEARS = 50
_LAST_YEAR = 9000
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


class CronInvalidError(ValueError):
    """The cron expression cannot be read; the message says which part."""


def expand(cron: str) -> str:
    """Return a cron expression of five fields, also for names such as @daily. Raises ``CronInvalidError``."""
    text = _MACROS.get(cron.strip().lower(), cron)
    if len(text.split()) != _FIELDS:
        raise CronInvalidError("needs five fields: minute, hour, day of month, month, day of week")
    try:
        CronSim(text, datetime(2027, 1, 1))  # noqa: DTZ001 - a wall time
    except CronSimError as error:
        raise CronInvalidError(f"cannot be read ({str(error).lower()})") from None
    return text


class Calendar:
    """The due times of a schedule, in order. Pure: the same timing gives the same times."""

    def __init__(self, timing: Timing, created_at: datetime) -> None:
        """Take a timing that was checked. Intervals count from the day of ``start_at``, else of ``created_at``."""
        self._timing = timing
        self.zone = ZoneInfo(timing.timezone)
        self._anchor = wall_of(timing.start_at or created_at, self.zone).date()
        self._cron = None if timing.cron is None else expand(timing.cron)
        hour, minute = (timing.time or "00:00").split(":")
        self._time = time(int(hour), int(minute))
        if self._cron is not None:
            self._is_hourly = self._cron.split()[1] == "*"
        else:
            self._is_hourly = timing.frequency is Frequency.HOURLY and timing.interval == 1

    def after(self, instant: datetime) -> datetime | None:
        """Return the first due time later than an instant; None when there is none, within fifty years."""
        found = self.placed_after(instant)
        return None if found is None else found.at

    def placed_after(self, instant: datetime) -> Placed | None:
        """Return the same with the wall time it stands for."""
        start, end = self._timing.start_at, self._timing.end_at
        if start is not None and start > instant:
            instant = start - timedelta(microseconds=1)
        if instant.year >= _LAST_YEAR:
            return None
        found = self._elapsed(instant) if self._is_hourly else self._fixed(instant)
        return None if found is None or (end is not None and found.at > end) else found

    def _fixed(self, instant: datetime) -> Placed | None:
        for wall in self._walls(wall_of(instant, self.zone)):
            placed = place(wall, self.zone)
            if placed.at > instant:
                return placed
        return None

    def _elapsed(self, instant: datetime) -> Placed | None:
        """Walk from one change of the clocks to the next: between them wall time and elapsed time are the same."""
        at = instant.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
        while True:
            offset = offset_of(at, self.zone)
            wall = next(self._walls(at.replace(tzinfo=None) + offset), None)
            if wall is None:
                return None
            found = (wall - offset).replace(tzinfo=UTC)
            if offset_of(found, self.zone) == offset:
                return Placed(found, wall, place(wall, self.zone).shift)
            at = transition(at, found, self.zone)

    def _walls(self, start: datetime) -> Iterator[datetime]:
        """Yield wall times from a wall time on, in their order."""
        start = start.replace(second=0, microsecond=0)
        if self._cron is not None:
            yield from CronSim(self._cron, start - timedelta(seconds=1))
        elif self._timing.frequency is Frequency.HOURLY:
            yield from self._hours(start)
        else:
            for day in self._days(start.date()):
                wall = datetime.combine(day, self._time)
                if wall >= start:
                    yield wall

    def _hours(self, start: datetime) -> Iterator[datetime]:
        step = timedelta(hours=self._timing.interval)
        first = datetime.combine(self._anchor, self._time)
        wall = first + -((first - start) // step) * step
        while wall.year < start.year + _FOREVER_YEARS:
            if wall >= start:
                yield wall
            wall += step

    def _days(self, start: date) -> Iterator[date]:
        timing, interval, anchor = self._timing, self._timing.interval, self._anchor
        if timing.frequency is Frequency.ONCE:
            if timing.run_date is not None:
                yield timing.run_date
        elif timing.frequency is Frequency.DAILY:
            day = anchor + -((anchor - start) // (interval * _DAY)) * interval * _DAY
            while day.year < start.year + _FOREVER_YEARS:
                yield day
                day += interval * _DAY
        elif timing.frequency is Frequency.WEEKLY:
            yield from self._weekdays(start)
        else:
            yield from self._months(start)

    def _weekdays(self, start: date) -> Iterator[date]:
        wanted = sorted({(day - 1) % 7 for day in self._timing.days})  # Monday is 0
        monday, step = self._anchor - self._anchor.weekday() * _DAY, 7 * self._timing.interval * _DAY
        week = monday + (start - monday) // step * step
        while week.year < start.year + _FOREVER_YEARS:
            yield from (day for day in (week + number * _DAY for number in wanted) if day >= start)
            week += step

    def _months(self, start: date) -> Iterator[date]:
        wanted, interval = self._timing.date or 1, self._timing.interval
        anchor = self._anchor.year * 12 + self._anchor.month - 1
        month = anchor + (start.year * 12 + start.month - 1 - anchor) // interval * interval
        while month // 12 < start.year + _FOREVER_YEARS:
            first = date(month // 12, month % 12 + 1, 1)
            following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
            length = (following - first).days
            if wanted <= length or self._timing.missing_date is MissingDate.LAST_DAY:
                day = first.replace(day=min(wanted, length))
                if day >= start:
                    yield day
            month += interval


def note_of(placed: Placed, zone: ZoneInfo, before: datetime | None) -> str | None:
    """Say what daylight saving does to a due time, or since the one before; None when nothing."""
    local = placed.at.astimezone(zone)
    if placed.shift is Shift.GAP:
        return f"{placed.wall:%H:%M} does not exist on this day, because the clocks go forward: it runs at {local:%H:%M}."
    if placed.shift is Shift.FOLD:
        which = "second" if local.fold else "first"
        return f"{placed.wall:%H:%M} comes twice on this day, because the clocks go back: this is the {which}."
    if before is not None and offset_of(before, zone) != offset_of(placed.at, zone):
        return f"The clocks have changed: UTC{local:%z} from here."
    return None
