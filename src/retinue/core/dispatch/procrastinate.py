"""Dispatch by Procrastinate on the same PostgreSQL: jobs are rows of the caller's transaction.

The verbs are SQL alone, so that a process which only submits never imports the library; ``run_worker`` does.
"""

from collections.abc import Callable
from datetime import datetime
from typing import LiteralString

from retinue.core.bus.bus import Bus
from retinue.core.context import Context, Tx
from retinue.core.db.connections import USUAL, Manner
from retinue.core.dispatch.port import Claim, Handler, Health
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.ids import RunId


class ProcrastinateDispatch:
    """Jobs in the schema ``dispatch``; the bus wakes workers and tells them what to abort."""

    def __init__(
        self,
        url: str,
        bus: Bus,
        settings: DispatchSettings,
        *,
        manner: Manner = USUAL,
        may_claim: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take the URL of the serving role, for the worker's own few connections; ``may_claim`` holds its claiming back."""
        self._manner = manner
        self._may_claim = may_claim
        self._url = url
        self._bus = bus
        self._settings = settings

    _SUBMIT: LiteralString = "SELECT dispatch.submit(%s, %s, %s)"

    async def submit(self, ctx: Context, run_id: RunId, *, priority: int = 0, not_before: datetime | None = None) -> None:
        """Make the run's job in the context's transaction; workers are woken after its commit."""
        await ctx.tx.execute(self._SUBMIT, (run_id, priority, not_before), prepare=True)
        ctx.after_commit.append(self._bus.job_ready)

    _CANCEL: LiteralString = "SELECT dispatch.cancel(%s)"

    async def cancel(self, ctx: Context, run_id: RunId) -> None:
        """Take the run's waiting job away, and cancel the task that carries the run, after the commit."""
        row = await (await ctx.tx.execute(self._CANCEL, (run_id,), prepare=True)).fetchone()
        job_id: int | None = None if row is None else row[0]
        if job_id is not None:
            ctx.after_commit.append(lambda: self._bus.job_abort(job_id))

    async def wake(self, ctx: Context, run_id: RunId, *, priority: int = 0) -> None:
        """Make a job for a run that goes on after a pause."""
        await self.submit(ctx, run_id, priority=priority)

    async def run_worker(self, handler: Handler, concurrency: int, claim: Claim | None = None) -> None:
        """Claim jobs and hand them to ``handler``, at most ``concurrency`` at a time, until cancelled."""
        # Only workers pay for importing Procrastinate.
        from retinue.core.dispatch.procrastinate_worker import run_worker  # noqa: PLC0415

        await run_worker(
            self._url,
            self._bus,
            self._settings,
            manner=self._manner,
            handler=handler,
            concurrency=concurrency,
            claim=claim,
            may_claim=self._may_claim,
        )

    _HEALTH: LiteralString = "SELECT workers, ready + delayed, running FROM tenant.standing(%s)"

    async def health(self, tx: Tx) -> Health:
        """Say how dispatch stands."""
        row = await (await tx.execute(self._HEALTH, (self._settings.worker_stall_seconds,))).fetchone()
        return Health(0, 0, 0) if row is None else Health(int(row[0]), int(row[1]), int(row[2]))
