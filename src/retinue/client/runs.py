"""Runs: what is generated, and following them and waiting for them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from retinue.client.aio.runs import AsyncRunsApi
from retinue.client.api.runs import RunsApi
from retinue.client.models import RunEvent
from retinue.client.resource import path
from retinue.client.types.runs import Run

OVER = frozenset({"completed", "failed", "cancelled"})
"""The statuses in which a run has ended."""
_FIRST_SECONDS, _MOST_SECONDS, _GROWTH = 0.1, 2.0, 1.5


class Runs(RunsApi):
    """Runs of the organization."""

    def stream(self, run_id: str, /, *, after: int = 0) -> Iterator[RunEvent]:
        """Follow a run's events from the first, or the one behind ``after``, to the end of the run."""
        return self._connection.events(path("runs", run_id, "events"), query={"after": after})

    def wait(self, run_id: str, /, *, timeout_seconds: float | None = None) -> Run:
        """Wait until a run is over; return it as it is then, or when the time is up."""
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = _FIRST_SECONDS
        while True:
            run = self.get(run_id)
            left = None if until is None else until - time.monotonic()
            if run["status"] in OVER or (left is not None and left <= 0):
                return run
            time.sleep(pause if left is None else min(pause, left))
            pause = min(_MOST_SECONDS, pause * _GROWTH)


class AsyncRuns(AsyncRunsApi):
    """The same for an event loop."""

    def stream(self, run_id: str, /, *, after: int = 0) -> AsyncIterator[RunEvent]:
        """Follow a run's events from the first, or the one behind ``after``, to the end of the run."""
        return self._connection.events(path("runs", run_id, "events"), query={"after": after})

    async def wait(self, run_id: str, /, *, timeout_seconds: float | None = None) -> Run:
        """Wait until a run is over; return it as it is then, or when the time is up."""
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = _FIRST_SECONDS
        while True:
            run = await self.get(run_id)
            left = None if until is None else until - time.monotonic()
            if run["status"] in OVER or (left is not None and left <= 0):
                return run
            await asyncio.sleep(pause if left is None else min(pause, left))
            pause = min(_MOST_SECONDS, pause * _GROWTH)
