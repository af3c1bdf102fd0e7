"""Agents inside a workflow's run (``run_as`` subgraph): their steps, calls and questions are those of the run."""

import asyncio
from typing import Any

import pytest

from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse, ToolResult
from retinue.llm.errors import ModelUnavailableError
from retinue.llm.scripted import ScriptedChatModel
from tests.runs.scene import Scene, working
from tests.workflows.conftest import Workflows, adds, numbers, ticking


def _inside(node_id: str = "ask", agent: str = "Clerk", **more: Any) -> Any:
    given = {"input": {"prompt": "Go."}, "output": {"said": "result['text']"}}
    return {"id": node_id, "type": "agent", "agent": {"name": agent}, "run_as": "subgraph", **given, **more}


async def _of(workflows: Workflows, *nodes: Any, edges: Any = None, **fields: Any) -> str:
    ids = [each["id"] for each in nodes]
    row = list(zip(["START", *ids], [*ids, "END"], strict=True))
    return await workflows.made(nodes, edges or row, **({"state": numbers(said="")} | fields))


async def _pending(workflows: Workflows) -> list[Any]:
    page = await workflows.scene.cast.adam.http.get("/approvals?status=pending&limit=100")
    return list(page.json["items"])


async def _decide(workflows: Workflows, approval: Any, decision: str = "approve", **more: Any) -> None:
    http = workflows.scene.cast.adam.http
    decided = await http.post(f"/approvals/{approval['id']}/decide", json={"decision": decision, **more})
    assert decided.status == 200, decided.text


async def _goes_on(workflows: Workflows, run_id: str, approval: Any) -> Any:
    """Approve, and return the run once it waits again or is over."""
    before = (await workflows.scene.run(run_id))["last_sequence"]
    await _decide(workflows, approval)
    stops = {"run.waiting", "run.completed", "run.failed"}
    async with asyncio.timeout(60):
        async for _ in workflows.scene.events(run_id, after=before, until=lambda sent: sent.event in stops):
            pass
    return await workflows.scene.run(run_id)


async def test_agent_inside_is_a_part_of_the_run_with_its_steps_below_that_of_the_node(played: Workflows) -> None:
    played.scene.tools["look"] = lambda _: ToolResult("Sheep.")
    call = {"text": "Let me look.", "tool_calls": [{"name": "look"}], "cost_usd": 0.25}
    agent = await played.scene.agent(call, {"text": "Wool.", "cost_usd": 0.5}, tools=("look",), name="Clerk")
    workflow = await _of(played, _inside(), adds("loud", said="state['said'].upper()"))

    run = await played.run(workflow)
    steps = await played.steps(run["id"])

    assert (run["status"], run["output"]) == ("completed", {"said": "WOOL."}), run["error"]
    assert await played.children(run["id"]) == []
    node = next(each for each in steps if each["node_id"] == "ask")
    (first, second), (tool,) = (
        [each for each in steps if each["step_type"] == kind and each["node_id"] is None] for kind in ("llm_call", "tool")
    )
    assert (node["step_type"], node["status"], node["output"]) == ("agent", "completed", {"text": "Wool."})
    assert {first["parent_step_id"], second["parent_step_id"]} == {node["id"]}
    assert tool["parent_step_id"] == first["id"]
    assert len({each["sequence"] for each in steps}) == len(steps) == 5
    usage = run["resource_usage"]
    assert (usage["model_calls"], usage["tool_calls"], float(usage["cost_usd"])) == (2, 1, 0.75)
    assert [each["usage"]["agent_id"] for each in (first, second)] == [agent, agent]


async def test_question_of_an_agent_inside_waits_without_a_worker_while_other_branches_end(played: Workflows) -> None:
    sent: list[Any] = []
    played.scene.tools["send"] = lambda given: (sent.append(given), ToolResult("sent"))[1]
    played.scene.tools["note"] = lambda _: ToolResult("noted")
    await played.scene.agent({"tool_calls": [{"name": "send"}]}, "Done.", tools=("send:approval",), name="Clerk")
    await played.scene.agent("-", tools=("note",), name="Other")
    note = {"id": "note", "type": "tool", "tool": {"name": "note"}, "input": {}}
    edges = [("START", "ask"), ("START", "note"), ("ask", "END"), ("note", "END")]
    workflow = await _of(played, _inside(), note, edges=edges)

    run_id = await played.started(workflow)
    waiting = await played.scene.until(run_id, "waiting")
    before = await played.steps(run_id)
    (asked,) = await _pending(played)
    await _decide(played, asked)
    run = await played.scene.until(run_id)
    steps = await played.steps(run_id)

    assert (waiting["waiting_reason"], asked["kind"], asked["tool_name"]) == ("approval", "tool_call", "send")
    assert [each["status"] for each in before if each["node_id"] == "note"] == ["completed"]
    assert (run["status"], run["output"]) == ("completed", {"said": "Done."}), run["error"]
    assert len(sent) == 1
    # The model's first call was made once: the run went on behind it.
    assert [each["step_type"] for each in steps if each["node_id"] is None].count("llm_call") == 2
    assert run["resource_usage"]["model_calls"] == 2


@pytest.mark.parametrize("is_together", [False, True], ids=["one after the other", "at the same time"])
async def test_agents_inside_a_map_ask_beside_each_other(played: Workflows, *, is_together: bool) -> None:
    sent: list[Any] = []
    played.scene.tools["send"] = lambda given: (sent.append(given), ToolResult("sent"))[1]
    await played.scene.agent({"tool_calls": [{"name": "send"}]}, "Done.", tools=("send:approval",), name="Clerk")
    each: Any = {"id": "each", "type": "map", "over": "[1, 2, 3]", "body": {"nodes": [_inside(output={})]}}
    workflow = await _of(played, {**each, "output": {"said": "[one['text'] for one in result]"}})

    run_id = await played.started(workflow)
    await played.scene.until(run_id, "waiting")
    asked = await _pending(played)
    if is_together:
        await asyncio.gather(*(_decide(played, approval) for approval in asked))
    else:
        for approval in asked:
            await _goes_on(played, run_id, approval)
    run = await played.scene.until(run_id)

    assert len(asked) == 3
    assert (run["status"], run["output"]) == ("completed", {"said": ["Done.", "Done.", "Done."]}), run["error"]
    assert (len(sent), run["resource_usage"]["model_calls"]) == (3, 6)


async def test_limit_of_an_agent_inside_is_an_error_of_its_node_and_one_of_the_run_ends_it(played: Workflows) -> None:
    played.scene.tools["look"] = lambda _: ToolResult("Sheep.")
    calls = [{"tool_calls": [{"name": "look"}]}] * 5
    config = {"limits": {"max_steps": 3}}
    await played.scene.agent(*calls, "Late.", tools=("look",), name="Clerk", config=config)
    nodes = [_inside(on_error={"goto": "tell"}), adds("tell", said="result['code'] + ' in ' + result['node']")]
    edges = [("START", "ask"), ("ask", "END"), ("tell", "END")]
    mild = await _of(played, *nodes, edges=edges)
    strict = await _of(played, *nodes, edges=edges, name="Strict", limits={"max_steps": 3})

    run, ended = await played.run(mild), await played.run(strict)

    assert (run["status"], run["output"]) == ("completed", {"said": "limit_of_agent in ask"}), run["error"]
    assert (ended["status"], ended["error"]["code"]) == ("failed", "limit_steps")


async def test_limits_of_an_agent_inside_count_what_it_used_before_it_was_asked_about(played: Workflows) -> None:
    played.scene.tools["send"] = lambda _: ToolResult("sent")
    turns = [{"tool_calls": [{"name": "send"}], "cost_usd": 0.4}, {"tool_calls": [{"name": "send"}], "cost_usd": 0.4}]
    config = {"limits": {"max_cost_usd": 0.5}}
    await played.scene.agent(*turns, "Done.", tools=("send:approval",), name="Clerk", config=config)
    workflow = await _of(played, _inside())

    run_id = await played.started(workflow)
    run = await played.scene.until(run_id, "waiting")
    for _ in range(2):
        (asked,) = await _pending(played)
        run = await _goes_on(played, run_id, asked)

    assert (run["status"], run["error"]["code"]) == ("failed", "limit_of_agent"), run
    assert float(run["resource_usage"]["cost_usd"]) == 0.8


class _Flaky:
    """Fails the first calls of each prompt that asks for it."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        self.calls += 1
        answers = sum(message["role"] == "assistant" for message in request.messages)
        if answers == 1 and self.failures:
            self.failures -= 1
            raise ModelUnavailableError("The model is away.")
        return await ScriptedChatModel().complete(request, on_delta)


async def test_each_attempt_of_an_agent_inside_starts_from_the_beginning_with_a_step_of_its_own(
    scene: Scene, environ: dict[str, str]
) -> None:
    model = _Flaky(2)
    async with working(environ, scene.tools, model=model) as process, ticking(process):
        workflows = Workflows(scene)
        scene.tools["look"] = lambda _: ToolResult("Sheep.")
        await scene.agent({"tool_calls": [{"name": "look"}]}, "Wool.", tools=("look",), name="Clerk")
        retry = {"max_attempts": 3, "initial_interval": "PT0.01S", "jitter": False}
        run = await workflows.run(await _of(workflows, _inside(retry=retry)))
        steps = await workflows.steps(run["id"])

    assert (run["status"], run["output"]) == ("completed", {"said": "Wool."}), run["error"]
    attempts = [each for each in steps if each["node_id"] == "ask"]
    assert [each["status"] for each in attempts] == ["failed", "failed", "completed"]
    assert [sum(each["parent_step_id"] == one["id"] for each in steps) for one in attempts] == [2, 2, 2]
    assert model.calls == 6


async def test_agent_inside_calls_another_agent_whose_run_is_awaited(played: Workflows) -> None:
    helper = await played.scene.agent("Because.", name="Helper")
    call = {"tool_calls": [{"name": "helper", "arguments": {"task": "Why?"}}]}
    config = {"agents": [{"agent_id": helper, "name": "helper"}]}
    await played.scene.agent(call, "So it is.", name="Clerk", config=config)
    workflow = await _of(played, _inside())

    run = await played.run(workflow)

    assert (run["status"], run["output"]) == ("completed", {"said": "So it is."}), run["error"]
    (child,) = await played.children(run["id"])
    assert (child["target_name"], child["input"]["prompt"]) == ("Helper", "Why?")


async def test_agent_that_lives_elsewhere_cannot_be_inside(played: Workflows) -> None:
    made = await played.scene.cast.anna.http.post(
        "/agents", json={"name": "Clerk", "runtime": "external", "status": "active"}
    )
    assert made.status == 201, made.text
    workflow = await _of(played, _inside())

    refused = await played.start(workflow)

    assert (refused.status, refused.json["code"]) == (422, "workflow_invalid")
    assert [each["field"] for each in refused.json["errors"]] == ["definition.nodes.ask.run_as"]


async def test_budget_of_an_agent_counts_its_work_inside_a_workflow_and_that_of_no_other(played: Workflows) -> None:
    http = played.scene.cast.olga.http
    agent = await played.scene.agent({"text": "Wool.", "cost_usd": 0.75}, name="Clerk")
    await played.scene.agent({"text": "Milk.", "cost_usd": 4}, name="Other")
    budget = await http.post(
        "/budgets", json={"name": "Clerks", "scope": "agent", "subject_id": agent, "period": "day", "limit_usd": 100}
    )
    assert budget.status == 201, budget.text
    workflow = await _of(played, _inside(), _inside("other", "Other"))

    run = await played.run(workflow)
    used = await http.get(f"/budgets/{budget.json['id']}")

    assert run["status"] == "completed", run["error"]
    assert float(used.json["settled_usd"]) == 0.75, used.json


async def test_definition_refuses_a_workflow_or_a_map_as_a_subgraph_and_knows_that_agents_inside_start_no_runs(
    played: Workflows,
) -> None:
    await played.scene.agent("Yes.", name="Clerk")
    many: Any = {"id": "each", "type": "map", "over": "[1]", "max_items": 10_000, "body": {"nodes": [_inside(output={})]}}
    inner: Any = {"id": "inner", "type": "workflow", "workflow": {"name": "Desk"}, "run_as": "subgraph"}

    accepted = await _of(played, many)
    refused = await played.post([inner], [("START", "inner"), ("inner", "END")], name="Outer")

    assert accepted
    assert [each["field"] for each in refused.json["errors"]] == ["definition.nodes.0.run_as"]
