"""Workers die while a snippet runs and while an MCP server is called: the ledger decides as it does for every tool."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.http.addresses import Policy, parse_exceptions
from retinue.core.http.outbound import Outbound
from retinue.core.ids import new_id
from retinue.core.json import Json, JsonObject
from retinue.engine.ports import ToolPlan
from retinue.tools.mcp.sessions import McpSessions
from retinue.tools.mcp.settings import McpSettings
from retinue.tools.mcp.types import Target
from tests.crash.ground import Ground
from tests.tools.mcp_server import McpServer, mcp_server

_LONG = "def main(number: int):\n    return sum(n % 7 for n in [number] * 50_000 for _ in range(40))\n"


def _tool(ground: Ground, tool_type: str, configuration: JsonObject, effect: str) -> ToolPlan:
    tool_id = new_id()
    schema: JsonObject = {"type": "object", "properties": {"number": {"type": "integer"}}}
    values = (tool_id, ground.organization_id, tool_type, Jsonb(configuration), Jsonb(schema), effect)
    with psycopg.connect(ground.postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect)"
            " VALUES (%s, %s, 'count', %s, %s, %s, %s)",
            values,
        )
    return ToolPlan(str(tool_id), "count", "Count.", tool_type, schema, configuration, {}, effect, False, 30.0)


def _turns(number: int) -> list[JsonObject]:
    return [{"tool_calls": [{"name": "count", "arguments": {"number": number}}]}, {"text": "Done."}]


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _running(pid: int) -> list[int]:
    """Return the sandbox workers of a process."""
    try:
        children = [
            int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()
        ]
        return [each for each in children if "monty" in Path(f"/proc/{each}/comm").read_text()]
    except OSError:
        return []


async def test_worker_killed_while_a_snippet_runs_repeats_it_and_leaves_no_process(ground: Ground) -> None:
    first = await ground.worker(RETINUE_SANDBOX_SECONDS="30")
    run_id = ground.start(_turns(3), [_tool(ground, "custom", {"code": _LONG}, "read_only")])
    async with asyncio.timeout(40):
        while not (sandboxed := _running(first.pid)):
            await asyncio.sleep(0.01)

    first.signal(signal.SIGKILL)
    await ground.worker(RETINUE_SANDBOX_SECONDS="30")

    assert await ground.status(run_id) == "completed"
    ground.check_record(run_id, steps=3)
    async with asyncio.timeout(10):
        while any(_exists(pid) for pid in sandboxed):
            await asyncio.sleep(0.05)


@pytest.fixture
async def server() -> AsyncIterator[McpServer]:
    """Serve an MCP server for one test."""
    async with mcp_server() as made:
        yield made


async def _accepted(server: McpServer) -> JsonObject:
    outbound = Outbound(Policy(parse_exceptions("127.0.0.1")))
    sessions = McpSessions(outbound, McpSettings())
    async with sessions.use("", Target(url=server.url)) as connection:
        tool = (await connection.tools())["count"]
    await sessions.close()
    await outbound.close()
    effect: Json = tool.suggested_effect.value
    accepted: JsonObject = {
        "description": tool.description,
        "parameters_schema": tool.parameters_schema,
        "suggested_effect": effect,
    }
    return {"url": server.url, "tool": "count", "accepted": accepted}


async def test_worker_killed_during_a_dangerous_mcp_call_asks_a_person(ground: Ground, server: McpServer) -> None:
    plan = _tool(ground, "mcp", await _accepted(server), "dangerous")
    first = await ground.worker()
    run_id = ground.start(_turns(-2), [plan])
    await asyncio.wait_for(server.begun.wait(), 40)

    first.signal(signal.SIGKILL)
    await ground.worker()

    assert await ground.status(run_id) == "waiting"
    assert ground.rows("SELECT waiting_reason FROM runs WHERE id = %s", run_id) == [("unknown_outcome",)]
    assert server.counted == [-2]


async def test_worker_killed_during_a_reading_mcp_call_makes_it_again(ground: Ground, server: McpServer) -> None:
    plan = _tool(ground, "mcp", await _accepted(server), "read_only")
    first = await ground.worker()
    run_id = ground.start(_turns(-2), [plan])
    await asyncio.wait_for(server.begun.wait(), 40)

    first.signal(signal.SIGKILL)
    server.go_on.set()
    await ground.worker()

    assert await ground.status(run_id) == "completed"
    assert server.counted == [-2, -2]
    ground.check_record(run_id, steps=3)
