"""The bus on Redis, and on PostgreSQL as long as Redis does not answer: a process listens to both, and sends by one.

So nobody must agree on which one holds: a process that has lost Redis is heard by those that have not, and the reverse.
"""

import asyncio
from collections.abc import Callable, Sequence

from redis.exceptions import RedisError

from retinue.core.bus.ports import OnPayload, Transport
from retinue.core.bus.transport_redis import RedisTransport
from retinue.core.logging import get_logger
from retinue.core.redis_link import RedisLink
from retinue.core.settings import SettingsError
from retinue.core.tasks import end

_log = get_logger(__name__)


class FallbackTransport:
    """Carries texts by Redis, else by NOTIFY. While Redis answers, no NOTIFY is sent."""

    def __init__(self, first: RedisTransport, second: Transport, link: RedisLink) -> None:
        """Take both carriers, and what knows whether Redis answers."""
        self._first, self._second, self._link = first, second, link
        first.on_lost = link.lose

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        """Send by the one that serves at present."""
        if not self._link.is_lost:
            try:
                await self._first.publish(messages)
            except (RedisError, OSError, TimeoutError) as error:
                self._link.lose(error)
            else:
                return
        await self._second.publish(messages)

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        """Receive from both until cancelled. A change of carrier counts as connecting: something may be lost by it."""
        self._link.on_lost.append(on_connected)
        tasks = [
            asyncio.create_task(self._first.listen(channels, on_payload, on_connected), name="bus on Redis"),
            asyncio.create_task(self._listen(channels, on_payload, on_connected), name="bus on PostgreSQL"),
        ]
        try:
            for task in (await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION))[0]:
                task.result()
        finally:
            self._link.on_lost.remove(on_connected)
            for task in tasks:
                await end(task)

    async def close(self) -> None:
        """Close what is open."""
        await self._first.close()
        await self._second.close()

    async def _listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        """Listen to PostgreSQL, where it can be: through a pooler nothing arrives, and then Redis alone carries."""
        try:
            await self._second.listen(channels, on_payload, on_connected)
        except SettingsError as error:
            _log.warning("bus.without_fallback", error=error.detail, remedy=error.remedy_text)
