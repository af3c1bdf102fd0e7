"""Quiet hours of a channel: when only critical alerts are sent. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.types import QuietHours
from retinue.core.errors import FieldProblem

REASON = "quiet hours"
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def checked(hours: QuietHours | None) -> QuietHours | None:
    """Return quiet hours in their one form. Raises ``AlertInvalidError`` that names each field."""
    if hours is None:
        return None
    problems = [
        FieldProblem(f"quiet_hours.{name}", "is not a time of day", "Write HH:MM, as 22:00.")
        for name in ("start", "end")
        if _TIME.fullmatch(getattr(hours, name)) is None
    ]
    if not problems and hours.start == hours.end:
        problems.append(FieldProblem("quiet_hours.end", "is the start", "Choose another end, or min_severity critical."))
    if hours.timezone not in available_timezones():
        problems.append(FieldProblem("quiet_hours.timezone", "is not a time zone", "Use a name such as Europe/Berlin."))
    if problems:
        raise AlertInvalidError.of(*problems)
    return QuietHours(hours.start, hours.end, hours.timezone, tuple(sorted({(day - 1) % 7 + 1 for day in hours.days})))


def quiet_until(hours: QuietHours | None, instant: datetime) -> datetime | None:
    """Return when the quiet hours end that an instant is in; None when it is in none.

    The end is a wall time: in a gap of daylight saving the instant after it, of two the first.
    """
    if hours is None:
        return None
    zone = ZoneInfo(hours.timezone)
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    today = instant.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if hours.days and day.isoweekday() not in hours.days:
            continue
        last = day if start < end else day + timedelta(days=1)
        begins = datetime.combine(day, start, zone).astimezone(UTC)
        ends = datetime.combine(last, end, zone).astimezone(UTC)
        if begins <= instant < ends:
            return ends
    return None
