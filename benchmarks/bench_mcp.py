"""What does a call of an MCP tool cost beyond the SDK's own time, and what does a call of a snippet cost?

An MCP server on the official SDK runs in a process of its own. The same tool is called by turns through the SDK alone (one
client, connections kept) and as the tool of a run is called: credentials read, the guarded client, the pinned description
compared. Then snippets: a call, and the check of types when one is saved.

    python -m benchmarks.bench_mcp

Seen (two quiet cores, load 1, Python 3.11, November 2026): the SDK alone 1.1 ms a call, as a tool 1.9 ms, so 0.8 ms added
(p50; p95 1.0). A snippet 0.4 ms, the first of a process 15 ms, its check when it is saved 11 ms.
"""

import asyncio
import subprocess
import sys
import time
from typing import Any

import mcp_types
import uvicorn
import uvloop
from mcp.client.client import Client
from mcp.server.mcpserver import MCPServer

from benchmarks.installation import installation
from benchmarks.ports import free_port
from benchmarks.report import Report, median, percentile
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.engine.ports import ToolInvocation, ToolPlan
from retinue.process import Process
from retinue.sandbox.service import check_limits_of, sandbox_of
from retinue.sandbox.types import Program
from retinue.tools.mcp.listing import read_tool

CALLS = 300
_SNIPPET = "def main(net: float, rate: float = 0.19) -> float:\n    return round(net * (1 + rate), 2)\n"


def _serve(port: int) -> None:
    server: MCPServer[Any] = MCPServer("Bench")

    @server.tool()
    def add(a: int, b: int) -> dict[str, int]:
        """Add two numbers."""
        return {"sum": a + b}

    uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=port, log_level="critical", ws="none")


def _started(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.bench_mcp", "serve", str(port)])


async def _connected(url: str) -> mcp_types.Tool:
    for _ in range(600):
        try:
            async with Client(url) as client:
                return (await client.list_tools()).tools[0]
        except BaseExceptionGroup:
            await asyncio.sleep(0.05)
    raise SystemExit("the MCP server did not start")


def _plan(url: str, offered: mcp_types.Tool, tool_id: str) -> ToolPlan:
    tool = read_tool(offered)
    accepted: JsonObject = {
        "description": tool.description,
        "parameters_schema": tool.parameters_schema,
        "suggested_effect": tool.suggested_effect.value,
    }
    configuration: JsonObject = {"url": url, "tool": tool.name, "accepted": accepted}
    return ToolPlan(
        tool_id, "add", tool.description, "mcp", tool.parameters_schema, configuration, {}, "read_only", False, 20.0
    )


async def _mcp(report: Report, process: Process, organization_id: str, plan: ToolPlan, url: str) -> None:
    async def through_retinue() -> None:
        call = str(new_id())
        result = await process.tool_invoker.invoke(
            ToolInvocation(organization_id, call, call, call, plan, {"a": 1, "b": 2}, f"{call}:1")
        )
        assert result.output == {"sum": 3}, result

    alone: list[float] = []
    ours: list[float] = []
    async with Client(url) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
        await through_retinue()
        for _ in range(CALLS):
            began = time.perf_counter()
            await client.call_tool("add", {"a": 1, "b": 2})
            between = time.perf_counter()
            await through_retinue()
            alone.append((between - began) * 1000)
            ours.append((time.perf_counter() - between) * 1000)
    report.figure("MCP call, the SDK alone, p50", median(alone), "ms")
    report.figure("MCP call as a tool, p50", median(ours), "ms")
    report.figure("added to the SDK's own time, p50", median(ours) - median(alone), "ms", most=5)
    report.figure("added to the SDK's own time, p95", percentile(ours, 0.95) - percentile(alone, 0.95), "ms")


async def _snippets(report: Report, process: Process) -> None:
    sandbox = sandbox_of(process.resources)
    program = Program(_SNIPPET, "main(**arguments)", {"arguments": {"net": 100.0}}, owner="bench")
    began = time.perf_counter()
    await sandbox.run(program)
    report.figure("snippet, the first call of a process", (time.perf_counter() - began) * 1000, "ms")
    took: list[float] = []
    for _ in range(CALLS):
        began = time.perf_counter()
        assert (await sandbox.run(program)).value == 119.0
        took.append((time.perf_counter() - began) * 1000)
    report.figure("snippet, p50", median(took), "ms", most=5)
    report.figure("snippet, p95", percentile(took, 0.95), "ms")
    checks: list[float] = []
    for _ in range(10):
        began = time.perf_counter()
        await sandbox.check(_SNIPPET, check_limits_of(process.resources))
        checks.append((time.perf_counter() - began) * 1000)
    report.figure("snippet checked when it is saved, p50", median(checks), "ms", most=1000)


async def main() -> None:
    """Measure both."""
    report = Report("mcp")
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    server = _started(port)
    try:
        offered = await _connected(url)
        async with installation() as made:
            process = Process({**made.environ, "RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1"})
            await process.start()
            ((organization_id,), *_) = made.query("SELECT id FROM organizations")
            tool_id = new_id()
            plan = _plan(url, offered, str(tool_id))
            made.query(
                "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect)"
                " VALUES (%s, %s, 'add', 'mcp', %s::jsonb, '{}', 'read_only') RETURNING id",
                tool_id,
                organization_id,
                dumps(plan.configuration).decode(),
            )
            await _mcp(report, process, str(organization_id), plan, url)
            await _snippets(report, process)
            await process.stop()
    finally:
        server.kill()
        server.wait()
    report.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(int(sys.argv[2]))
    else:
        uvloop.run(main())
