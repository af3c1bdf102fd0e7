"""Dispatch, through its port: a job is part of the caller's commit, is carried once, and outlives its worker."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import resources
from importlib.metadata import files
from typing import LiteralString

import psycopg
import pytest

from retinue.core.bus.bus import Bus
from retinue.core.bus.ports import WORK
from retinue.core.bus.transport_postgres import PostgresTransport
from retinue.core.context import anonymous
from retinue.core.dispatch.port import Dispatch, Handler
from retinue.core.dispatch.procrastinate import ProcrastinateDispatch
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.ids import RunId, new_id
from retinue.process import Process
from tests.conftest import Postgres

SETTINGS = DispatchSettings(
    worker_heartbeat_seconds=0.1, worker_stall_seconds=1, worker_grace_seconds=0.1, worker_poll_seconds=30
)


_FALL_SILENT = "UPDATE dispatch.procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %s"


class Crew:
    """Makes workers on their own bus, as their own process would."""

    def __init__(self, postgres: Postgres) -> None:
        self._url = postgres.app_url
        self.carried: asyncio.Queue[RunId] = asyncio.Queue()

    async def carry(self, run_id: RunId) -> bool:
        await self.carried.put(run_id)
        return False

    @asynccontextmanager
    async def worker(
        self, handler: Handler | None = None, concurrency: int = 10, settings: DispatchSettings = SETTINGS
    ) -> AsyncGenerator[None]:
        bus = Bus(PostgresTransport(self._url))
        await bus.start([WORK])
        dispatch = ProcrastinateDispatch(self._url, bus, settings)
        task = asyncio.create_task(dispatch.run_worker(handler or self.carry, concurrency))
        async with asyncio.timeout(5):
            await bus.connected.wait()
            while bus.on_job_ready is None:
                await asyncio.sleep(0.01)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await bus.stop()

    async def next(self) -> RunId:
        async with asyncio.timeout(5):
            return await self.carried.get()


@pytest.fixture
async def crew(postgres: Postgres) -> AsyncIterator[Crew]:
    """Give workers in a database where nothing waits, neither jobs nor the pending runs of an earlier test."""
    await _as_owner(postgres, "UPDATE runs SET status = 'cancelled' WHERE status IN ('pending', 'running')")
    yield Crew(postgres)
    await _as_owner(postgres, "DELETE FROM dispatch.procrastinate_jobs")


async def _as_owner(postgres: Postgres, statement: LiteralString) -> None:
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute(statement)


@pytest.fixture
def dispatch(process: Process) -> Dispatch:
    return process.resources.dispatch


async def _submit(process: Process, *runs: RunId) -> None:
    async with process.database.context(anonymous()) as ctx:
        for run in runs:
            await process.resources.dispatch.submit(ctx, run)


async def test_a_committed_job_is_picked_up_at_once(process: Process, crew: Crew) -> None:
    run = RunId(new_id())

    async with crew.worker():
        await _submit(process, run)

        assert await crew.next() == run


async def test_a_job_that_is_rolled_back_never_was(process: Process, dispatch: Dispatch, crew: Crew) -> None:
    gone, kept = RunId(new_id()), RunId(new_id())

    async with crew.worker():
        with suppress(ZeroDivisionError):
            async with process.database.context(anonymous()) as ctx:
                await dispatch.submit(ctx, gone)
                raise ZeroDivisionError
        await _submit(process, kept)

        assert await crew.next() == kept
        assert crew.carried.empty()


async def test_a_run_has_one_waiting_job_however_often_it_is_submitted(
    process: Process, dispatch: Dispatch, crew: Crew
) -> None:
    run, other = RunId(new_id()), RunId(new_id())
    await _submit(process, run, run)
    await _submit(process, run, other)
    async with process.database.context(anonymous()) as ctx:
        depth = (await dispatch.health(ctx.tx)).queue_depth

    async with crew.worker():
        assert {await crew.next(), await crew.next()} == {run, other}

    assert depth == 2
    assert crew.carried.empty()


async def test_jobs_that_fall_due_close_together_are_carried_without_waiting_for_a_beat(
    crew: Crew, postgres: Postgres
) -> None:
    first, second = RunId(new_id()), RunId(new_id())
    seldom = SETTINGS.model_copy(update={"worker_heartbeat_seconds": 60, "worker_stall_seconds": 600})
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        for run, seconds in ((first, 2.0), (second, 2.2)):
            await owner.execute("SELECT dispatch.submit(%s, 0, tenant.now() + make_interval(secs => %s))", (run, seconds))

    async with crew.worker(settings=seldom):
        carried = [await crew.next(), await crew.next()]

    assert carried == [first, second]


async def test_higher_priority_is_claimed_first(process: Process, dispatch: Dispatch, crew: Crew) -> None:
    low, high = RunId(new_id()), RunId(new_id())
    async with process.database.context(anonymous()) as ctx:
        await dispatch.submit(ctx, low, priority=-5)
        await dispatch.submit(ctx, high, priority=5)

    async with crew.worker(concurrency=1):
        assert [await crew.next(), await crew.next()] == [high, low]


async def test_cancel_takes_a_waiting_job_away_and_cancels_a_running_one(
    process: Process, dispatch: Dispatch, crew: Crew
) -> None:
    running, waiting = RunId(new_id()), RunId(new_id())
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def carry(run_id: RunId) -> bool:
        assert run_id == running
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return False

    async with crew.worker(carry, concurrency=1), asyncio.timeout(5):
        await _submit(process, running)
        await began.wait()
        await _submit(process, waiting)
        async with process.database.context(anonymous()) as ctx:
            await dispatch.cancel(ctx, waiting)
            await dispatch.cancel(ctx, running)
        await cancelled.wait()
        async with process.database.context(anonymous()) as ctx:
            while (health := await dispatch.health(ctx.tx)).running or health.queue_depth:
                await asyncio.sleep(0.01)


async def test_a_run_woken_while_its_job_ends_is_carried_again_after_it(
    process: Process, dispatch: Dispatch, crew: Crew
) -> None:
    run = RunId(new_id())
    carried: list[RunId] = []
    at_once, most = 0, 0
    again = asyncio.Event()

    async def carry(run_id: RunId) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        carried.append(run_id)
        if len(carried) == 1:
            async with process.database.context(anonymous()) as ctx:
                await dispatch.wake(ctx, run)
            await asyncio.sleep(0.05)
        else:
            again.set()
        at_once -= 1
        return False

    async with crew.worker(carry), asyncio.timeout(5):
        await _submit(process, run)
        await again.wait()

    assert (carried, most) == ([run, run], 1)


async def test_a_handler_that_fails_is_tried_again(process: Process, crew: Crew) -> None:
    run = RunId(new_id())
    attempts: list[RunId] = []
    done = asyncio.Event()

    async def carry(run_id: RunId) -> bool:
        attempts.append(run_id)
        if len(attempts) == 1:
            raise ZeroDivisionError
        done.set()
        return False

    async with crew.worker(carry), crew.worker(carry):
        await _submit(process, run)
        async with asyncio.timeout(10):
            while not done.is_set():
                await asyncio.sleep(0.2)
                async with process.database.context(anonymous()) as ctx:
                    # What the poll would find after its interval.
                    ctx.after_commit.append(process.bus.job_ready)

    assert attempts == [run, run]


async def test_stopping_a_worker_hands_its_runs_to_another(process: Process, crew: Crew) -> None:
    run = RunId(new_id())
    began = asyncio.Event()

    async def hang(run_id: RunId) -> bool:
        began.set()
        return await asyncio.Event().wait()

    async with crew.worker(hang):
        await _submit(process, run)
        async with asyncio.timeout(5):
            await began.wait()
    async with crew.worker():
        assert await crew.next() == run


async def test_the_jobs_of_a_dead_worker_go_on_elsewhere(process: Process, crew: Crew, postgres: Postgres) -> None:
    run = RunId(new_id())
    await _submit(process, run)
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        row = await (await owner.execute("SELECT worker_id FROM dispatch.procrastinate_register_worker_v1()")).fetchone()
        assert row is not None
        claimed = await (await owner.execute("SELECT run_id FROM dispatch.claim(%s, 5)", (row[0],))).fetchall()
        assert claimed == [(run,)]

        async with crew.worker():
            await owner.execute(
                "UPDATE dispatch.procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %s", row
            )

            assert await crew.next() == run


async def test_a_worker_outlives_the_loss_of_its_connections(process: Process, crew: Crew, postgres: Postgres) -> None:
    first, second = RunId(new_id()), RunId(new_id())
    release = asyncio.Event()

    async def carry(run_id: RunId) -> bool:
        await crew.carry(run_id)
        return not await release.wait()

    async with crew.worker(carry):
        await _submit(process, first)
        assert await crew.next() == first
        async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
            await owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        release.set()
        for _ in range(50):
            try:
                await _submit(process, second)
                break
            except psycopg.OperationalError:
                await asyncio.sleep(0.05)

        assert await crew.next() == second


async def test_many_jobs_are_carried_each_once(process: Process, crew: Crew) -> None:
    runs = [RunId(new_id()) for _ in range(300)]

    async with crew.worker(concurrency=20), crew.worker(concurrency=20):
        await _submit(process, *runs[:200])
        await _submit(process, *runs[200:])
        carried = [await crew.next() for _ in runs]

    assert sorted(carried) == sorted(runs)
    assert crew.carried.empty()


def test_the_migrated_schema_is_the_installed_library_s_own() -> None:
    migrated = resources.files("retinue.migrations").joinpath("sql", "0006_dispatch.sql").read_text(encoding="utf-8")
    (schema,) = [each for each in files("procrastinate") or [] if str(each).endswith("sql/schema.sql")]

    assert schema.read_text(encoding="utf-8") in migrated
