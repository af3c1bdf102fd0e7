"""Procrastinate's job manager, claiming and ending in batches: one commit for several jobs where the library takes one each.

Everything Procrastinate's worker asks of the database passes through here, so here is also where an outage is borne: what
cannot be asked now is asked again, and no running job is lost for it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from procrastinate import PsycopgConnector, jobs, manager

from retinue.core.bus.bus import Bus
from retinue.core.db.liveness import checked_connection
from retinue.core.db.outages import CONNECTION_ERRORS
from retinue.core.db.pools import Pool
from retinue.core.dispatch.liveness_guard import PeerLivenessGuard
from retinue.core.dispatch.port import Claim, ClaimedJob, Claims
from retinue.core.logging import get_logger
from retinue.core.processes import ProcessIdentity, is_gone, own_identity

_log = get_logger(__name__)

TASK_NAME = "run"
QUEUE = "runs"
_MAX_CLAIM = 32
_FULL_SECONDS = 0.25
"""While runs are pending for an end: what ends here is noticed at once, what ends elsewhere after this long."""
_DUE_GAP_SECONDS = 0.25
"""From a job that fell due to the next look: what falls due a moment after it waits this long at most."""
_RETRY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 60
_YIELD_SECONDS_A_JOB = 0.0005
_LONGEST_YIELD_SECONDS = 0.005
"""A worker with jobs in hand lets those with fewer claim first, and then claims several at once."""
_OUTAGE = (*CONNECTION_ERRORS, OSError)


def retry_seconds(attempts: int) -> int:
    """Return how long a job waits that has failed so often: doubling from one second to a minute."""
    return min(2 ** min(attempts, 10), _LONGEST_DELAY_SECONDS)


class BatchingJobManager(manager.JobManager):
    """Claims as many jobs as there is room for in one commit, and ends together what ended together."""

    def __init__(
        self,
        pool: Pool,
        bus: Bus,
        concurrency: int,
        liveness_guard: PeerLivenessGuard,
        *,
        may_claim: Callable[[], bool] = lambda: True,
        claim: Claim | None = None,
    ) -> None:
        """Take the worker's pool; ``concurrency`` bounds the jobs in hand, ``liveness_guard`` says when others may be dead.

        While ``may_claim`` says no, nothing is claimed; what is in hand goes on. ``claim``: see ``Dispatch.run_worker``.
        """
        super().__init__(PsycopgConnector())
        self._pool = pool
        self._steadiness = liveness_guard
        self._may_claim = may_claim
        self._claim_jobs = claim or self._claim_waiting
        self._is_full = False
        self._removed: set[str] = set()
        self._bus = bus
        self._concurrency = concurrency
        self._claimed: deque[jobs.Job] = deque()
        self._in_hand: set[int] = set()
        self._is_claiming = False
        self._wakes = 0
        self._emptied_at: int | None = None
        self._ended: dict[int, asyncio.Future[None]] = {}
        self._ending: asyncio.Task[None] | None = None
        self._worker_id = 0
        self.registered = asyncio.Event()
        self._identity = own_identity()
        self._neighbours: dict[int, ProcessIdentity] = {}
        self._arrived: asyncio.Queue[jobs.Notification] | None = None
        self._due: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None

    async def _ask(self, query: LiteralString, *parameters: object) -> list[Any]:
        async with checked_connection(self._pool) as connection:
            return await (await connection.execute(query, parameters, prepare=True)).fetchall()

    _CLAIM: LiteralString = "SELECT job_id, run_id, job_attempts FROM dispatch.claim(%s, %s)"

    async def _claim_waiting(self, worker_id: int, most: int) -> Claims:
        return Claims([ClaimedJob(*row) for row in await self._ask(self._CLAIM, worker_id, most)])

    @property
    def has_jobs(self) -> bool:
        """Whether jobs are claimed or in hand here."""
        return bool(self._in_hand or self._claimed)

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> jobs.Job | None:
        """Return a claimed job, claiming more when none is left; None when there is none, or the database is away."""
        del queues
        while not self._claimed:
            if not self._may_claim():
                return None
            if self._in_hand:
                await asyncio.sleep(min(len(self._in_hand) * _YIELD_SECONDS_A_JOB, _LONGEST_YIELD_SECONDS))
            wakes, emptied_at, self._emptied_at = self._wakes, self._emptied_at, None
            if wakes == emptied_at or (not await self._claim(worker_id) and wakes == self._wakes):
                return None
        job = self._claimed.popleft()
        self._in_hand.add(job.id or 0)
        return job

    async def _claim(self, worker_id: int) -> bool:
        room = max(1, min(_MAX_CLAIM, self._concurrency - len(self._in_hand)))
        wakes = self._wakes
        self._is_claiming = True
        try:
            claims = await self._claim_jobs(worker_id, room)
        except psycopg.errors.ForeignKeyViolation:
            # Other workers took this one for dead and deleted its row while it was suspended.
            await self.update_heartbeat(worker_id)
            self._wakes += 1
            return False
        except _OUTAGE as error:
            _log.warning("dispatch.claim_failed", error=str(error))
            self._look_again(None)  # the next beat that succeeds says when
            return False
        finally:
            self._is_claiming = False
        self._claimed.extend(_job(each, worker_id) for each in claims.jobs)
        if claims.jobs and len(claims.jobs) < room:
            # These were all there are: the library asks until there is none, so the next answer needs no query.
            self._emptied_at = wakes
        self._is_full = claims.is_full
        if claims.is_full and self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(_FULL_SECONDS, self._claim_again)
        return bool(claims.jobs)

    def note_removed(self, run_id: str) -> None:
        """Note that the commit which ended a run has removed its job."""
        self._removed.add(run_id)

    async def listen_for_jobs(
        self, *, on_notification: manager.NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        """Hand what the bus tells to the worker, until cancelled."""
        del queues
        arrived = self._arrived = asyncio.Queue[jobs.Notification]()

        def job_abort(job_id: int) -> None:
            arrived.put_nowait({"type": "abort_job_requested", "job_id": job_id})

        self._bus.on_job_ready, self._bus.on_job_abort = self._wake, job_abort
        try:
            while True:
                await on_notification(channel=QUEUE, notification=await arrived.get())
        finally:
            self._bus.on_job_ready = self._bus.on_job_abort = self._arrived = None
            self._look_again(None)

    _END: LiteralString = "SELECT dispatch.finish(%s, %s)"

    async def finish_job(self, job: jobs.Job, status: jobs.Status, delete_job: bool) -> None:  # noqa: FBT001 - the library's
        """Delete the job, if it is still this worker's, together with others that end now."""
        del status, delete_job
        if job.id is None:
            return
        if self._is_full:
            self._wake()
        if job.lock in self._removed:
            self._removed.discard(job.lock)
            self._in_hand.discard(job.id)
            return
        future = asyncio.get_running_loop().create_future()
        self._ended[job.id] = future
        if self._ending is None or self._ending.done():
            self._ending = asyncio.create_task(self._end(), name="dispatch ending")
        await future

    async def _end(self) -> None:
        while self._ended:
            batch, self._ended = self._ended, {}
            try:
                ((has_next,),) = await self._ask(self._END, list(batch), self._worker_id)
            except _OUTAGE as error:
                _log.warning("dispatch.ending_failed", error=str(error), jobs=len(batch))
                self._ended = batch | self._ended
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            self._in_hand.difference_update(batch)
            for future in batch.values():
                if not future.done():
                    future.set_result(None)
            if has_next:
                # Another job of the same run was waiting for the end of this job.
                self._bus.job_ready()

    _RETRY: LiteralString = "SELECT dispatch.put_back(%s, %s, tenant.now() + make_interval(secs => %s))"

    async def retry_job(
        self,
        job: jobs.Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back that failed here; ``retry_at`` says that it waits, for as long as its attempts make it.

        The library's instant is that of this machine's clock, so the seconds are counted again by the database's.
        """
        del priority, queue, lock
        wait = None if retry_at is None else retry_seconds(job.attempts)
        try:
            await self._ask(self._RETRY, [job.id], self._worker_id, wait)
        except _OUTAGE as error:
            # It stays claimed by this worker; the sweep finds that nobody has it in hand.
            _log.warning("dispatch.putting_back_failed", error=str(error), job_id=job.id)
        finally:
            self._in_hand.discard(job.id or 0)
        self._bus.job_ready()

    _REGISTER: LiteralString = "SELECT worker_id FROM dispatch.procrastinate_register_worker_v1()"

    async def register_worker(self) -> int:
        """Enter this worker into the list of workers."""
        rows = await self._ask(self._REGISTER)
        self._worker_id = int(rows[0][0])
        self._steadiness.heartbeat_sent()
        self.registered.set()
        return self._worker_id

    _UNREGISTER: LiteralString = "SELECT dispatch.procrastinate_unregister_worker_v1(%s)"

    async def unregister_worker(self, worker_id: int) -> None:
        """Put back what was claimed and not begun, and leave the list of workers."""
        left = [job.id for job in self._claimed]
        self._claimed.clear()
        try:
            await self._ask(self._RETRY, left, worker_id, None)
            await self._ask(self._UNREGISTER, worker_id)
        except _OUTAGE as error:
            _log.warning("dispatch.leaving_failed", error=str(error))
        if left:
            self._bus.job_ready()

    _ENTER: LiteralString = """
INSERT INTO dispatch.procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (%s, tenant.now())
ON CONFLICT (id) DO UPDATE SET last_heartbeat = tenant.now()
"""

    async def update_heartbeat(self, worker_id: int) -> None:
        """Enter a worker again that others took for dead; its signs of life are ``beat``."""
        try:
            async with checked_connection(self._pool) as connection:
                await connection.execute(self._ENTER, (worker_id,))
            self._steadiness.heartbeat_sent()
        except _OUTAGE as error:
            _log.warning("dispatch.heartbeat_failed", error=str(error))

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:
        """Leave the others to ``beat``."""
        del seconds_since_heartbeat
        return []

    _TO_ABORT: LiteralString = """
SELECT id FROM dispatch.procrastinate_jobs WHERE worker_id = %s AND status = 'doing' AND abort_requested
"""

    async def list_jobs_to_abort_async(self, queue: str | None = None) -> list[int]:
        """Name this worker's jobs that are to be aborted: the slow way, behind the bus."""
        del queue
        return [int(row[0]) for row in await self._ask(self._TO_ABORT, self._worker_id)]

    _BEAT: LiteralString = """
SELECT put_back, mine, due_seconds, neighbours FROM dispatch.beat(%s, %s, %s, %s, %s, %s)
"""

    async def beat(self, stall_seconds: float) -> int:
        """Give a sign of life and look after all that nobody tells; say how many jobs were put back.

        These are the jobs of workers that were not heard of for so long, and what the table says this worker carries and
        nobody here has in hand: a claim whose answer was lost with its connection leaves such jobs.
        """
        own, may_judge, is_claiming = self._identity, self._steadiness.may_reap(), self._is_claiming
        identity = (None, None, None) if own is None else (own.machine, own.pid, own.started)
        ((put_back, mine, due_seconds, neighbours),) = await self._ask(
            self._BEAT, self._worker_id, *identity, stall_seconds, may_judge
        )
        self._steadiness.heartbeat_sent()
        machine = "" if own is None else own.machine
        self._neighbours = {
            int(worker_id): ProcessIdentity(machine, int(pid), str(started)) for worker_id, pid, started in neighbours
        }
        orphans = await self._requeue_orphaned_jobs({int(each) for each in mine}, is_claiming=is_claiming)
        if put_back or orphans:
            self._bus.job_ready()
        self._look_again(due_seconds)
        return int(put_back) + orphans + await self.bury_neighbours()

    async def _requeue_orphaned_jobs(self, mine: set[int], *, is_claiming: bool) -> int:
        known = self._in_hand | {job.id or 0 for job in self._claimed}
        orphans = sorted(mine - known)
        if is_claiming or self._is_claiming or not orphans:
            return 0  # what is being claimed right now may be committed and not yet known here: the next beat looks again
        await self._ask(self._RETRY, orphans, self._worker_id, None)
        return len(orphans)

    def _look_again(self, due_seconds: float | None) -> None:
        """Look for jobs when the next one is due, be it now: a wake-up may have been lost, and a delayed job has none."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if due_seconds is not None:
            self._due = asyncio.get_running_loop().call_later(due_seconds, self._look_at_due)

    def _look_at_due(self) -> None:
        """Look now, and again until the next beat, which alone knows what falls due after this."""
        self._wake()
        self._due = asyncio.get_running_loop().call_later(_DUE_GAP_SECONDS, self._look_at_due)

    def _claim_again(self) -> None:
        self._retry = None
        self._wake()

    def _wake(self) -> None:
        # The worker forgets a wake-up that comes while it is asking; the count lets the claim ask once more.
        self._wakes += 1
        if self._arrived is not None:
            self._arrived.put_nowait({"type": "job_inserted", "job_id": 0})

    _BURY: LiteralString = "SELECT dispatch.bury(%s)"

    async def bury_neighbours(self) -> int:
        """Put back the jobs of workers on this machine whose process is gone; asks the database only when there are some."""
        gone = [worker_id for worker_id, process in self._neighbours.items() if is_gone(process)]
        if not gone:
            return 0
        ((count,),) = await self._ask(self._BURY, gone)
        for worker_id in gone:
            self._neighbours.pop(worker_id, None)
        if count:
            self._bus.job_ready()
        return int(count)


def _job(claimed: ClaimedJob, worker_id: int) -> jobs.Job:
    run_id = str(claimed.run_id)
    return jobs.Job(
        id=claimed.id,
        queue=QUEUE,
        lock=run_id,
        queueing_lock=run_id,
        task_name=TASK_NAME,
        task_kwargs={"run_id": run_id},
        status=jobs.Status.DOING.value,
        attempts=claimed.attempts,
        worker_id=worker_id,
    )
