"""The bus on Redis or Valkey: publish and subscribe, for an installation that names a server in ``REDIS_URL``."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from retinue.core.bus.losses import Losses
from retinue.core.bus.ports import OnPayload
from retinue.core.redis_link import client_of

_FIRST_DELAY_SECONDS = 0.1
_LAST_DELAY_SECONDS = 1.0
_PROBE_SECONDS = 30.0
_TIMEOUT_SECONDS = 5


class RedisTransport:
    """Carries texts by PUBLISH.

    Channels bear the number of the database, which publishing does not look at by itself: installations that share a server
    by their databases hear nothing of one another.
    """

    def __init__(self, url: str) -> None:
        """Take the URL (``redis://``, ``rediss://`` or ``unix://``); connections are made when needed."""
        self._redis = client_of(url)
        self._listening = client_of(url, retries=0)  # it must be told of a loss, not subscribed again behind its back
        self._losses = Losses()
        self.on_lost: Callable[[BaseException], None] | None = None
        """Called when the listening connection is lost, or could not be made."""
        self._prefix = f"retinue:{self._redis.connection_pool.connection_kwargs.get('db', 0)}:"

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        """Send in one round trip."""
        pipeline = self._redis.pipeline(transaction=False)
        for channel, payload in messages:
            pipeline.publish(f"{self._prefix}{channel}", payload)
        await pipeline.execute()

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        """Receive until cancelled; a lost connection is made again, sooner first and then more slowly."""
        delay = _FIRST_DELAY_SECONDS
        while True:
            try:
                async with self._listening.pubsub() as subscription:
                    await self._subscribe(subscription, channels)
                    self._losses.connected()
                    on_connected()
                    delay = _FIRST_DELAY_SECONDS
                    await self._receive(subscription, on_payload)
            except (RedisError, OSError, TimeoutError) as error:
                self._losses.lost(error)
                if self.on_lost is not None:
                    self.on_lost(error)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LAST_DELAY_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()
        await self._listening.aclose()

    async def _subscribe(self, subscription: Any, channels: Sequence[str]) -> None:  # noqa: ANN401 - redis-py's, untyped
        await subscription.subscribe(*(f"{self._prefix}{channel}" for channel in channels))
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            for _ in channels:
                kind = ""
                while kind != "subscribe":
                    message: dict[str, Any] = await subscription.get_message(timeout=_TIMEOUT_SECONDS) or {}
                    kind = str(message.get("type", ""))

    async def _receive(self, subscription: Any, on_payload: OnPayload) -> None:  # noqa: ANN401 - as above
        while True:
            message = await subscription.get_message(timeout=_PROBE_SECONDS)
            if message is None:
                async with asyncio.timeout(_TIMEOUT_SECONDS):
                    await subscription.ping()
            elif message["type"] == "message":
                on_payload(message["channel"].removeprefix(self._prefix), message["data"])
