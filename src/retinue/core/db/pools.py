"""A pool that is there again soon after its server is.

psycopg's pool tries a lost connection again after 1, 2, 4, 8 … seconds, so that after an outage of ten seconds the next try
comes at fifteen. A refused connection costs next to nothing, so ours never waits longer than half a second.
"""

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from psycopg_pool.pool_async import AddConnection, MaintenanceTask

_LONGEST_PAUSE_SECONDS = 0.5


class Pool(AsyncConnectionPool[AsyncConnection[Any]]):
    """psycopg's pool of asynchronous connections, with short pauses between two tries to connect."""

    async def schedule_task(self, task: MaintenanceTask, delay: float) -> None:
        """Do a piece of the pool's upkeep after a delay, in seconds; a connection is made anew sooner than asked."""
        pause = min(delay, _LONGEST_PAUSE_SECONDS) if isinstance(task, AddConnection) else delay
        await super().schedule_task(task, pause)
