"""The bus on PostgreSQL: LISTEN and NOTIFY, each on a connection of its own. Needs a direct connection, no pooler."""

import asyncio
from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from retinue.core.bus.losses import Losses
from retinue.core.bus.ports import OnPayload
from retinue.core.db.connections import USUAL, Connection, Manner, PooledError, connect
from retinue.core.logging import get_logger
from retinue.core.settings import SettingsError

_log = get_logger(__name__)

_FIRST_DELAY_SECONDS = 0.1
_LAST_DELAY_SECONDS = 1.0
_PROBE_SECONDS = 10.0
_TIMEOUT_SECONDS = 3.0
_MOST_IDLE_SECONDS = 30.0
"""A connection costs the server 3 MB, and is made again in a few milliseconds."""

_PUBLISH = "SELECT pg_notify(channel, payload) FROM unnest(%s::text[], %s::text[]) AS told (channel, payload)"


class PostgresTransport:
    """Carries texts by NOTIFY."""

    def __init__(self, url: str, manner: Manner = USUAL, *, most_idle_seconds: float = _MOST_IDLE_SECONDS) -> None:
        """Take the URL of the serving role, past any pooler, and how long a connection is kept that sends nothing."""
        self._url = url
        self._manner = manner
        self._most_idle_seconds = most_idle_seconds
        self._sender: Connection | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def publish(self, messages: Sequence[tuple[str, str]]) -> None:
        """Send in one statement and one commit that waits for no disk: what is lost with the server was only a wake-up."""
        self._stop_timer()
        if self._sender is None or self._sender.closed:
            self._sender = await self._connect()
            # A setting of the session: this connection is direct, and nobody else's.
            await self._sender.execute("SET synchronous_commit = off")
        channels, payloads = [channel for channel, _ in messages], [payload for _, payload in messages]
        await self._sender.execute(_PUBLISH, (channels, payloads), prepare=True)
        self._idle = asyncio.get_running_loop().call_later(self._most_idle_seconds, self._sender.pgconn.finish)

    async def listen(self, channels: Sequence[str], on_payload: OnPayload, on_connected: Callable[[], None]) -> None:
        """Receive until cancelled; a lost connection is made again, sooner first and then more slowly.

        Raises ``SettingsError`` when the first connection may not serve or goes through a pooler; later ones are retried.
        """
        delay, is_first, losses = _FIRST_DELAY_SECONDS, True, Losses()
        while True:
            try:
                async with await self._connect() as connection:
                    for channel in channels:
                        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    losses.connected()
                    on_connected()
                    is_first = False
                    delay = _FIRST_DELAY_SECONDS
                    await self._receive(connection, on_payload)
            except SettingsError as error:
                if is_first:
                    raise
                _log.error("bus.connection_refused", error=error.detail, remedy=error.remedy_text)
            except (psycopg.Error, OSError, TimeoutError) as error:
                losses.lost(error)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LAST_DELAY_SECONDS)

    async def close(self) -> None:
        """Close the sending connection."""
        self._stop_timer()
        if self._sender is not None:
            await self._sender.close()
            self._sender = None

    def _stop_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    async def _receive(self, connection: Connection, on_payload: OnPayload) -> None:
        while True:
            async for notification in connection.notifies(timeout=_PROBE_SECONDS):
                on_payload(notification.channel, notification.payload)
            async with connection.pipeline() as probe:  # a round trip that is no transaction
                await probe.sync()

    async def _connect(self) -> Connection:
        connection = await connect(self._url, self._manner)
        if connection.is_pooled:
            await connection.close()
            raise PooledError("The bus listens for wake-ups, and its connection goes through a pooler, where none arrive.")
        connection.deadline_seconds = _TIMEOUT_SECONDS
        return connection
