"""The pool of connections: who waits is refused when no work moves, and only then."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from psycopg_pool import PoolTimeout

from retinue.core.db.connections import USUAL
from retinue.core.db.liveness import checked_connection
from retinue.core.db.pools import Pool
from tests.conftest import Postgres

_WAIT_SECONDS = 0.4


async def test_a_process_that_stood_still_refuses_nobody_for_the_time_it_stood(postgres: Postgres) -> None:
    async with Pool(postgres.app_url, size=1, manner=USUAL, wait_seconds=_WAIT_SECONDS) as pool:
        is_held, was_served = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with checked_connection(pool, wait_seconds=20):
                is_held.set()
                await asyncio.sleep(_WAIT_SECONDS * 1.5)

        async def ask() -> None:
            async with checked_connection(pool):
                was_served.set()

        holder = asyncio.create_task(hold())
        await is_held.wait()
        asker = asyncio.create_task(ask())
        await asyncio.sleep(0)
        time.sleep(_WAIT_SECONDS * 2)  # noqa: ASYNC251 -- the loop stands still: as where the machine gives it no processor
        await asyncio.gather(holder, asker)

    assert was_served.is_set()


async def test_who_waits_for_a_connection_that_nobody_gives_back_is_refused(postgres: Postgres) -> None:
    async with (
        Pool(postgres.app_url, size=1, manner=USUAL, wait_seconds=_WAIT_SECONDS) as pool,
        checked_connection(pool, wait_seconds=20),
    ):
        with pytest.raises(PoolTimeout, match="does not come to an end"):
            async with checked_connection(pool):
                pass


async def test_connections_that_nobody_needs_any_more_are_closed_together(postgres: Postgres) -> None:
    pool = Pool(postgres.app_url, size=5, manner=USUAL, wait_seconds=20)
    pool.max_idle = 0.2
    async with pool:
        async with AsyncExitStack() as stack:
            for _ in range(5):
                await stack.enter_async_context(pool.connection())
            assert pool.get_stats()["pool_size"] == 5

        async with asyncio.timeout(20):
            while pool.get_stats()["pool_size"] > 1:
                await asyncio.sleep(0.01)

        async with pool.connection() as connection:
            await connection.execute("SELECT 1")


async def test_a_connection_that_did_much_is_replaced_when_the_busy_time_has_ended(postgres: Postgres) -> None:
    pool = Pool(postgres.app_url, size=1, manner=USUAL, wait_seconds=20)
    pool.max_idle = 0.5
    async with pool:
        async with pool.connection() as connection:
            much_used = connection.info.backend_pid
        for _ in range(200):
            async with pool.connection() as connection:
                pass

        async with asyncio.timeout(20):
            while connection.info.backend_pid == much_used:
                await asyncio.sleep(0.1)
                async with pool.connection() as connection:
                    pass


async def test_the_connection_that_came_back_last_is_given_out_next(postgres: Postgres) -> None:
    async with Pool(postgres.app_url, size=2, manner=USUAL, wait_seconds=20) as pool:
        first, second = await pool.getconn(), await pool.getconn()

        await pool.putconn(first)
        await pool.putconn(second)

        given = [await pool.getconn() for _ in range(2)]
        for each in given:
            await pool.putconn(each)
    assert given == [second, first]


async def test_a_cancellation_that_comes_with_the_connection_is_not_lost(postgres: Postgres) -> None:
    async with Pool(postgres.app_url, size=1, manner=USUAL, wait_seconds=20) as pool:
        held = await pool.getconn()
        asker = asyncio.create_task(pool.getconn())
        await asyncio.sleep(0.05)
        await pool.putconn(held)  # gives it to the asker, which has not run since
        asker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asker

        async with asyncio.timeout(5):
            await pool.putconn(await pool.getconn())
