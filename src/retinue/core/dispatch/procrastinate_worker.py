"""A worker: Procrastinate's own, fed by the batching job manager and woken by the bus. Outlives outages of the database."""

import asyncio
import logging
import uuid
from collections.abc import Callable

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision, jobs
from procrastinate.worker import Worker

from retinue.core.bus.bus import Bus
from retinue.core.db.connections import Manner
from retinue.core.db.pools import Pool
from retinue.core.dispatch.liveness_guard import PeerLivenessGuard
from retinue.core.dispatch.port import Claim, Handler
from retinue.core.dispatch.procrastinate_jobs import QUEUE, TASK_NAME, BatchingJobManager, retry_seconds
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.ids import RunId
from retinue.core.logging import get_logger

_log = get_logger(__name__)

_POOL_SIZE = 3
_RESTART_SECONDS = 1.0
_ABORT_POLL_SECONDS = 1.0
_CONNECT_SECONDS = 10
_NEIGHBOUR_POLL_SECONDS = 0.5
"""Looks at the process list of the machine, not at the database."""
_NEVER_SECONDS = 1e6
_IDLE_FACTOR = 4 / 3
"""A worker without jobs gives signs of life less often: nobody waits for its end, and it still notices the end of others."""


class _Again(BaseRetryStrategy):
    """Puts back what was cancelled by the worker's own stop at once, and what failed with a delay that doubles."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> RetryDecision | None:
        """Decide about one job; None deletes it, as when its run was cancelled."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        return RetryDecision(retry_in={"seconds": retry_seconds(job.attempts)})


async def run_worker(  # noqa: PLR0913 - the composition of a worker
    url: str,
    bus: Bus,
    settings: DispatchSettings,
    *,
    manner: Manner,
    handler: Handler,
    concurrency: int,
    claim: Claim | None = None,
    may_claim: Callable[[], bool] = lambda: True,
) -> None:
    """Claim jobs and hand them to ``handler`` until cancelled; none while ``may_claim`` says no."""
    # Procrastinate logs each job on several lines; the run's own events say it better.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    pool = Pool(url, size=_POOL_SIZE, manner=manner, wait_seconds=_CONNECT_SECONDS)
    await pool.open()
    liveness_guard = PeerLivenessGuard(settings.worker_stall_seconds)
    try:
        while True:
            try:
                manager = BatchingJobManager(pool, bus, concurrency, liveness_guard, may_claim=may_claim, claim=claim)
                await _one_life(manager, settings, handler=handler, concurrency=concurrency)
            except Exception as error:  # noqa: BLE001 - the border of a worker: it must outlive what it stands on
                _log.error("dispatch.worker_failed", exc_info=error)
                if _is_cancelled():  # the library's own end failed, and its error took the place of the cancellation
                    raise asyncio.CancelledError from None
            await asyncio.sleep(_RESTART_SECONDS)
    finally:
        await pool.close()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _one_life(manager: BatchingJobManager, settings: DispatchSettings, *, handler: Handler, concurrency: int) -> None:
    app = App(connector=PsycopgConnector())
    app.job_manager = manager

    async def run(run_id: str) -> None:
        if await handler(RunId(uuid.UUID(run_id))):
            manager.note_removed(run_id)

    app.task(name=TASK_NAME, queue=QUEUE, retry=_Again())(run)
    worker = Worker(
        app,
        queues=[QUEUE],
        concurrency=concurrency,
        delete_jobs="always",
        install_signal_handlers=False,
        shutdown_graceful_timeout=settings.worker_grace_seconds,
        update_heartbeat_interval=_NEVER_SECONDS,
        stalled_worker_timeout=settings.worker_stall_seconds,
        fetch_job_polling_interval=settings.worker_poll_seconds,
        abort_job_polling_interval=_ABORT_POLL_SECONDS,
    )
    looking = [
        asyncio.create_task(_beat(manager, settings), name="dispatch beat"),
        asyncio.create_task(_watch_neighbours(manager), name="dispatch neighbours"),
    ]
    try:
        await worker.run()
    finally:
        for each in looking:
            each.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


async def _beat(manager: BatchingJobManager, settings: DispatchSettings) -> None:
    await manager.registered.wait()
    while True:
        try:
            count = await manager.beat(settings.worker_stall_seconds)
            if count:
                _log.warning("dispatch.stalled_jobs_put_back", jobs=count)
        except Exception as error:  # noqa: BLE001 - the border of periodic work: the next beat tries again
            _log.warning("dispatch.heartbeat_failed", error=str(error))
        await asyncio.sleep(settings.worker_heartbeat_seconds * (1 if manager.has_jobs else _IDLE_FACTOR))


async def _watch_neighbours(manager: BatchingJobManager) -> None:
    while True:
        await asyncio.sleep(_NEIGHBOUR_POLL_SECONDS)
        try:
            count = await manager.bury_neighbours()
            if count:
                _log.warning("dispatch.jobs_of_dead_neighbour_put_back", jobs=count)
        except Exception as error:  # noqa: BLE001 - as above
            _log.warning("dispatch.burying_failed", error=str(error))
