"""An HTTP API on loopback that tools call, and the means to make tools."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from retinue.tools.types import CallerType, ToolCaller
from tests.cast import Person
from tests.conftest import Postgres
from tests.mariadb import MariaDb, serving_mariadb

BUILT_INS = {
    "calculator": "01900000-0000-7000-8000-000000000001",
    "current_time": "01900000-0000-7000-8000-000000000002",
    "http_fetch": "01900000-0000-7000-8000-000000000003",
    "write_artifact": "01900000-0000-7000-8000-000000000004",
    "web_search": "01900000-0000-7000-8000-000000000010",
}


AN_AGENT = ToolCaller(CallerType.AGENT, UUID(int=0))
"""Who calls, for tools that every agent may use."""


@dataclass(slots=True)
class Seen:
    """What the API was sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Api:
    """The API: its address, what it was sent, and what it answers next (status, headers, body).

    While ``held`` is set it waits before it answers; with ``is_cutting`` it cuts the connection instead.
    """

    url: str
    seen: list[Seen] = field(default_factory=list[Seen])
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes | None = None
    held: asyncio.Event | None = None
    is_cutting: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        """Remember the request; answer as told, else with what was sent."""
        text = await request.text()
        self.seen.append(Seen(request.method, request.raw_path, dict(request.query), dict(request.headers), text))
        if self.held is not None:
            await self.held.wait()
        if self.is_cutting and request.transport is not None:
            request.transport.close()
        if self.body is not None:
            return web.Response(status=self.status, headers=self.headers, body=self.body)
        return web.json_response({"path": request.path, "query": dict(request.query), "body": text}, status=self.status)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """Serve the API for one test."""
    made = Api("")
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    if made.held is not None:
        made.held.set()
    await runner.cleanup()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """Serve a MariaDB."""
    with serving_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_shop(mariadb: MariaDb) -> Any:
    """Give a database on MariaDB."""
    from tests.tools.databases import make_mariadb_shop  # noqa: PLC0415 - it needs what stands here

    return make_mariadb_shop(mariadb)


@pytest.fixture(scope="session")
def postgresql_shop(postgres: Postgres) -> Iterator[Any]:
    """Give a database on PostgreSQL."""
    from tests.tools.databases import serving_postgresql_shop  # noqa: PLC0415 - as above

    with serving_postgresql_shop(postgres) as shop:
        yield shop


@pytest.fixture
def tool_folder(environ: dict[str, str], request: pytest.FixtureRequest) -> Path:
    """Give a folder of the test's own, below the one that tools may use."""
    folder = Path(environ["RETINUE_TOOL_FOLDERS"].split(",")[0]) / re.sub(r"\W+", "_", request.node.name)[:80]
    folder.mkdir(exist_ok=True)
    return folder


async def make_tool(person: Person, configuration: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Make a tool of kind api."""
    body = {"name": "call_api", "tool_type": "api", "configuration": configuration, **fields}
    response = await person.http.post("/tools", json=body)
    assert response.status == 201, response.text
    return response.json


async def try_tool(person: Person, tool_id: str, arguments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Call a tool through its test route."""
    response = await person.http.post(f"/tools/{tool_id}/test", json={"arguments": arguments, **fields})
    assert response.status == 200, response.text
    return response.json
