"""Dispatch: handing runs to workers. Five verbs; what stands behind them is an adapter, by default Procrastinate.

A job carries the run's id and nothing else: the run's row is the authority, its job is disposable. Making a job twice,
losing one, or running one twice changes nothing that is recorded; the run's lease sees to that.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from retinue.core.context import Context, Tx
from retinue.core.ids import RunId

Handler = Callable[[RunId], Awaitable[bool]]
"""Carries a run on until it ends or waits. Cancelled when the run is cancelled; may be called again for the same run.

Returns whether the transaction that recorded the end also removed the job (``dispatch.remove``).
"""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker now has; ``attempts`` counts those that failed before."""

    id: int
    run_id: RunId
    attempts: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a claim got. ``is_full``: other runs may begin only when one ends, which nobody tells."""

    jobs: list[ClaimedJob]
    is_full: bool = False


Claim = Callable[[int, int], Awaitable[Claims]]
"""Claims, for a worker of an id, up to so many jobs in one commit. Raises what the driver raises."""


@dataclass(frozen=True, slots=True)
class Health:
    """How dispatch stands: workers that were heard of lately, what waits for one, and jobs in hand."""

    workers: int
    queue_depth: int
    running: int


class Dispatch(Protocol):
    """Hands runs to workers. Conformance: ``tests/core/test_dispatch.py``."""

    async def submit(self, ctx: Context, run_id: RunId, *, priority: int = 0, not_before: datetime | None = None) -> None:
        """Make the run's job in the context's transaction; workers are woken after its commit.

        Higher priorities are claimed first. Does nothing when the run has a job waiting already, so it may be repeated.
        """
        ...

    async def cancel(self, ctx: Context, run_id: RunId) -> None:
        """Take the run's waiting job away, and cancel the task that carries the run, after the commit. May be repeated."""
        ...

    async def wake(self, ctx: Context, run_id: RunId, *, priority: int = 0) -> None:
        """Make a job for a run that goes on after a pause. A job that is still ending holds it back until it has ended."""
        ...

    async def run_worker(self, handler: Handler, concurrency: int, claim: Claim | None = None) -> None:
        """Claim jobs and hand them to ``handler``, at most ``concurrency`` at a time, until cancelled.

        ``claim`` takes the place of ``dispatch.claim``: it may make jobs of what waits elsewhere, and begin their runs.

        On cancellation no new job is claimed, running ones get the configured grace and are then cancelled and put back.
        Outlives outages of the database. A job whose handler raises is put back with a growing delay.
        """
        ...

    async def health(self, tx: Tx) -> Health:
        """Say how dispatch stands."""
        ...
