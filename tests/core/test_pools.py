"""The pool of connections: who waits is refused when no work moves, and only then."""

import asyncio
import time

import pytest
from psycopg_pool import PoolTimeout

from retinue.core.db.connections import USUAL
from retinue.core.db.liveness import living
from retinue.core.db.pools import Pool
from tests.conftest import Postgres

_WAIT_SECONDS = 0.4


async def test_a_process_that_stood_still_refuses_nobody_for_the_time_it_stood(postgres: Postgres) -> None:
    async with Pool(postgres.app_url, size=1, manner=USUAL, wait_seconds=_WAIT_SECONDS) as pool:
        is_held, was_served = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with living(pool, wait_seconds=20):
                is_held.set()
                await asyncio.sleep(_WAIT_SECONDS * 1.5)

        async def ask() -> None:
            async with living(pool):
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
        living(pool, wait_seconds=20),
    ):
        with pytest.raises(PoolTimeout, match="does not come to an end"):
            async with living(pool):
                pass
