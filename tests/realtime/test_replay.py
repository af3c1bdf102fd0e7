"""Changes that were missed while a client was away: replayed when it asks, over a restart of the API too."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from retinue.process import Process
from tests.realtime.conftest import Realtime, supabase, table
from tests.realtime.socket import connected, token_of
from tests.serving import serve

_CHUNK = 65536


class Door:
    """An address that leads to one server after another, as a port does over a restart."""

    def __init__(self) -> None:
        self.port = 0
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Listen until the body is left."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.port)
                await asyncio.gather(_pump(reader, to_writer), _pump(to_reader, writer))
        finally:
            self._tasks.discard(task)
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_client_that_asks_misses_nothing_over_a_restart(realtime: Realtime, environ: dict[str, str]) -> None:
    olga, door = realtime.cast.olga, Door()
    first = Process(environ)
    await first.start()
    async with door.open(), supabase(realtime.folder, door.url, realtime.key) as client:
        async with serve(first) as one:
            door.port = int(one.base_url.rpartition(":")[2])
            await client.sign_in(olga)
            await client.subscribe("agents", table("agents"))
            await realtime.agent(olga, "Before")
            (seen,) = await client.wait_changes("agents", 1)
            await client.do("since", name="agents", since=seen["commit_timestamp"])
        await first.stop()
        door.port = 1
        await realtime.agent(olga, "While the API was away")
        second = Process(environ)
        await second.start()
        async with serve(second) as two:
            door.port = int(two.base_url.rpartition(":")[2])
            await client.wait(lambda told: told.get("change", {}).get("new", {}).get("name") == "While the API was away")
            await realtime.agent(olga, "After")
            changes = await client.wait(lambda told: told.get("change", {}).get("new", {}).get("name") == "After")
            assert len(changes) == 1
        await second.stop()


async def test_replay_is_under_the_rights_of_the_reader(realtime: Realtime) -> None:
    cast = realtime.cast
    token, other = await token_of(realtime, cast.vera), await token_of(realtime, cast.otto)
    async with connected(realtime) as socket:
        await socket.join("live", token, table("agents"))
        await realtime.agent(cast.olga, "Of Acme")
        told = (await socket.event("postgres_changes"))[4]["data"]
        await socket.join("again", token, table("agents", since=told["commit_timestamp"]))
        again = await socket.event("postgres_changes")
        await socket.join("foreign", other, table("agents", since=told["commit_timestamp"]))
        await realtime.agent(cast.otto, "Of Globex")
        foreign = await socket.event("postgres_changes")

    assert (again[2], again[4]["data"]["record"]["name"]) == ("realtime:again", "Of Acme")
    assert (foreign[2], foreign[4]["data"]["record"]["name"]) == ("realtime:foreign", "Of Globex")


async def test_client_learns_that_changes_are_no_longer_there(realtime: Realtime) -> None:
    token = await token_of(realtime, realtime.cast.olga)
    async with connected(realtime) as socket:
        await socket.join("old", token, table("teams", since="2020-01-01T00:00:00Z"))
        told = await socket.event("system")

    assert told[4]["status"] == "error"
    assert "UnableToReplayMessages" in told[4]["message"]


async def test_missed_changes_come_at_the_pace_of_the_reader_and_before_what_is_live(realtime: Realtime) -> None:
    olga, count = realtime.cast.olga, 1200
    token = await token_of(realtime, olga)
    async with connected(realtime) as socket:
        await socket.join("live", token, table("agents"))
        agent = await realtime.agent(olga, "First")
        since = (await socket.event("postgres_changes"))[4]["data"]["commit_timestamp"]
    change = f"UPDATE agents SET description = n, instructions = repeat('x', 20000) WHERE id = '{agent['id']}'"  # noqa: S608 - ours
    await realtime.owner(f"DO $$ BEGIN FOR n IN 0 .. {count - 1} LOOP {change}; END LOOP; END $$")  # 24 MB; 1 MiB may wait
    async with connected(realtime) as socket:
        entry = table("agents", filter=f"id=eq.{agent['id']}", since=since)
        assert (await socket.join("again", token, entry))[4]["status"] == "ok"
        socket.ws._reader._protocol.pause_reading()
        for _ in range(50):  # in this time the replay would fill what may wait many times over
            await olga.http.get("/agents?limit=1")
        await realtime.owner("UPDATE agents SET description = %s WHERE id = %s", str(count), agent["id"])
        socket.ws._reader._protocol.resume_reading()
        numbers: list[int] = []
        while not numbers or numbers[-1] < count:
            record = (await socket.event("postgres_changes"))[4]["data"]["record"]
            numbers += [int(record["description"])] if record["description"] else []

    assert numbers == list(range(count + 1))
