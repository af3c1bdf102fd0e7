"""A timing in words."""

from datetime import datetime

from cronsim import CronSim

from retinue.schedules.timing import expand
from retinue.schedules.types import Frequency, MissingDate, Timing

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = [0, 1, 2, 3, 4]
_EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]
_LONGEST = 31


def summary_of(timing: Timing) -> str:
    """Return a sentence such as 'Every weekday at 09:00, Europe/Berlin'. The timing was checked."""
    said = _cron(timing.cron) if timing.cron is not None else _friendly(timing)
    bounds = ""
    if timing.start_at is not None:
        bounds += f", from {timing.start_at:%Y-%m-%d %H:%M} UTC"
    if timing.end_at is not None:
        bounds += f", until {timing.end_at:%Y-%m-%d %H:%M} UTC"
    return f"{said}, {timing.timezone}{bounds}"


def _cron(cron: str) -> str:
    return CronSim(expand(cron), datetime(2027, 1, 1)).explain()  # noqa: DTZ001 - a wall time


def _friendly(timing: Timing) -> str:
    at, interval = timing.time or "00:00", timing.interval
    if timing.frequency is Frequency.ONCE:
        return f"Once, on {timing.run_date} at {at}"
    if timing.frequency is Frequency.HOURLY:
        if interval == 1:
            return f"Every hour at minute {int(at[-2:])}"
        return f"Every {interval} hours, counted from {at}"
    if timing.frequency is Frequency.DAILY:
        return f"{_every(interval, 'day')} at {at}"
    if timing.frequency is Frequency.WEEKLY:
        return f"{_weekly(timing)} at {at}"
    return f"{_monthly(timing)} at {at}"


def _weekly(timing: Timing) -> str:
    days = sorted({(day - 1) % 7 for day in timing.days})
    if timing.interval > 1:
        return f"Every {timing.interval} weeks on {_listed([_DAYS[day] for day in days])}"
    if days == _WEEKDAYS:
        return "Every weekday"
    return "Every day" if days == _EVERY_DAY else f"Every {_listed([_DAYS[day] for day in days])}"


def _monthly(timing: Timing) -> str:
    every = _every(timing.interval, "month").lower()
    if timing.missing_date is MissingDate.LAST_DAY:
        if timing.date == _LONGEST:
            return f"On the last day of {every}"
        suffix = " (the last day of a shorter month)"
    else:
        suffix = " (not in shorter months)"
    return f"On day {timing.date} of {every}{suffix if (timing.date or 1) > 28 else ''}"  # noqa: PLR2004 - the shortest month


def _every(interval: int, noun: str) -> str:
    return f"Every {noun}" if interval == 1 else f"Every {interval} {noun}s"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
