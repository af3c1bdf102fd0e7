"""The bus on PostgreSQL: LISTEN and NOTIFY, each on a connection of its own. Needs a direct connection, no pooler."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql

from retinue.core.bus.ports import OnPayload
from retinue.core.logging import get_logger

_log = get_logger(__name__)

_FIRST_DELAY_SECONDS = 0.1
_LAST_DELAY_SECONDS = 1.0
_PROBE_SECONDS = 30.0
_TIMEOUT_SECONDS = 10

_PUBLISH = "SELECT pg_notify(channel, payload) FROM unnest(%s::text[], %s::text[]) AS told (channel, payload)"


class PostgresTransport:
    """Carries texts by NOTIFY."""

    def __init__(self, url: str) -> None:
        """Take the URL of the serving role."""
        self._url = url
        self._sender: AsyncConnection[Any] | None = None

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        """Send in one statement and one commit that waits for no disk: what is lost with the server was only a wake-up."""
        if self._sender is None or self._sender.closed:
            self._sender = await self._connect()
            await self._sender.execute("SET synchronous_commit = off")
        channels, payloads = [channel for channel, _ in messages], [payload for _, payload in messages]
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            await self._sender.execute(_PUBLISH, (channels, payloads), prepare=True)

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        """Receive until cancelled; a lost connection is made anew, sooner first and then more slowly."""
        delay = _FIRST_DELAY_SECONDS
        while True:
            try:
                async with await self._connect() as connection:
                    for channel in channels:
                        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    on_connected()
                    delay = _FIRST_DELAY_SECONDS
                    await self._receive(connection, on_payload)
            except (psycopg.Error, OSError, TimeoutError) as error:
                _log.warning("bus.connection_lost", error=str(error), retry_seconds=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LAST_DELAY_SECONDS)

    async def close(self) -> None:
        """Close the sending connection."""
        if self._sender is not None:
            await self._sender.close()
            self._sender = None

    async def _receive(self, connection: AsyncConnection[Any], on_payload: OnPayload) -> None:
        while True:
            async for notification in connection.notifies(timeout=_PROBE_SECONDS):
                on_payload(notification.channel, notification.payload)
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await connection.execute("SELECT 1")

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(self._url, autocommit=True, connect_timeout=_TIMEOUT_SECONDS)
