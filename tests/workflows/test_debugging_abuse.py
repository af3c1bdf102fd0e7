"""What debugging must not open: decisions that nobody made, results under the key of others, calls that are made twice."""

from itertools import pairwise
from typing import Any

import pytest

from retinue.engine.ports import ToolResult
from tests.workflows.conftest import Workflows, numbers


async def _paying(workflows: Workflows, calls: list[Any]) -> str:
    """Make a workflow that looks something up, asks, computes what to pay, and pays it."""

    def pay(arguments: Any) -> ToolResult:
        calls.append(arguments["text"])
        return ToolResult("Paid.")

    workflows.scene.tools |= {"sum": lambda arguments: ToolResult(arguments["text"]), "pay": pay}
    await workflows.scene.agent("-", tools=("sum", "pay:dangerous"))
    nodes = [
        {"id": "ok", "type": "approval", "reason": "Pay?", "input": {"text": "10"}},
        {"id": "sum", "type": "tool", "tool": {"name": "sum"}, "input": {"text": "10"}, "output": {"sum": "result"}},
        {"id": "pay", "type": "tool", "tool": {"name": "pay"}, "input": {"text": "{{ state['sum'] }}"}},
    ]
    row = ["START", "ok", "sum", "pay", "END"]
    return await workflows.made(nodes, list(pairwise(row)), state=numbers(sum=None))


async def test_approval_is_pinned_in_dry_runs_alone(played: Workflows) -> None:
    calls = list[Any]()
    workflow = await _paying(played, calls)

    refused = await played.start(workflow, pins={"ok": {"decision": "approve"}})
    dry = await played.run(workflow, pins={"ok": {"decision": "approve"}}, dry_run=True)

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, ["pins.ok"]), refused.text
    assert (dry["status"], calls) == ("completed", []), dry["error"]


@pytest.mark.parametrize(("changed", "field"), [({"input": {"text": "999"}}, "input"), ({"pins": {"sum": "999"}}, "pins")])
async def test_what_was_approved_is_not_changed_behind_the_decision(
    played: Workflows, changed: dict[str, Any], field: str
) -> None:
    calls = list[Any]()
    workflow = await _paying(played, calls)
    first = await played.started(workflow)
    await played.scene.until(first, "waiting")
    http = played.scene.cast.anna.http
    (approval,) = (await http.get(f"/runs/{first}/approvals")).json["items"]
    await http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    await played.scene.until(first, "completed")

    refused = await http.post(f"/runs/{first}/run-from", json={"node": "pay", **changed})
    dry = await http.post(f"/runs/{first}/run-from", json={"node": "pay", "dry_run": True, **changed})

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field]), refused.text
    assert dry.status == 202, dry.text
    assert (await played.scene.until(dry.json["id"]))["status"] == "completed"
    assert calls == ["10"]


async def test_one_decision_allows_no_second_payment(played: Workflows) -> None:
    calls, http = list[Any](), played.scene.cast.anna.http
    workflow = await _paying(played, calls)
    first = await played.started(workflow)
    await _approve(played, first)
    steps = {each["node_id"]: each["id"] for each in await played.steps(first)}

    again = await http.post(f"/runs/{first}/run-from", json={"node": "sum"})
    forked = await http.post(f"/runs/{first}/fork", json={"step_id": steps["pay"]})
    dry = await http.post(f"/runs/{first}/run-from", json={"node": "pay", "dry_run": True})
    asked = await http.post(f"/runs/{first}/run-from", json={"node": "ok"})

    assert [each.status for each in (again, forked, dry, asked)] == [422, 422, 202, 202], forked.text
    for each in (again, forked):
        assert "pay (pay) a second time by the one decision at ok" in each.text
    await played.scene.until(dry.json["id"], "completed")
    assert calls == ["10"]
    await _approve(played, asked.json["id"])
    assert calls == ["10", "10"]


async def test_payment_that_failed_is_made_again_under_the_decision_about_it(played: Workflows) -> None:
    calls, http = list[Any](), played.scene.cast.anna.http
    workflow = await _paying(played, calls)
    working = played.scene.tools["pay"]
    played.scene.tools["pay"] = lambda _: ToolResult("Refused.", is_error=True)
    first = await played.started(workflow)
    await _approve(played, first, "failed")
    played.scene.tools["pay"] = working

    again = await http.post(f"/runs/{first}/run-from", json={"node": "pay"})

    assert again.status == 202, again.text
    assert (await played.scene.until(again.json["id"]))["status"] == "completed"
    assert calls == ["10"]


async def _approve(played: Workflows, run_id: str, status: str = "completed") -> None:
    """Approve what a run asks, and wait until it has ended."""
    await played.scene.until(run_id, "waiting")
    http = played.scene.cast.anna.http
    (approval,) = (await http.get(f"/runs/{run_id}/approvals")).json["items"]
    await http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    await played.scene.until(run_id, status)


async def test_result_of_what_was_pinned_is_kept_for_nobody_else(played: Workflows) -> None:
    played.scene.tools["find"] = lambda _: ToolResult({"text": "true"})
    played.scene.tools["tell"] = lambda arguments: ToolResult(arguments["text"])
    await played.scene.agent("-", tools=("find", "tell"))
    cache = {"ttl": "PT1H", "key": "input['customer']"}
    nodes = [
        {"id": "find", "type": "tool", "tool": {"name": "find"}, "input": {}, "output": {"found": "result['text']"}},
        {
            "id": "tell",
            "type": "tool",
            "tool": {"name": "tell"},
            "input": {"text": "{{ state['found'] }}"},
            "output": {"told": "result"},
            "cache": cache,
        },
    ]
    row = ["START", "find", "tell", "END"]
    workflow = await played.made(nodes, list(pairwise(row)), state=numbers(found=None, told=None))

    pinned = await played.run(workflow, {"customer": "7"}, pins={"find": {"text": "forged"}})
    real = await played.run(workflow, {"customer": "7"})

    assert [run["output"]["told"] for run in (pinned, real)] == ["forged", "true"], real["error"]


async def test_result_is_not_kept_for_another_agent_whose_variables_a_node_uses(played: Workflows) -> None:
    calls = list[Any]()

    def fetch(arguments: Any) -> ToolResult:
        calls.append(arguments)
        return ToolResult(len(calls))

    played.scene.tools["fetch"] = fetch
    agents = [await played.scene.agent("-", tools=("fetch",)), await played.scene.agent("-")]
    node = {"id": "do", "type": "tool", "tool": {"name": "fetch"}, "input": {}, "output": {"n": "result"}}
    workflow = await played.made(
        [{**node, "cache": {"ttl": "PT1H"}}], [("START", "do"), ("do", "END")], state=numbers(n=None)
    )
    told = list[Any]()
    for agent in (*agents, agents[0]):
        await played.changed(workflow, agent_id=str(agent))
        told.append((await played.run(workflow))["output"]["n"])

    assert told == [1, 2, 1]


@pytest.mark.parametrize(("mark", "status"), [(":dangerous", 422), ("", 202)])
async def test_agent_that_calls_what_must_not_be_called_twice_is_not_tried_again(
    played: Workflows, mark: str, status: int
) -> None:
    played.scene.tools["pay"] = lambda _: ToolResult("Paid.")
    await played.scene.agent("Done.", tools=(f"pay{mark}",), name="Payer")
    node = {"id": "do", "type": "agent", "agent": {"name": "Payer"}, "input": {"prompt": "Pay."}}
    made = await played.post([{**node, "retry": {"max_attempts": 2, "retry_on": ["any"]}}], [("START", "do"), ("do", "END")])

    started = await played.start(made.json["id"], playground=True)

    assert started.status == status, started.text
    assert status == 202 or "must not be called twice" in started.text
