"""Tools of the MCP project's reference server, started as its package is: over streamable HTTP and over stdio."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tools.console import ConsoleError

from retinue.core.json import dumps
from retinue.process import Process
from retinue.tools.mcp.sessions import sessions_of
from retinue.tools.mcp.settings import McpSettings
from tests.cast import Cast
from tests.tools.conftest import try_tool
from tools import mcp_everything


@pytest.fixture(scope="module")
def command() -> list[str]:
    """Return the command line of the reference server, installed if need be."""
    try:
        mcp_everything.install()
    except ConsoleError as error:
        pytest.skip(f"The reference MCP server could not be installed: {error}")
    found = mcp_everything.find()
    assert found is not None
    return found


@pytest.fixture
async def url(command: list[str]) -> AsyncIterator[str]:
    """Serve the reference server over streamable HTTP."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {"PATH": os.environ["PATH"], "PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *command, "streamableHttp", env=environ, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}/mcp"
    process.kill()
    await process.wait()


async def _import(cast: Cast, server: dict[str, Any], *tools: str) -> dict[str, Any]:
    create = [{"tool": tool} for tool in tools]
    made = await cast.anna.http.post("/tools/import-mcp", json={**server, "create": create})
    assert made.status == 200, made.text
    return made.json


async def _exercise(cast: Cast, server: dict[str, Any]) -> None:
    read = await _import(cast, server, "echo", "get-sum", "get-tiny-image", "trigger-long-running-operation", "get-env")
    tools = {each["configuration"]["tool"]: each["id"] for each in read["created"]}

    echoed = await try_tool(cast.anna, tools["echo"], {"message": "hello"})
    summed = await try_tool(cast.anna, tools["get-sum"], {"a": 2, "b": 40})
    drawn = await try_tool(cast.anna, tools["get-tiny-image"], {})
    waited = await try_tool(cast.anna, tools["trigger-long-running-operation"], {"duration": 1, "steps": 3})
    environ = await try_tool(cast.anna, tools["get-env"], {})

    assert "hello" in str(echoed["output"])
    assert "42" in str(summed["output"])
    assert drawn["artifacts"][0]["type"] == "image/png"
    assert waited["ok"] is True
    assert "RETINUE_SECRET_KEY" not in str(environ["output"])
    assert "DATABASE_URL" not in str(environ["output"])


async def test_the_reference_server_works_over_streamable_http(cast: Cast, process: Process, url: str) -> None:
    await _exercise(cast, {"url": url})
    await sessions_of(process.resources).close()


@pytest.fixture(params=[300])
async def allowed(
    process: Process, command: list[str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[None]:
    """Have the operator allow the reference server to be started here, under a name, and closed when idle for so long."""
    commands = dumps({"everything": [*command, "stdio"]}).decode()
    settings = McpSettings(mcp_commands=commands, mcp_idle_seconds=request.param, mcp_connect_seconds=60)
    monkeypatch.setitem(process.resources.settings, McpSettings, settings)
    await sessions_of(process.resources).close()
    process.resources.parts.pop(type(sessions_of(process.resources)))
    monkeypatch.setenv("RETINUE_SECRET_KEY", "must-not-be-seen")
    yield
    await sessions_of(process.resources).close()
    process.resources.parts.pop(type(sessions_of(process.resources)))


def _servers() -> list[int]:
    """Return the ids of this process's children that are the reference server."""
    folder = Path(f"/proc/{os.getpid()}/task")
    pids = [int(pid) for task in folder.iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if b"server-everything" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended since
        return b""


@pytest.mark.parametrize("allowed", [1], indirect=True)
@pytest.mark.usefixtures("allowed")
async def test_the_reference_server_works_over_stdio_and_ends_when_it_is_idle(cast: Cast) -> None:
    assert (await cast.anna.http.get("/tools/mcp-commands")).json == ["everything"]
    await _exercise(cast, {"command": "everything"})

    async with asyncio.timeout(60):
        while _servers():
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("allowed")
async def test_two_organizations_have_processes_of_their_own(cast: Cast) -> None:
    body = {"command": "everything", "create": [{"tool": "echo"}]}
    mine = (await cast.anna.http.post("/tools/import-mcp", json=body)).json["created"][0]
    theirs = (await cast.otto.http.post("/tools/import-mcp", json=body)).json["created"][0]

    await asyncio.gather(
        try_tool(cast.anna, mine["id"], {"message": "a"}), try_tool(cast.otto, theirs["id"], {"message": "b"})
    )

    assert len(_servers()) == 2


@pytest.mark.usefixtures("allowed")
async def test_a_server_that_dies_is_started_again(cast: Cast) -> None:
    body = {"command": "everything", "create": [{"tool": "echo"}]}
    tool = (await cast.anna.http.post("/tools/import-mcp", json=body)).json["created"][0]
    await try_tool(cast.anna, tool["id"], {"message": "a"})
    for pid in _servers():
        os.kill(pid, 9)
    async with asyncio.timeout(20):
        while _servers():
            await asyncio.sleep(0.05)

    results = [await try_tool(cast.anna, tool["id"], {"message": "b"}) for _ in range(2)]

    assert results[-1]["ok"] is True


@pytest.mark.usefixtures("allowed")
async def test_credentials_for_a_started_server_are_refused(cast: Cast) -> None:
    body = {"command": "everything", "credentials": {"type": "bearer", "token": "t"}}
    answer = await cast.anna.http.post("/tools/import-mcp", json=body)

    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "credentials"
