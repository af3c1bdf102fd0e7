"""Taking a pooled connection that still lives, without asking the server each time.

An idle connection has nothing to read. If its socket is readable, the server has closed it or said goodbye. So a restart of
the server costs no request, and a living connection costs two microseconds; the pool's own check costs a round trip, and
waits a second or more after each dead connection.
"""

import select
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool


@asynccontextmanager
async def living(pool: AsyncConnectionPool[AsyncConnection[Any]]) -> AsyncGenerator[AsyncConnection[Any]]:
    """Take a connection from a pool and give it back at the end; dead ones are thrown away, and the pool replaces them."""
    while True:
        async with pool.connection() as connection:
            if _lives(connection):
                yield connection
                return
            await connection.close()


def _lives(connection: AsyncConnection[Any]) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
