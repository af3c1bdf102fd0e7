"""Agents and teams called as tools: each call is a run of its own, with its own steps, cost, approvals and cancel."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.runs.scene import Gate, Scene, working


@pytest.fixture
async def scene(cast: Cast, process: Process, postgres: Postgres, environ: dict[str, str]) -> AsyncIterator[Scene]:
    """Give a scene with a worker."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    made = Scene(cast, process, postgres)
    async with working(environ, made.tools):
        yield made


def _asks(*calls: tuple[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": arguments} for name, arguments in calls], **more}


async def _caller(scene: Scene, *turns: Any, agents: list[dict[str, Any]], **fields: Any) -> str:
    config = fields.pop("config", {})
    return await scene.agent(*turns, name="Caller", config={"agents": agents, **config}, **fields)


async def _children(scene: Scene, run_id: str) -> list[Any]:
    page = await scene.cast.anna.http.get(f"/runs?parent_run_id={run_id}&limit=200")
    return list(reversed(page.json["items"]))


async def _steps(scene: Scene, run_id: str) -> list[Any]:
    page = await scene.cast.anna.http.get(f"/runs/{run_id}/steps?limit=200")
    return page.json["items"]


async def test_agent_calls_another_agent_as_a_run_of_its_own(scene: Scene) -> None:
    research = await scene.agent({"text": "Forty-two.", "cost_usd": 0.5}, name="Research")
    turn = _asks(("ask_research", {"task": "How many?"}), cost_usd=0.25)
    agent = await _caller(scene, turn, "It is 42.", agents=[{"agent_id": research, "name": "ask_research"}])

    run = await scene.until(await scene.started(agent))

    (child,) = await _children(scene, run["id"])
    step = next(each for each in await _steps(scene, run["id"]) if each["step_type"] == "member")
    overview = (await scene.cast.anna.http.get(f"/runs/{run['id']}/overview")).json
    assert run["output"] == {"text": "It is 42."}
    assert (child["status"], child["target_id"], child["input"]["prompt"]) == ("completed", research, "How many?")
    assert (step["step_name"], step["output"]["text"]) == ("Research", "Forty-two.")
    assert step["output"]["child_run_id"] == child["id"]
    assert Decimal(run["resource_usage"]["cost_usd"]) == Decimal("0.25")
    assert Decimal(overview["total_cost"]["cost_usd"]) == Decimal("0.75")


async def test_two_calls_work_at_the_same_time_beside_a_tool(scene: Scene) -> None:
    gates = [Gate(), Gate()]
    agents: list[dict[str, Any]] = []
    for name, gate in zip(("one", "two"), gates, strict=True):
        scene.tools[f"wait_{name}"] = gate.tool
        made = await scene.agent(_asks((f"wait_{name}", {})), f"{name}!", tools=(f"wait_{name}",), name=name.title())
        agents.append({"agent_id": made, "name": name})
    scene.tools["look"] = lambda _: "seen"
    turn = _asks(("one", {"task": "a"}), ("look", {}), ("two", {"task": "b"}))
    agent = await _caller(scene, turn, "Done.", agents=agents, tools=("look",))
    run_id = await scene.started(agent)
    for gate in gates:
        await gate.wait()
    for gate in gates:
        gate.opened.set()

    run = await scene.until(run_id)

    kinds = [each["step_type"] for each in await _steps(scene, run_id)]
    assert run["output"] == {"text": "Done."}
    assert sorted(kinds) == ["llm_call", "llm_call", "member", "member", "tool"]
    assert run["resource_usage"]["steps"] == 5


async def test_failure_of_a_called_agent_is_told_to_the_model(scene: Scene) -> None:
    broken = await scene.agent({"error": "unavailable"}, name="Broken")
    agent = await _caller(scene, _asks(("ask", {"task": "x"})), "Alone.", agents=[{"agent_id": broken, "name": "ask"}])

    run = await scene.until(await scene.started(agent))

    (child,) = await _children(scene, run["id"])
    assert (run["output"], child["status"]) == ({"text": "Alone."}, "failed")


async def test_wrong_arguments_start_no_run(scene: Scene) -> None:
    research = await scene.agent("-", name="Research")
    turn = _asks(("ask", {"question": "x"}))
    agent = await _caller(scene, turn, "Sorry.", agents=[{"agent_id": research, "name": "ask"}])

    run = await scene.until(await scene.started(agent))

    assert await _children(scene, run["id"]) == []
    assert "do not fit" in str(await _steps(scene, run["id"]))


async def test_call_of_an_agent_waits_for_an_approval_beside_another_call(scene: Scene) -> None:
    one, two = [await scene.agent("Fine.", name=name) for name in ("One", "Two")]
    agents = [{"agent_id": one, "name": "one", "requires_approval": True}, {"agent_id": two, "name": "two"}]
    turn = _asks(("one", {"task": "a"}), ("two", {"task": "b"}))
    agent = await _caller(scene, turn, "Done.", agents=agents)
    run_id = await scene.started(agent)
    await scene.until(run_id, "waiting")
    (child,) = await _children(scene, run_id)
    await scene.until(child["id"])

    waiting = await scene.run(run_id)
    pending = (await scene.cast.anna.http.get("/approvals?status=pending")).json["items"]
    approval = next(each for each in pending if each["run_id"] == run_id)
    await scene.cast.anna.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    run = await scene.until(run_id)

    assert (waiting["status"], waiting["waiting_reason"], approval["tool_name"]) == ("waiting", "approval", "one")
    assert run["output"] == {"text": "Done."}
    assert sorted(each["target_name"] for each in await _children(scene, run_id)) == ["One", "Two"]


async def test_cancelling_the_caller_cancels_the_called_agent_and_the_reverse_is_told(scene: Scene) -> None:
    gate = Gate()
    scene.tools["stand"] = gate.tool
    slow = await scene.agent(_asks(("stand", {})), "-", tools=("stand",), name="Slow")
    agent = await _caller(scene, _asks(("ask", {"task": "x"})), "Alone.", agents=[{"agent_id": slow, "name": "ask"}])
    first, second = await scene.started(agent), await scene.started(agent)
    async with asyncio.timeout(60):
        while gate.calls < 2:
            await gate.reached.wait()
            gate.reached.clear()

    await scene.cast.anna.http.post(f"/runs/{first}/cancel")
    (child,) = await _children(scene, second)
    await scene.cast.anna.http.post(f"/runs/{child['id']}/cancel")
    run = await scene.until(second)

    assert [each["status"] for each in await _children(scene, first)] == ["cancelled"]
    assert run["output"] == {"text": "Alone."}
    assert "run was cancelled" in str(await _steps(scene, second))


async def test_cost_limit_counts_called_agents(scene: Scene) -> None:
    dear = await scene.agent({"text": "Dear.", "cost_usd": 0.75}, name="Dear")
    agents = [{"agent_id": dear, "name": "ask", "limits": {"max_steps": 3}}]
    turn = _asks(("ask", {"task": "x"}))
    agent = await _caller(scene, turn, "-", agents=agents, config={"limits": {"max_cost_usd": 0.5}})

    run = await scene.until(await scene.started(agent))

    assert (run["status"], run["error"]["code"]) == ("failed", "limit_cost")


async def test_team_is_called_as_a_tool(scene: Scene) -> None:
    one = await scene.agent("Fine.", name="One")
    delegate = {"tool_calls": [{"name": "delegate", "arguments": {"member": "one", "task": "a"}}]}
    script = {"turns": [delegate, {"text": "Team."}]}
    config = {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": script}}
    body = {"name": "Desk", "type": "coordinate", "config": config, "members": [{"agent_id": one}]}
    team = (await scene.cast.anna.http.post("/teams", json=body)).json["id"]
    agent = await _caller(scene, _asks(("desk", {"task": "x"})), "Done.", agents=[{"team_id": team, "name": "desk"}])

    run = await scene.until(await scene.started(agent))
    deleted = await scene.cast.anna.http.delete(f"/teams/{team}")

    (child,) = await _children(scene, run["id"])
    assert (run["output"], child["type"], child["output"]) == ({"text": "Done."}, "team", {"text": "Team."})
    assert (deleted.status, deleted.json["code"]) == (409, "team_in_use")
    assert "Caller" in deleted.text


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"name": "x"}, "config.agents.0"),
        ({"name": "a b", "agent_id": "{one}"}, "config.agents.0.name"),
        ({"name": "x", "agent_id": "01a20000-0000-7000-8000-000000000000"}, "config.agents.0.agent_id"),
        ({"name": "x", "team_id": "01a20000-0000-7000-8000-000000000000"}, "config.agents.0.team_id"),
        ({"name": "x", "agent_id": "{foreign}"}, "config.agents.0.agent_id"),
        ({"name": "calculator", "agent_id": "{one}"}, "config.agents.0.name"),
    ],
)
async def test_bad_entries_name_the_field(cast: Cast, entry: dict[str, Any], field: str) -> None:
    one = (await cast.anna.http.post("/agents", json={"name": "One"})).json["id"]
    foreign = (await cast.otto.http.post("/agents", json={"name": "Foreign"})).json["id"]
    entry = {name: value.format(one=one, foreign=foreign) for name, value in entry.items()}
    body = {"name": "Caller", "config": {"agents": [entry], "tools": [{"name": "calculator"}]}}

    answer = await cast.anna.http.post("/agents", json=body)

    assert answer.status == 422, answer.text
    assert [each["field"] for each in answer.json["errors"]] == [field]


async def test_agents_that_call_each_other_are_refused_and_a_called_agent_is_not_deleted(cast: Cast) -> None:
    http = cast.anna.http
    one = (await http.post("/agents", json={"name": "One", "status": "active"})).json["id"]
    body = {"name": "Two", "status": "active", "config": {"agents": [{"agent_id": one, "name": "one"}]}}
    two = (await http.post("/agents", json=body)).json["id"]

    itself = await http.patch(f"/agents/{one}", json={"config": {"agents": [{"agent_id": one, "name": "me"}]}})
    await http.patch(f"/agents/{one}", json={"config": {"agents": [{"agent_id": two, "name": "two"}]}})
    started = await http.post("/runs", json={"type": "agent", "target_id": one, "input": {"prompt": "x"}})
    deleted = await http.delete(f"/agents/{two}")

    assert itself.status == 422
    assert "the agent itself" in itself.text
    assert (started.status, started.json["code"]) == (422, "agent_not_runnable")
    assert "back to itself" in started.text
    assert (deleted.status, deleted.json["code"]) == (409, "agent_in_use")
    assert "One" in deleted.text
