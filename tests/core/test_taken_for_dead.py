"""When a worker may take others for dead: never right after it was out of touch itself, as after an outage or a sleep."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psycopg
import pytest

from retinue.core.bus.bus import Bus
from retinue.core.bus.transport_postgres import PostgresTransport
from retinue.core.context import anonymous
from retinue.core.db.connections import USUAL
from retinue.core.db.pools import Pool
from retinue.core.dispatch.liveness_guard import PeerLivenessGuard
from retinue.core.dispatch.procrastinate_jobs import BatchingJobManager
from retinue.core.ids import RunId, new_id
from retinue.process import Process
from tests.conftest import Postgres

STALL = 30.0
_ALL_SILENT = "UPDATE dispatch.procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"
_HOUR = 3600.0


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Office:
    """Workers' job managers on one database, each with a clock that goes on when all are out of touch."""

    pool: Pool
    bus: Bus
    owner: psycopg.AsyncConnection
    clock: Clock = field(default_factory=Clock)

    async def worker(self) -> tuple[BatchingJobManager, int]:
        manager = BatchingJobManager(self.pool, self.bus, 5, PeerLivenessGuard(STALL, self.clock))
        return manager, await manager.register_worker()

    async def outage(self) -> None:
        """Let an hour pass in which nobody reaches the database."""
        await self.owner.execute(_ALL_SILENT)
        self.clock.now += _HOUR


@pytest.fixture
async def office(postgres: Postgres) -> AsyncIterator[Office]:
    async with (
        Pool(postgres.app_url, size=2, manner=USUAL, wait_seconds=20) as pool,
        await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner,
    ):
        yield Office(pool, Bus(PostgresTransport(postgres.app_url)), owner)
        await owner.execute("DELETE FROM dispatch.procrastinate_jobs")
        await owner.execute("DELETE FROM dispatch.procrastinate_workers")


async def _submit(process: Process) -> None:
    async with process.database.context(anonymous()) as ctx:
        await process.resources.dispatch.submit(ctx, RunId(new_id()))


async def test_after_an_outage_the_first_worker_back_leaves_the_others_their_runs(process: Process, office: Office) -> None:
    carrier, carrier_id = await office.worker()
    other, other_id = await office.worker()
    await _submit(process)
    assert await carrier.fetch_job(None, carrier_id) is not None

    await office.outage()
    assert await other.beat(STALL) == 0
    await other.beat(STALL)
    assert await other.beat(STALL) == 0
    await carrier.beat(STALL)

    office.clock.now += STALL
    await other.beat(STALL)
    assert await other.beat(STALL) == 0
    assert await other.fetch_job(None, other_id) is None


async def test_who_stays_silent_after_an_outage_is_taken_for_dead_in_the_end(process: Process, office: Office) -> None:
    carrier, carrier_id = await office.worker()
    other, other_id = await office.worker()
    await _submit(process)
    assert await carrier.fetch_job(None, carrier_id) is not None

    await office.outage()
    for _ in range(6):
        assert await other.beat(STALL) == 0
        office.clock.now += STALL / 6

    assert await other.beat(STALL) == 1
    assert await other.fetch_job(None, other_id) is not None


async def test_a_worker_whose_machine_slept_does_not_take_its_own_runs_away(process: Process, office: Office) -> None:
    sleeper, its_id = await office.worker()
    await _submit(process)
    assert await sleeper.fetch_job(None, its_id) is not None

    await office.outage()

    assert await sleeper.beat(STALL) == 0
    await sleeper.beat(STALL)
    assert await sleeper.fetch_job(None, its_id) is None


async def test_a_worker_that_is_started_after_all_others_died_goes_on_with_their_runs_at_once(
    process: Process, office: Office
) -> None:
    dead, dead_id = await office.worker()
    await _submit(process)
    assert await dead.fetch_job(None, dead_id) is not None
    await office.outage()

    fresh, fresh_id = await office.worker()

    assert await fresh.beat(STALL) == 1
    assert await fresh.fetch_job(None, fresh_id) is not None
