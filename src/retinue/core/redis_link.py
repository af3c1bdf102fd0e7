"""Whether Redis answers, as a process sees it. While it does not, PostgreSQL serves what Redis would.

One failure is enough to stop asking, so that an outage costs one time-out and not one for each request. A probe in the
background finds the server again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from retinue.core.db.outages import first_line
from retinue.core.logging import get_logger
from retinue.core.tasks import end

_log = get_logger(__name__)

TIMEOUT_SECONDS = 2.0
_PROBE_SECONDS = 0.5
_PROBE_KEY = "retinue:probe"


def client_of(url: str, *, retries: int = 1) -> Any:  # noqa: ANN401 - redis-py's, whose types are open
    """Return a client that waits two seconds for an answer, and tries once more where a kept connection was closed."""
    client: Any = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its **kwargs are not typed
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        health_check_interval=30,
        # By default what took too long is tried again, too, and again in each attempt to connect: 8 s in all.
        retry=Retry(NoBackoff(), retries, (RedisConnectionError,)),
    )
    pool = client.connection_pool
    pool.connection_class = type("Strict", (_Strict, pool.connection_class), {})
    return client


class _Strict:
    """A connection that is made within one time-out, greeting included, and that passes a cancellation on.

    It sends within ``asyncio.wait_for``, which before Python 3.12 drops a cancellation that arrives as the sending ends
    (https://github.com/python/cpython/issues/86296). A task that repeats would then never end.
    """

    async def connect(self) -> None:
        connection: Any = super()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await connection.connect()
        except TimeoutError:
            # Over a Unix socket redis-py greets twice, and calls the silence in answer a broken connection.
            raise RedisTimeoutError("Redis takes connections and does not answer") from None

    async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - redis-py's, untyped
        task = asyncio.current_task()
        before = task.cancelling() if task is not None else 0
        connection: Any = super()
        await connection.send_packed_command(*args, **kwargs)
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


class RedisLink:
    """Whether Redis answers. ``lose`` notes that it does not; the probe that it does again, after what waits for that."""

    def __init__(self, url: str) -> None:
        """Take the URL; nothing is connected yet."""
        self._redis = client_of(url)
        self._task: asyncio.Task[None] | None = None
        self.lost_at: datetime | None = None
        self.reason = ""
        self.on_lost: list[Callable[[], None]] = []
        self.on_regained: list[Callable[[], Awaitable[None]]] = []
        """Called when Redis answers again, before it is used; what raises ``RedisError`` or ``OSError`` is tried again."""

    @property
    def is_lost(self) -> bool:
        """Whether PostgreSQL serves at present."""
        return self.lost_at is not None

    def lose(self, error: BaseException) -> None:
        """Note that Redis does not answer. May be repeated."""
        if self.lost_at is not None:
            return
        self.lost_at, self.reason = datetime.now(UTC), first_line(error)
        _log.warning("redis.lost", error=self.reason, served_by="PostgreSQL")
        self._task = asyncio.create_task(self._find(), name="redis probe")
        for each in self.on_lost:
            each()

    @property
    def remark(self) -> str | None:
        """A sentence for the operator; None when all is well."""
        if self.lost_at is None:
            return None
        return (
            f"Redis does not answer since {self.lost_at:%Y-%m-%d %H:%M:%S} UTC ({self.reason}). PostgreSQL serves its parts"
            " in the meantime, slower. Start the server that REDIS_URL names."
        )

    async def close(self) -> None:
        """Stop looking for it."""
        if self._task is not None:
            await end(self._task)
        await self._redis.aclose()

    async def _find(self) -> None:
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    # A write: a server that is full, or cannot save, or only follows another, answers a ping.
                    await self._redis.set(_PROBE_KEY, "1", px=1000)
                    for each in self.on_regained:
                        await each()
            except (RedisError, OSError, TimeoutError):
                continue
            _log.info("redis.found_again")
            self.lost_at = None
            return
