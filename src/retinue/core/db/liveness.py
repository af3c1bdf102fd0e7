"""Taking a pooled connection that still lives, without asking the server each time.

An idle connection has nothing to read. If its socket is readable, the server has closed it or said goodbye. So a restart of
the server costs no request, and a living connection costs two microseconds; the pool's own check costs a round trip, and
waits a second or more after each dead connection. Where one connection fell silent, all that were not heard of since go
with it, so that a network that swallows what is sent costs one deadline and not one for each connection.
"""

import select
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from retinue.core.db.connections import Connection
from retinue.core.db.pools import Pool


@asynccontextmanager
async def checked_connection(
    pool: Pool, *, wait_seconds: float | None = None, deadline_seconds: float | None = None, is_quick: bool = False
) -> AsyncGenerator[Connection]:
    """Take a connection from a pool and give it back at the end; dead ones are thrown away, and the pool replaces them.

    ``wait_seconds`` bounds the waiting for one while nothing moves, ``deadline_seconds`` each statement on it; without, the
    pool's own. Raises ``psycopg_pool.PoolTimeout``. What ``is_quick`` says nothing about whether its kind of request moves.
    """
    wait = pool.timeout if wait_seconds is None else wait_seconds
    async with pool.lane(wait):
        while True:
            async with pool.free(wait) as connection:
                if pool.is_suspect(connection) or not _lives(connection):
                    await connection.close()
                    continue
                usual = connection.deadline_seconds
                connection.deadline_seconds = usual if deadline_seconds is None else deadline_seconds
                try:
                    yield connection
                    if not is_quick:
                        pool.note_end()
                    return
                finally:
                    connection.deadline_seconds = usual
                    if connection.silent_since is not None:
                        pool.note_silence(connection.silent_since)


def _lives(connection: Connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
