"""Requests that are really simultaneous, for tests of races.

``asyncio.gather`` alone is no race: a pool starts with one open connection, so that the first request commits while the
others still wait for theirs to be opened, and a missing guard goes unnoticed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from retinue.identity.api_keys.known import KnownKeys
from retinue.process import Process
from retinue.runs.readers import readers_of
from retinue.runs.starting import plans_of, starts_of
from tests.serving import SERVED

T = TypeVar("T")

_ARRIVAL_SECONDS = 60
_POLL_SECONDS = 0.002


async def together(n: int, request: Callable[[int], Awaitable[T]]) -> list[T]:
    """Make ``n`` requests at once and return their results in the order of their numbers, 0 to ``n - 1``.

    Every connection of every served process's pool is opened first, up to the pool's maximum, and taken. The requests are
    sent and pile up at the empty pool. All of them stand there at last, or behind one that stands there: starts of runs
    share a transaction or the making of a plan, and requests with one key its look-up. Or they were answered without the
    database. Then the connections are given back together: as many transactions as the pool has connections begin at once,
    and the rest follow in a closed row. So a request that reads, decides and then writes meets others between its read and
    its write.

    ``request(number)`` returns an awaitable, for example ``lambda number: http.post(path, json=body)``. A client signs in
    with its first request, so let each make one before. Raises the first error of a request, and ``AssertionError`` when the
    requests do not reach the pool (a client that signs in only now, or a lock of the test's own).
    """
    pools = [process.database.pool for process in SERVED]
    assert pools, "together() needs a process that is served by tests.serving.serve"
    async with AsyncExitStack() as barrier:
        for pool in pools:
            await asyncio.gather(
                *(barrier.enter_async_context(pool.connection(_ARRIVAL_SECONDS)) for _ in range(pool.max_size))
            )
        tasks = [asyncio.ensure_future(request(number)) for number in range(n)]

        def arrived() -> int:
            waiting = sum(pool.get_stats()["requests_waiting"] for pool in pools)
            return waiting + sum(map(_waiting, SERVED)) + sum(task.done() for task in tasks)

        try:
            async with asyncio.timeout(_ARRIVAL_SECONDS):
                while arrived() < n:
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            count = arrived()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise AssertionError(f"{count} of {n} requests reached the database: let each client sign in before") from None
    return await asyncio.gather(*tasks)


def _waiting(process: Process) -> int:
    """Return how many requests wait for what another one does in the database for all of them."""
    keys = process.resources.part(KnownKeys, lambda: KnownKeys(process.resources.bus))
    gathered = starts_of(process.database).waiting + readers_of(process.database).waiting
    return gathered + plans_of(process.resources).waiting + keys.waiting
