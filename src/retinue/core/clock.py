"""The clocks of a process: the machine's, and the database's, by which everything that expires or falls due is decided.

Statements take the database's time from ``tenant.now()``; a context has that of its transaction. Only what happens between
transactions, such as the end of a step, is stamped by ``DatabaseClock``: the machine's clock, put right by comparison.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol

SKEW_WORTH_TELLING_SECONDS = 2.0
"""From here on health and doctor report the machine's clock, and a worker does no maintenance."""
SKEW_TOO_FAR_SECONDS = 30.0
"""From here on a worker claims no runs."""


class Clock(Protocol):
    """Tells the present instant, always with the zone UTC."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's present instant in UTC."""
        return datetime.now(UTC)


class DatabaseClock:
    """The database's time as this process knows it: the machine's clock less the skew that was measured last."""

    def __init__(self, machine: Clock) -> None:
        """Take the machine's clock; until something is observed it is trusted."""
        self.machine = machine
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """Return the database's present instant in UTC, to within the time of a round trip."""
        return self.machine.now() - self._skew

    def observe(self, instant: datetime, *, asked_at: datetime, heard_at: datetime) -> None:
        """Learn from one answer: the database's clock showed ``instant`` at some time between the machine's two instants.

        What was known of the skew is kept as long as the answer allows it, so a slow answer changes nothing.
        """
        self._skew = min(max(self._skew, asked_at - instant), heard_at - instant)

    @property
    def skew_seconds(self) -> float:
        """How far the machine's clock is ahead of the database's; negative when it is behind."""
        return self._skew.total_seconds()

    @property
    def is_off(self) -> bool:
        """Whether the machine's clock is so far off that this process must delete and repair nothing."""
        return abs(self.skew_seconds) > SKEW_WORTH_TELLING_SECONDS

    @property
    def is_far_off(self) -> bool:
        """Whether the machine's clock is so far off that this process must take no runs."""
        return abs(self.skew_seconds) > SKEW_TOO_FAR_SECONDS


def told(skew_seconds: float) -> str:
    """Say a skew to a person, as '5 s ahead of' or '3 days behind'."""
    size, direction = abs(skew_seconds), "ahead of" if skew_seconds > 0 else "behind"
    for unit, seconds in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if size >= 2 * seconds:
            return f"{size / seconds:.0f} {unit} {direction}"
    return f"{size:.1f} s {direction}"
