"""When this process looks for due rules and deliveries next: a quiet installation is asked a few times a minute.

A worker looks when something falls due, by what it read at its last look, and after half a minute at most. What makes
something due earlier wakes it: a failed run in the worker that hears of it, a saved rule by the timer ``WAKE``, and the
question for pending work where such a wake-up was lost.
"""

import time
from uuid import UUID

from retinue.core import timers
from retinue.core.context import Context
from retinue.core.ids import OrganizationId
from retinue.core.resources import Resources
from retinue.core.timers import Timer

WAKE = "alerts.wake"
"""Timer: a worker is to look now; its subject is what became due."""
_REST_SHARE = 200
"""A look follows the last one after so many times as long as that one took: looks take half a percent of the time."""
_LONGEST_REST_SECONDS = 2.0
"""What falls due or fails is seen after this time, however long looks take."""
_IDLE_SECONDS = 30.0


class Watch:
    """The instant of the next look, by the clock of the process."""

    def __init__(self) -> None:
        """Begin with a look."""
        self._next = 0.0
        self._was_woken = self._was_woken_for_runs = False
        self._began = self._rested = 0.0
        self._missed: dict[OrganizationId, set[UUID]] = {}

    @property
    def is_due(self) -> bool:
        """Whether it is time to look."""
        return time.monotonic() >= self._next

    def wake(self) -> None:
        """Look at the next opportunity, also when a look is under way: it may have seen nothing of what woke it."""
        self._next = 0.0
        self._was_woken = True

    def wake_for_runs(self) -> None:
        """Look when this process has rested from its last look: failed runs may be many, and their rules many too."""
        self._next = min(self._next, self._rested)
        self._was_woken_for_runs = True

    def miss(self, organization_id: OrganizationId, run_ids: set[UUID]) -> None:
        """Note failed runs that a rule, due when they were heard of, may not have seen: the next look wakes it for them."""
        self._missed.setdefault(organization_id, set()).update(run_ids)

    def take_missed(self) -> dict[OrganizationId, set[UUID]]:
        """Return the failed runs noted so far, by organization, and forget them."""
        missed, self._missed = self._missed, {}
        return missed

    def begin(self) -> None:
        """Begin a look, which ``sleep`` ends. One that fails is repeated after half a minute."""
        self._was_woken = self._was_woken_for_runs = False
        self._began = time.monotonic()
        self.sleep(None)

    def sleep(self, seconds: float | None) -> None:
        """Look again when something falls due in so many seconds; None: nothing is known to.

        At once when it was woken since ``begin``; otherwise, and for failed runs, after a rest.
        """
        now = time.monotonic()
        self._rested = now + min((now - self._began) * _REST_SHARE, _LONGEST_REST_SECONDS)
        if self._was_woken:
            return
        pause = min(_IDLE_SECONDS if seconds is None else seconds, _IDLE_SECONDS)
        self._next = max(now + pause, self._rested)
        if self._was_woken_for_runs:
            self._next = min(self._next, self._rested)


def watch_of(resources: Resources) -> Watch:
    """Return the process's watch."""
    return resources.part(Watch, Watch)


async def wake_worker(ctx: Context, subject_id: UUID) -> None:
    """Have a worker look after the commit, from any process."""
    await timers.schedule(ctx, WAKE, subject_id, ctx.now)


async def on_wake(ctx: Context, timer: Timer) -> None:
    """Wake this process."""
    del timer
    ctx.after_commit.append(watch_of(ctx.resources).wake)
