"""Pure decisions: when the next daily backup is due, which backups are kept, how backups are named."""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta

RETRY_AFTER = timedelta(minutes=15)
LATE_AFTER = timedelta(hours=26)
"""A daily backup that is older than this has been missed: a day, and two hours to make it."""
PARTIAL = ".partial"
_NAME = re.compile(r"retinue-(\d{8}T\d{6}Z)")
_STAMP = "%Y%m%dT%H%M%SZ"


def name_of(instant: datetime) -> str:
    """Name the backup that is made at an instant."""
    return f"retinue-{instant.astimezone(UTC).strftime(_STAMP)}"


def instant_of(name: str) -> datetime | None:
    """Return when the backup of this name was made; None for a name that no complete backup has."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def last_due(now: datetime, time: str) -> datetime:
    """Return the newest instant, not after ``now``, at which a daily backup is due at ``time`` (HH:MM, UTC)."""
    hour, minute = (int(part) for part in time.split(":"))
    today = now.astimezone(UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def is_due(now: datetime, time: str, *, last_success_at: datetime | None, last_failure_at: datetime | None) -> bool:
    """Whether a daily backup is to be made now: none since the due time, and none failed a moment ago.

    A new installation, and one that was off at its time, makes its backup as soon as it runs.
    """
    if last_failure_at is not None and now - last_failure_at < RETRY_AFTER:
        return False
    return last_success_at is None or last_success_at < last_due(now, time)


def kept(instants: Iterable[datetime], *, daily: int, weekly: int, monthly: int) -> set[datetime]:
    """Return the backups to keep: the newest of each of the newest days, ISO weeks and months that have any (all in UTC).

    A day without a backup takes no place, so a long pause deletes nothing. The newest backup of all is always kept.
    """
    newest_first = sorted(set(instants), reverse=True)
    result = set(newest_first[:1])
    result |= _newest_of(newest_first, daily, lambda each: each.astimezone(UTC).date())
    result |= _newest_of(newest_first, weekly, lambda each: each.astimezone(UTC).isocalendar()[:2])
    return result | _newest_of(newest_first, monthly, lambda each: (each.astimezone(UTC).year, each.astimezone(UTC).month))


def _newest_of(newest_first: list[datetime], count: int, period: Callable[[datetime], Hashable]) -> set[datetime]:
    found: dict[Hashable, datetime] = {}
    for each in newest_first:
        found.setdefault(period(each), each)
    return set(list(found.values())[:count])
