"""Dispatch when an answer of PostgreSQL is lost: what the server did is committed, and the worker does not know it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from retinue.core.bus.bus import Bus
from retinue.core.bus.ports import WORK
from retinue.core.bus.transport_postgres import PostgresTransport
from retinue.core.context import anonymous
from retinue.core.dispatch.port import Handler
from retinue.core.dispatch.procrastinate import ProcrastinateDispatch
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.ids import RunId, new_id
from retinue.process import Process
from tests.conftest import Postgres

_SETTINGS = DispatchSettings(
    worker_heartbeat_seconds=0.1, worker_stall_seconds=60, worker_grace_seconds=0.1, worker_poll_seconds=0.1
)

_BIND = b"B"
"""How a message begins that carries out a prepared statement; it has been sent by then, and said its text."""


class Line:
    """A line to PostgreSQL that breaks once: a statement that holds a text is carried out, its answer does not pass."""

    def __init__(self, url: str, breaking: str) -> None:
        parts = conninfo_to_dict(url)
        self._host, self._port = str(parts["host"]), int(str(parts["port"]))
        self._breaking: bytes | None = breaking.encode()
        self._base = url
        self.url = ""
        self.broke = asyncio.Event()

    @asynccontextmanager
    async def up(self) -> AsyncGenerator[None]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = make_conninfo(self._base, host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        try:
            yield
        finally:
            server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._reach()
        is_cut = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._asked(reader, far_writer, is_cut))
                tasks.create_task(self._answered(far_reader, writer, is_cut))
        finally:
            for each in (writer, far_writer):
                each.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_cut: asyncio.Event) -> None:
        is_prepared = False
        with suppress(ConnectionError):
            while chunk := await reader.read(65536):
                if self._breaking is not None and self._breaking in chunk:
                    self._breaking, is_prepared = None, True
                elif is_prepared and chunk.startswith(_BIND):
                    is_cut.set()
                writer.write(chunk)
        writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_cut: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65536):
                if is_cut.is_set():
                    self.broke.set()  # the server answers after its commit
                    break
                writer.write(chunk)
        writer.close()


@asynccontextmanager
async def _worker(line: Line, postgres: Postgres, handler: Handler) -> AsyncGenerator[None]:
    bus = Bus(PostgresTransport(postgres.app_url))
    await bus.start([WORK])
    dispatch = ProcrastinateDispatch(line.url, bus, _SETTINGS)
    task = asyncio.create_task(dispatch.run_worker(handler, 10))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bus.stop()
        async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
            await owner.execute("DELETE FROM dispatch.procrastinate_jobs")


async def _submit(process: Process, run: RunId) -> None:
    async with process.database.context(anonymous()) as ctx:
        await process.resources.dispatch.submit(ctx, run)


async def test_a_job_whose_claim_was_committed_and_not_answered_is_carried(process: Process, postgres: Postgres) -> None:
    run, line = RunId(new_id()), Line(postgres.app_url, "dispatch.claim(")
    carried: asyncio.Queue[RunId] = asyncio.Queue()
    await _submit(process, run)

    async def carry(run_id: RunId) -> bool:
        await carried.put(run_id)
        return False

    async with line.up(), _worker(line, postgres, carry), asyncio.timeout(10):
        await line.broke.wait()

        assert await carried.get() == run
