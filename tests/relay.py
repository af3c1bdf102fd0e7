"""A line to PostgreSQL that falls silent: what is sent is received, acknowledged by the system, and never answered."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

_CHUNK = 65536


class Relay:
    """Carries connections to a server until told to be silent; drops at the receiver, so no system reports it."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._host, self._port = str(parts["host"]), int(str(parts["port"]))
        self._login = f"{parts['user']}:{parts.get('password', '')}"
        self._tail = f"/{parts['dbname']}" + (f"?options={quote(str(parts['options']))}" if parts.get("options") else "")
        self._all_silent = self._hangs_up = False
        self._dead: set[asyncio.Task[None]] = set()
        self._living: set[asyncio.Event] = set()
        self.url = ""
        self.refused = 0

    def kill_silently(self) -> None:
        """Let every connection that stands now be silent forever; new ones are carried."""
        for silent in self._living:
            silent.set()
        self._living.clear()

    def fall_silent(self) -> None:
        """Let all connections be silent, and new ones too, until ``speak``."""
        self._all_silent = True
        self.kill_silently()

    def hang_up(self) -> None:
        """End every connection, and each new one at once, until ``speak``: the server is not there."""
        self._hangs_up = True
        for task in list(self._dead):
            task.cancel()

    def speak(self) -> None:
        """Carry new connections again."""
        self._all_silent = self._hangs_up = False

    @asynccontextmanager
    async def up(self) -> AsyncGenerator[None]:
        """Listen on a port of this machine; ``url`` leads through it."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"postgresql://{self._login}@127.0.0.1:{server.sockets[0].getsockname()[1]}{self._tail}"
        try:
            yield
        finally:
            server.close()
            for task in list(self._dead):
                task.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent = asyncio.Event()
        if self._all_silent:
            silent.set()
        else:
            self._living.add(silent)
        task = asyncio.current_task()
        assert task is not None
        self._dead.add(task)
        far_writer: asyncio.StreamWriter | None = None
        try:
            if self._hangs_up:
                self.refused += 1
                return
            if silent.is_set():
                await _swallow(reader)
                return
            far_reader, far_writer = await self._reach()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pass_on(reader, far_writer, silent))
                tasks.create_task(_pass_on(far_reader, writer, silent))
        except (asyncio.CancelledError, OSError):
            pass
        finally:
            self._dead.discard(task)
            self._living.discard(silent)
            for each in (writer, far_writer):
                if each is not None:
                    each.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)


async def _swallow(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(_CHUNK):
            pass


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            if not silent.is_set():
                writer.write(chunk)
    if not silent.is_set():
        writer.close()
