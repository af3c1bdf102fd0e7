"""Workers die while a database or a store of files is called: the ledger decides as it does for every tool."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psycopg
import pytest
from aiohttp import web
from psycopg.types.json import Jsonb

from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.secrets import SecretBox
from retinue.engine.ports import ToolPlan
from tests.crash.ground import Ground
from tests.tools.databases import PASSWORD, Shop, postgresql_shop

__all__ = ["postgresql_shop"]

_LOCK = 4711


def _tool(ground: Ground, tool_type: str, configuration: JsonObject, credentials: JsonObject, effect: str) -> ToolPlan:
    tool_id = new_id()
    schema: JsonObject = {"type": "object"}
    sealed = SecretBox((ground.environ["RETINUE_SECRET_KEY"],)).seal(dumps(credentials).decode())
    values = (tool_id, ground.organization_id, tool_type, Jsonb(configuration), Jsonb(schema), effect, sealed)
    with psycopg.connect(ground.postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect,"
            " credentials_encrypted) VALUES (%s, %s, 'store', %s, %s, %s, %s, %s)",
            values,
        )
    return ToolPlan(str(tool_id), "store", "", tool_type, schema, configuration, {}, effect, False, 60.0)


def _turns(arguments: JsonObject) -> list[JsonObject]:
    return [{"tool_calls": [{"name": "store", "arguments": arguments}]}, {"text": "Done."}]


@pytest.mark.parametrize(
    ("allow_writes", "statement"),
    [
        (True, "INSERT INTO items (id) SELECT 77 FROM pg_advisory_xact_lock(4711)"),
        (False, "SELECT 77 FROM pg_advisory_xact_lock(4711)"),
    ],
)
async def test_worker_killed_during_a_statement(
    ground: Ground, postgresql_shop: Shop, *, allow_writes: bool, statement: str
) -> None:
    configuration: JsonObject = {**postgresql_shop.configuration, "allow_writes": allow_writes}
    credentials: JsonObject = {"type": "password", "username": postgresql_shop.username, "password": PASSWORD}
    effect = "dangerous" if allow_writes else "read_only"
    plan = _tool(ground, "database", configuration, credentials, effect)
    facts = {name: postgresql_shop.configuration[name] for name in ("host", "port")}
    shop = await psycopg.AsyncConnection.connect(
        dbname=postgresql_shop.username, user=postgresql_shop.username, password=PASSWORD, autocommit=True, **facts
    )
    async with shop:
        await shop.execute("DELETE FROM items")
        await shop.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        first = await ground.worker()
        run_id = ground.start(_turns({"statement": statement}), [plan])
        async with asyncio.timeout(40):
            while not await _waiting(shop):
                await asyncio.sleep(0.03)

        first.signal(signal.SIGKILL)
        async with asyncio.timeout(40):
            while await _waiting(shop):  # the server has not noticed yet that nobody is there
                await shop.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                )
                await asyncio.sleep(0.03)
        await shop.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        await ground.worker()
        status = await ground.status(run_id)

        rows = await (await shop.execute("SELECT id FROM items")).fetchall()
    assert rows == []
    if allow_writes:
        assert status == "waiting"
        assert ground.rows("SELECT waiting_reason FROM runs WHERE id = %s", run_id) == [("unknown_outcome",)]
    else:
        assert status == "completed"
        ground.check_record(run_id, steps=3)


async def _waiting(shop: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    found = await shop.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    return found.rowcount > 0


@dataclass(slots=True)
class Holding:
    """A store that keeps the first file waiting; ``written`` are the contents it was sent."""

    url: str = ""
    written: list[bytes] = field(default_factory=list[bytes])
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, request: web.Request) -> web.Response:
        """Take a file; never answer to the first."""
        self.written.append(await request.read())
        if len(self.written) == 1:
            self.begun.set()
            await asyncio.sleep(60)
        return web.Response()


@pytest.fixture
async def holding() -> AsyncIterator[Holding]:
    """Serve the store for one test."""
    made = Holding()
    application = web.Application()
    application.router.add_put("/{path:.*}", made.put)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.mark.parametrize("effect", ["dangerous", "idempotent"])
async def test_worker_killed_while_a_file_is_written(ground: Ground, holding: Holding, effect: str) -> None:
    configuration: JsonObject = {"store": "s3", "bucket": "files", "endpoint": holding.url, "allow_writes": True}
    credentials: JsonObject = {"type": "access_key", "access_key_id": "known", "secret_access_key": "kept to ourselves"}
    plan = _tool(ground, "file", configuration, credentials, effect)
    first = await ground.worker()
    run_id = ground.start(_turns({"action": "write", "path": "note.txt", "content": "a note"}), [plan])
    await asyncio.wait_for(holding.begun.wait(), 40)

    first.signal(signal.SIGKILL)
    await ground.worker()
    status = await ground.status(run_id)

    if effect == "dangerous":
        assert (status, holding.written) == ("waiting", [b"a note"])
        assert ground.rows("SELECT waiting_reason FROM runs WHERE id = %s", run_id) == [("unknown_outcome",)]
    else:
        assert (status, holding.written) == ("completed", [b"a note"] * 2)
        ground.check_record(run_id, steps=3)
