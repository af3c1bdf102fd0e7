"""A pool that is there again soon after its server is, and lets no kind of request take all of it.

psycopg's pool tries a lost connection again after 1, 2, 4, 8 … seconds, so that after an outage of ten seconds the next try
comes at fifteen. A refused connection costs next to nothing, so ours never waits longer than half a second.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from psycopg_pool.pool_async import AddConnection, MaintenanceTask

from retinue.core.db.connections import Connection, Manner, ServingRoleError, prepare

_LONGEST_PAUSE_SECONDS = 0.5
_LANE_SHARE = 0.7
_LOOKS = 8
"""How often a waiting request looks whether work came to an end. Looks are counted rather than seconds: while this process
itself stood still, for want of a processor, nothing could come to an end, and that says nothing about the database."""
LONGEST_WAIT_SECONDS = 20.0
_MOST_IDLE_SECONDS = 15.0
_BUSY_USES = 60
"""Within the time above; an idle worker asks about once a second."""

LANE: ContextVar[str] = ContextVar("lane", default="")
"""What kind of request the present task is, as 'runs' or 'agents'; empty for work that is bounded elsewhere."""


class _NewestFirst(deque[Connection]):
    """Idle connections; the one that came back last is given out next, and the one at the right is unused for longest.

    A process of PostgreSQL grows with what it is asked, to some fifteen megabytes: in turns all of them would.
    """

    def append(self, connection: Connection) -> None:
        """Return a connection to the idle ones."""
        self.appendleft(connection)


class Pool(AsyncConnectionPool[Connection]):
    """psycopg's pool of asynchronous connections, each checked before it serves.

    Connections that nobody needed for a quarter of a minute are closed together; psycopg's pool closes one at a time. Those
    that are left when a busy time has ended are replaced: they did most of the work, and the server's processes grow.

    A *lane* is a kind of request. One lane may hold seven tenths of the connections: where all of its requests stand before
    one lock, the others still get theirs.
    """

    def __init__(self, url: str, *, size: int, manner: Manner, wait_seconds: float) -> None:
        """Take the URL of the serving role and how many connections there are at most; they are opened by ``open``."""
        super().__init__(
            url,
            connection_class=Connection,
            kwargs=manner.arguments(url),
            min_size=1,
            max_size=size,
            open=False,
            configure=self._prepare,
            timeout=wait_seconds,
            max_idle=_MOST_IDLE_SECONDS,
        )
        self._pool = _NewestFirst()
        self.refusal: ServingRoleError | None = None
        """Why the newest connection must not serve; None when it may."""
        self._manner = manner
        self._silent_since = 0.0
        self._lane_size = max(1, int(size * _LANE_SHARE))
        self._lanes: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(self._lane_size))
        self._in_lanes = 0
        self.timeouts = 0
        """How many requests got no connection in time."""
        self._ended_at: dict[str, float] = {}
        self._uses = 0
        self._was_busy = False

    async def _prepare(self, connection: AsyncConnection[Any]) -> None:
        try:
            await prepare(connection, self._manner)
        except ServingRoleError as error:
            self.refusal = error
            raise
        self.refusal = None

    async def getconn(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109 - psycopg's signature
        """Take a connection as psycopg's pool does, and lose no cancellation that comes while it is given.

        psycopg then returns the connection alone, and who was to end goes on: a worker stopped in its first moments did.
        """
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        self._uses += 1
        connection = await super().getconn(timeout)
        if task and task.cancelling() > before:
            await self.putconn(connection)
            raise asyncio.CancelledError
        return connection

    @asynccontextmanager
    async def lane(self, wait_seconds: float) -> AsyncGenerator[None]:
        """Enter the present task's lane. Raises ``PoolTimeout`` when nobody in it comes to an end for so long."""
        name = LANE.get()
        if not name:
            yield
            return
        lane = self._lanes[name]
        if lane.locked():
            self._in_lanes += 1
            try:
                async with self._moving(name, wait_seconds):
                    await lane.acquire()
            finally:
                self._in_lanes -= 1
        else:
            await lane.acquire()  # at once, without a timer
        try:
            yield
        finally:
            lane.release()

    @asynccontextmanager
    async def free(self, wait_seconds: float) -> AsyncGenerator[Connection]:
        """Take a connection. Raises ``PoolTimeout`` when no work on any of them comes to an end for so long.

        A pool that is merely busy is waited for, up to ``LONGEST_WAIT_SECONDS``: refusing would only make it busier.
        """
        if self._pool and not self._lock.locked():  # one is there: it is taken at once, without a timer
            async with self.connection(LONGEST_WAIT_SECONDS) as connection:
                yield connection
            return
        async with AsyncExitStack() as stack:
            async with self._moving("", wait_seconds):
                connection = await stack.enter_async_context(self.connection(LONGEST_WAIT_SECONDS))
            yield connection

    def note_end(self) -> None:
        """Note that work of the present task's lane came to a good end."""
        self._ended_at[LANE.get()] = self._ended_at[""] = time.monotonic()

    @asynccontextmanager
    async def _moving(self, name: str, seconds: float) -> AsyncGenerator[None]:
        loop, began = asyncio.get_running_loop(), time.monotonic()
        timers: list[asyncio.TimerHandle] = []
        idle_looks, seen = 0, began

        def look(limit: asyncio.Timeout) -> None:
            nonlocal idle_looks, seen
            ended = self._ended_at.get(name, 0.0)
            idle_looks, seen = (0, ended) if ended > seen else (idle_looks + 1, seen)
            if idle_looks < _LOOKS and time.monotonic() < began + LONGEST_WAIT_SECONDS:
                timers[:] = [loop.call_later(seconds / _LOOKS, look, limit)]
            else:
                limit.reschedule(loop.time())

        try:
            async with asyncio.timeout(None) as limit:
                timers.append(loop.call_later(seconds / _LOOKS, look, limit))
                yield
        except TimeoutError:
            self.timeouts += 1
            what = f"the requests of {name} before it" if name else "the work before it"
            raise PoolTimeout(f"no connection for {seconds:g} s: {what} does not come to an end") from None
        finally:
            timers[0].cancel()

    def note_silence(self, since: float) -> None:
        """Note that the server did not answer since an instant: connections not heard of since then are given up."""
        self._silent_since = max(self._silent_since, since)

    def is_suspect(self, connection: Connection) -> bool:
        """Whether a connection may have died with one that fell silent."""
        return connection.heard_at < self._silent_since

    def get_stats(self) -> dict[str, int]:
        """Return the pool's figures; who waits for a lane waits for a connection."""
        stats = super().get_stats()
        stats["requests_waiting"] = stats.get("requests_waiting", 0) + self._in_lanes
        return stats

    async def schedule_task(self, task: MaintenanceTask, delay: float) -> None:
        """Do a piece of the pool's upkeep after a delay, in seconds; a connection is made again sooner than asked."""
        pause = min(delay, _LONGEST_PAUSE_SECONDS) if isinstance(task, AddConnection) else delay
        await super().schedule_task(task, pause)

    async def _shrink_pool(self) -> None:
        async with self._lock:
            count = self.get_stats()["pool_size"]
            unused = min(self._nconns_min, count - self.min_size, len(self._pool))
            closed = [self._pool.pop() for _ in range(unused)]
            self._nconns = count - len(closed)
            self._nconns_min = len(self._pool)
        for connection in closed:
            await self._close_connection(connection)
        is_busy, self._uses = self._uses >= _BUSY_USES, 0
        has_ended, self._was_busy = self._was_busy and not is_busy, is_busy
        if has_ended:
            await self.drain()
