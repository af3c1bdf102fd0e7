"""Metrics and usage from the command line: listed, reported, shown, exported, rebuilt."""

import orjson

from retinue.metrics import tasks as metrics
from retinue.process import Process
from retinue.usage import tasks as usage
from retinue.usage.buffer import RequestBuffer
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene


async def _settle(process: Process) -> None:
    await process.resources.part(RequestBuffer, lambda: RequestBuffer(process.database)).flush()
    for work in (metrics.collect, usage.add_up, metrics.roll_up):
        await work(process.database)


async def test_metrics_are_reported_and_shown_from_the_command_line(anna: Terminal, scene: Scene, process: Process) -> None:
    await _settle(process)
    await scene.agent("Done.", name="Reporter")

    listed = await anna("metrics", "list")
    wrong = await anna("metrics", "report", "Reporter", "cost", "1", "--unit", "eur")
    reported = await anna("metrics", "report", "Reporter", "cost", "0.00003")
    await _settle(process)
    shown = await anna("metrics", "show", "cost", "--agent", "Reporter", "--each")
    told = await anna("metrics", "show", "cost", "--aggregation", "count", "--json")

    assert "response_time" in listed.out, listed.err
    assert (wrong.code, "of cost is usd, not eur" in wrong.err) == (2, True)
    assert reported.out == "1 point written.\n", reported.err
    assert "SUM (usd)" in shown.out, shown.err
    assert shown.out.splitlines()[1].split()[2:] == ["Reporter", "0.00003", "1"]
    assert orjson.loads(told.out)["series"][0]["points"][0]["value"] == "1"


async def test_usage_is_shown_and_exported_from_the_command_line(anna: Terminal, scene: Scene, process: Process) -> None:
    await _settle(process)
    await anna("agents")
    await _settle(process)

    shown = await anna("usage", "show", "--by", "endpoint", "--kind", "request")
    exported = await anna("usage", "export", "--by", "user")
    denied = await anna("usage", "rebuild", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    wrong = await anna("usage", "show", "--by", "moon")

    assert "GET /api/v1/agents" in shown.out, shown.err
    assert shown.out.splitlines()[-1].startswith("Total")
    assert exported.out.startswith("agent_id,agent_name,model,user_id,user_name,")
    assert (denied.code, "usage:write" in denied.err) == (1, True)
    assert (wrong.code, "group_by" in wrong.err) == (2, True)
