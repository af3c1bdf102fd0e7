"""Workers die while a snippet runs, an MCP server is called or a called agent works: nothing is lost or doubled."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import RunId, new_id
from retinue.core.json import Json, JsonObject
from retinue.core.outbound.addresses import Policy, parse_exceptions
from retinue.core.outbound.client import Outbound
from retinue.engine.plan import MemberPlan, write_plan
from retinue.engine.ports import AgentPlan, ModelSpec, ToolPlan
from retinue.engine.spec.agent import AgentUse
from retinue.runs.resolve import as_tool
from retinue.tools.mcp.sessions import McpSessions
from retinue.tools.mcp.settings import McpSettings
from retinue.tools.mcp.types import Target
from tests.crash.ground import SCRIPTED, Ground
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


_CALLED = "SELECT target_name, status FROM runs WHERE parent_run_id = %s ORDER BY target_name"


def _caller() -> JsonObject:
    """Plan an agent that calls two agents as tools in one answer."""
    callees = [
        MemberPlan(name, name, "", "", "agent", str(new_id()), 1, {}, write_plan(_scripted(name, [{"text": name}])))
        for name in ("one", "two")
    ]
    asks: JsonObject = {"tool_calls": [{"name": each.key, "arguments": {"task": "Go."}} for each in callees]}
    plan = _scripted("Caller", [asks, {"text": "Done."}])
    tools = tuple(as_tool(AgentUse(agent_id=UUID(each.target_id), name=each.key), each) for each in callees)
    return write_plan(replace(plan, tools=tools), callees)


def _scripted(name: str, turns: list[JsonObject]) -> AgentPlan:
    parameters: JsonObject = {"script": {"turns": cast("Json", turns)}}
    model = ModelSpec(SCRIPTED, "scripted", "scripted", None, parameters)
    return AgentPlan("01a20000-0000-7000-8000-000000000000", 1, name, "", model, (), {}, {})


@pytest.mark.timeout(300)
async def test_agents_called_as_tools_survive_workers_killed_after_any_commit(ground: Ground) -> None:
    run_ids: list[RunId] = []
    for commits in range(1, 9):
        worker = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
        run_ids.append(ground.start_plan("agent", _caller()))
        ended = asyncio.create_task(worker.gone())
        over = asyncio.create_task(ground.status(run_ids[-1], "completed"))
        await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not ended.done():
            worker.signal(signal.SIGKILL)
        await ended
    await ground.worker()

    for run_id in run_ids:
        assert await ground.status(run_id, "completed", "failed") == "completed"
        assert ground.rows(_CALLED, run_id) == [("one", "completed"), ("two", "completed")]
        ground.check_record_of_steps(run_id, steps=4)
