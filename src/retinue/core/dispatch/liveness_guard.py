"""Whether a worker may take others for dead: only one that was itself in touch with the database all the while.

After an outage of the database, or when a laptop wakes, every worker's last sign of life is old, and anyone who comes back
first would take all the others' runs away, and its own. So a worker that was out of touch itself waits for as long as others
are given to be heard of again.
"""

import time
from collections.abc import Callable


class PeerLivenessGuard:
    """Notes a worker's own signs of life, and judges by them. A worker that has given none yet may judge at once."""

    def __init__(self, stall_seconds: float, clock: Callable[[], float] = time.time) -> None:
        """Take the seconds of silence that count as death; ``clock`` goes on while the machine sleeps, in seconds."""
        self._stall = stall_seconds
        self._clock = clock
        self._beaten_at: float | None = None
        self._waits_until: float | None = None

    def heartbeat_sent(self) -> None:
        """Note that a sign of life has reached the database."""
        now = self._clock()
        if self._is_silent(now):
            self._waits_until = now + self._stall
        self._beaten_at = now

    def may_reap(self) -> bool:
        """Tell whether others' silence is theirs alone."""
        now = self._clock()
        return not self._is_silent(now) and (self._waits_until is None or now >= self._waits_until)

    def _is_silent(self, now: float) -> bool:
        # A clock that was put back says nothing about how long it was.
        return self._beaten_at is not None and not 0 <= now - self._beaten_at <= self._stall / 2
