"""Wall times of a zone as instants: of a time that does not exist the first valid minute, of one that comes twice the first.

Source: PEP 495. Transitions are found by bisection, so that no table of a zone's rules is needed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


class Shift(StrEnum):
    """What a change of the clocks does to a wall time: there is none, or there are two."""

    GAP = "gap"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Placed:
    """A wall time as an instant."""

    at: datetime
    wall: datetime
    shift: Shift | None = None


@cache
def names() -> frozenset[str]:
    """Return the names of all zones of the IANA database."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def wall_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the wall time of an instant, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None)


def offset_of(instant: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far the zone is ahead of UTC at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def place(wall: datetime, zone: ZoneInfo) -> Placed:
    """Return the one instant of a wall time: the first of two, and the first valid minute after a gap."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if wall_of(first, zone) != wall:
        return Placed(_whole_minute(transition(min(first, second), max(first, second), zone)), wall, Shift.GAP)
    return Placed(first, wall, Shift.FOLD if second > first and wall_of(second, zone) == wall else None)


def transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant after ``before`` with the offset of ``after``, which differs; to the second."""
    was = offset_of(before, zone)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if offset_of(middle, zone) == was:
            before = middle
        else:
            after = middle
    return after


def _whole_minute(instant: datetime) -> datetime:
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + _MINUTE
