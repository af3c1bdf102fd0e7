"""Runs of workflows: agents and workflows as runs of their own, tools, decisions, circles, error routes, limits."""

from collections.abc import Callable
from typing import Any

import pytest

from retinue.engine.ports import ToolResult
from tests.workflows.conftest import Workflows, adds, edge, numbers


async def _tool(workflows: Workflows, name: str, answer: Any, *, mark: str = "") -> None:
    workflows.scene.tools[name] = answer
    await workflows.scene.agent("-", tools=(f"{name}{mark}",))


def _fails(message: str) -> Callable[[Any], ToolResult]:
    def fail(_: Any) -> ToolResult:
        return ToolResult(message, is_error=True)

    return fail


def _of_node(steps: list[Any]) -> list[tuple[str, str, int, str]]:
    return [(step["node_id"], step["step_type"], step["visit"], step["status"]) for step in steps]


async def test_workflow_passes_an_agents_answer_to_a_tool_and_gives_its_output(played: Workflows) -> None:
    seen: list[Any] = []

    def note(arguments: Any) -> ToolResult:
        seen.append(arguments)
        return ToolResult("noted")

    await _tool(played, "note", note)
    await played.scene.agent("Three news.", name="Scout")
    nodes = [
        {
            "id": "look",
            "name": "Look around",
            "type": "agent",
            "agent": {"name": "Scout"},
            "input": {"prompt": "News on {{ input['topic'] }}"},
            "output": {"found": "result['text']"},
        },
        {"id": "keep", "type": "tool", "tool": {"name": "note"}, "input": {"text": "Found: {{ state['found'] }}"}},
    ]
    workflow = await played.made(
        nodes,
        [("START", "look"), ("look", "keep"), ("keep", "END")],
        state={"found": {}},
        output={"report": "state['found'].upper()"},
    )

    run = await played.run(workflow, {"topic": "sheep"})

    assert (run["status"], run["output"]) == ("completed", {"report": "THREE NEWS."}), run["error"]
    assert (run["type"], run["workflow_id"], run["agent_id"]) == ("workflow", workflow, None)
    assert seen == [{"text": "Found: Three news."}]
    (child,) = await played.children(run["id"])
    assert (child["target_name"], child["input"]) == ("Scout", {"prompt": "News on sheep"})
    steps = await played.steps(run["id"])
    assert _of_node(steps) == [("look", "agent", 1, "completed"), ("keep", "tool", 1, "completed")]
    assert steps[0]["step_name"] == "Look around"
    assert steps[0]["input"]["child_run_id"] == child["id"]


async def test_condition_takes_one_way_and_records_which_and_why(played: Workflows) -> None:
    nodes = [{"id": "size", "type": "condition"}, adds("small", answer="'small'"), adds("large", answer="'large'")]
    edges = [
        ("START", "size"),
        edge("size", "large", when="input['count'] > state['limit']"),
        edge("size", "small", **{"else": True}),
        ("small", "END"),
        ("large", "END"),
    ]
    workflow = await played.made(nodes, edges, state=numbers(limit=3, answer=""))

    run = await played.run(workflow, {"count": 5})

    assert run["output"] == {"limit": 3, "answer": "large"}
    decision, _ = await played.steps(run["id"])
    assert (decision["step_type"], decision["output"]["taken"]) == ("decision", ["large"])
    assert decision["input"] == {"input": {"count": 5}, "state": {"limit": 3}}


async def test_overview_names_the_version_that_a_run_carries_out_whatever_was_published_since(played: Workflows) -> None:
    anna = played.scene.cast.anna.http
    workflow = await played.made([adds("one", n="1")], [("START", "one"), ("one", "END")], state=numbers(n=0))
    first = await played.run(workflow)
    definition = (await played.read(workflow))["definition"]
    definition["nodes"][0]["set"]["n"] = "2"
    await played.changed(workflow, definition=definition)
    await anna.post(f"/workflows/{workflow}/publish", json={})
    second = await played.run(workflow)

    seen = [(await anna.get(f"/runs/{run['id']}/overview")).json["workflow_version"] for run in (first, second)]

    assert seen == [1, 2]
    agents_run = await played.scene.started(await played.scene.agent("Hello."))
    assert (await anna.get(f"/runs/{agents_run}/overview")).json["workflow_version"] is None


async def test_circle_visits_its_nodes_again_and_the_steps_say_which_visit(played: Workflows) -> None:
    nodes = [{**adds("count", n="state['n'] + 1"), "join": "any"}, {"id": "again", "type": "condition"}]
    edges = [
        ("START", "count"),
        ("count", "again"),
        edge("again", "count", when="state['n'] < 3", max_visits=5),
        edge("again", "END", **{"else": True}),
    ]
    workflow = await played.made(nodes, edges, state=numbers(n=0))

    run = await played.run(workflow)

    assert (run["status"], run["output"]) == ("completed", {"n": 3})
    visits = [(step["node_id"], step["visit"]) for step in await played.steps(run["id"])]
    assert visits == [("count", 1), ("again", 1), ("count", 2), ("again", 2), ("count", 3), ("again", 3)]


async def test_failing_tool_takes_the_error_route_and_its_target_sees_the_error(played: Workflows) -> None:
    await _tool(played, "send", _fails("The door is shut."))
    nodes = [
        {"id": "send", "type": "tool", "tool": {"name": "send"}, "on_error": {"goto": "tell"}},
        adds("done", word="'sent'"),
        adds("tell", word="result['node'] + ': ' + result['message']"),
    ]
    edges = [("START", "send"), ("send", "done"), ("done", "END"), ("tell", "END")]
    workflow = await played.made(nodes, edges, state=numbers(word=""))

    run = await played.run(workflow)

    assert (run["status"], run["output"]) == ("completed", {"word": "send: send: The door is shut."}), run["error"]
    steps = await played.steps(run["id"])
    assert _of_node(steps) == [("send", "tool", 1, "failed"), ("tell", "transform", 1, "completed")]


async def test_failing_agent_without_an_error_route_fails_the_run_and_names_it(played: Workflows) -> None:
    broken = await played.scene.agent({"error": "provider_unavailable"}, name="Broken")
    nodes = [{"id": "ask", "type": "agent", "agent": {"id": broken}, "input": {"prompt": "Go."}}]
    workflow = await played.made(nodes, [("START", "ask"), ("ask", "END")])

    run = await played.run(workflow)

    assert (run["status"], run["error"]["code"], run["error"]["step"]) == ("failed", "node_failed", "ask")
    assert run["error_message"].startswith("Broken: ")


async def test_parallel_agents_work_as_runs_at_the_same_time_and_a_join_sees_both(played: Workflows) -> None:
    for name in ("One", "Two"):
        await played.scene.agent(name.lower(), name=name)
    nodes = [
        *(
            {
                "id": name.lower(),
                "type": "agent",
                "agent": {"name": name},
                "input": {"prompt": "Go."},
                "output": {"said": "[result['text']]"},
            }
            for name in ("One", "Two")
        ),
        adds("both", count="len(state['said'])"),
    ]
    edges = [("START", "one"), ("START", "two"), ("one", "both"), ("two", "both"), ("both", "END")]
    state: Any = {"said": {"reducer": "append", "default": []}, "count": {}}
    workflow = await played.made(nodes, edges, state=state)

    run = await played.run(workflow)

    assert sorted(run["output"]["said"]) == ["one", "two"]
    assert run["output"]["count"] == 2
    assert len(await played.children(run["id"])) == 2


async def test_workflow_in_a_workflow_is_a_run_of_its_own(played: Workflows) -> None:
    inner = await played.made(
        [adds("double", n="input['n'] * 2")], [("START", "double"), ("double", "END")], name="Inner", state=numbers(n=0)
    )
    nodes = [
        {
            "id": "ask",
            "type": "workflow",
            "workflow": {"name": "Inner"},
            "input": {"n": "{{ input['n'] + 1 }}"},
            "output": {"n": "result['n']"},
        }
    ]
    outer = await played.made(nodes, [("START", "ask"), ("ask", "END")], state=numbers(n=0))

    run = await played.run(outer, {"n": 4})

    assert run["output"] == {"n": 10}
    (child,) = await played.children(run["id"])
    assert (child["type"], child["workflow_id"], child["input"]) == ("workflow", inner, {"n": 5})


async def test_expression_without_a_value_fails_the_run_and_names_node_field_and_place(played: Workflows) -> None:
    nodes = [adds("read", word="input['missing'] + 'x'")]
    workflow = await played.made(nodes, [("START", "read"), ("read", "END")], state=numbers(word=""))

    run = await played.run(workflow)

    assert (run["status"], run["error"]["code"]) == ("failed", "expression_failed")
    assert run["error_message"].startswith("read, set: input['missing'] + 'x' (line 1, column 1): KeyError"), run["error"]


async def test_limit_of_steps_ends_a_run_whatever_the_error_route_says(played: Workflows) -> None:
    nodes = [
        {**adds("count", n="state['n'] + 1"), "join": "any", "on_error": "continue"},
        {"id": "again", "type": "condition"},
    ]
    edges = [
        ("START", "count"),
        ("count", "again"),
        edge("again", "count", when="True", max_visits=900),
        edge("again", "END", **{"else": True}),
    ]
    workflow = await played.made(nodes, edges, state=numbers(n=0), limits={"max_steps": 6})

    run = await played.run(workflow)

    assert (run["status"], run["error"]["code"]) == ("failed", "limit_steps")
    assert run["resource_usage"]["steps"] == 6


async def test_failed_run_resumes_from_its_last_node_and_makes_no_call_again(played: Workflows) -> None:
    calls: list[str] = []
    results = [ToolResult("Not yet.", is_error=True), ToolResult("Sent.")]

    def first(_: Any) -> ToolResult:
        calls.append("first")
        return ToolResult("done")

    def second(_: Any) -> ToolResult:
        calls.append("second")
        return results.pop(0)

    await _tool(played, "first", first, mark=":dangerous")
    await _tool(played, "second", second)
    nodes = [{"id": name, "type": "tool", "tool": {"name": name}} for name in ("first", "second")]
    workflow = await played.made(nodes, [("START", "first"), ("first", "second"), ("second", "END")])
    run = await played.run(workflow)
    assert run["status"] == "failed"

    resumed = await played.scene.cast.anna.http.post(f"/runs/{run['id']}/resume")

    assert resumed.status == 202, resumed.text
    assert (await played.scene.until(run["id"], "completed"))["status"] == "completed"
    assert calls == ["first", "second", "second"]


async def test_each_run_is_counted_once_whatever_it_goes_through(played: Workflows) -> None:
    answers = [ToolResult("No.", is_error=True), ToolResult("Yes."), ToolResult("No.", is_error=True)]

    def ask(_: Any) -> ToolResult:
        return answers.pop(0)

    await _tool(played, "ask", ask)
    workflow = await played.made(
        [{"id": "ask", "type": "tool", "tool": {"name": "ask"}}], [("START", "ask"), ("ask", "END")]
    )
    await played.changed(workflow, is_active=True)
    assert (await played.read(workflow))["status"] == "active"

    run = await played.run(workflow)
    failed = await played.read(workflow)
    await played.scene.cast.anna.http.post(f"/runs/{run['id']}/resume")
    await played.scene.until(run["id"], "completed")
    resumed = await played.read(workflow)
    await played.run(workflow)
    await played.scene.owner("DELETE FROM runs WHERE target_id = %s", workflow)

    kept = await played.read(workflow)
    counts = [
        (each["execution_count"], each["success_count"], each["error_count"], each["status"])
        for each in (failed, resumed, kept)
    ]
    assert counts == [(1, 0, 1, "error"), (1, 1, 0, "active"), (2, 1, 1, "error")]
    assert kept["last_execution"] is not None


async def test_trial_takes_the_newest_version_of_an_inactive_workflow_and_is_not_counted(played: Workflows) -> None:
    edges = [("START", "say"), ("say", "END")]
    made = await played.post([adds("say", word="'first'")], edges, state=numbers(word=""))
    workflow = made.json["id"]

    refused = await played.start(workflow)
    run = await played.run(workflow, playground=True)

    assert (refused.status, refused.json["code"]) == (409, "workflow_not_published")
    assert run["output"] == {"word": "first"}
    assert (await played.read(workflow))["execution_count"] == 0


@pytest.mark.parametrize("given", [{"count": "many"}, {}, {"count": 1, "more": 2}])
async def test_input_that_does_not_fit_the_schema_starts_no_run(workflows: Workflows, given: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"count": {"type": "integer"}},
        "required": ["count"],
        "additionalProperties": False,
    }
    workflow = await workflows.made(
        [adds("say", word="'x'")], [("START", "say"), ("say", "END")], state=numbers(word=""), input_schema=schema
    )

    refused = await workflows.start(workflow, given)

    assert (refused.status, refused.json["code"]) == (422, "workflow_input_invalid"), refused.text
    assert refused.json["errors"][0]["field"] == "input"


async def _asked(workflows: Workflows, run_id: str) -> Any:
    page = await workflows.scene.cast.anna.http.get(f"/runs/{run_id}/approvals")
    assert page.status == 200, page.text
    (approval,) = page.json["items"]
    return approval


@pytest.mark.parametrize(("decision", "word"), [("approve", "sent"), ("reject", "kept: Not today.")])
async def test_approval_waits_for_a_person_and_the_edges_see_what_they_decided(
    played: Workflows, decision: str, word: str
) -> None:
    nodes = [
        {
            "id": "ok",
            "name": "Release",
            "type": "approval",
            "reason": "Send to {{ input['count'] }} readers?",
            "input": {"count": "{{ input['count'] }}"},
            "output": {"said": "result['comment']"},
        },
        adds("send", word="'sent'"),
        adds("keep", word="'kept: ' + state['said']"),
    ]
    edges = [
        ("START", "ok"),
        edge("ok", "send", when="result['decision'] == 'approve'"),
        edge("ok", "keep", **{"else": True}),
        *(("send", "END"), ("keep", "END")),
    ]
    state = {"word": {}, "said": {"default": ""}}
    workflow = await played.made(nodes, edges, state=state, output={"word": "state['word']"})
    run_id = await played.started(workflow, {"count": 7})
    waiting = await played.scene.until(run_id, "waiting")
    approval = await _asked(played, run_id)

    body = {"decision": decision, "comment": "Not today."}
    decided = await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json=body)

    assert decided.status == 200, decided.text
    run = await played.scene.until(run_id, "completed", "failed")
    assert (waiting["waiting_reason"], run["output"]) == ("approval", {"word": word}), run["error"]
    assert (approval["kind"], approval["tool_name"], approval["arguments"]) == ("node", "Release", {"count": 7})
    assert approval["reason"] == "Send to 7 readers?"
    steps = await played.steps(run_id)
    assert (steps[0]["step_type"], steps[0]["status"], steps[0]["node_id"]) == ("approval", "completed", "ok")


async def test_waiting_for_a_time_holds_no_worker_and_goes_on_by_itself(played: Workflows) -> None:
    nodes = [
        {"id": "pause", "type": "wait_until", "after": "PT2S", "output": {"until": "result"}},
        {"id": "past", "type": "wait_until", "at": "input['at']"},
    ]
    workflow = await played.made(nodes, [("START", "pause"), ("pause", "past"), ("past", "END")], state={"until": {}})
    run_id = await played.started(workflow, {"at": "2020-02-29T12:00:00+01:00"})

    waiting = await played.scene.until(run_id, "waiting", "completed", "failed")
    run = await played.scene.until(run_id, "completed", "failed")

    assert (waiting["waiting_reason"], run["status"]) == ("timer", "completed"), run["error"]
    steps = await played.steps(run_id)
    assert [(step["step_type"], step["status"]) for step in steps] == [("wait", "completed"), ("wait", "completed")]
    assert steps[1]["output"] == "2020-02-29T12:00:00+01:00"
    assert run["output"] == {"until": steps[0]["output"]}


async def test_time_that_is_none_fails_the_node(played: Workflows) -> None:
    nodes = [{"id": "pause", "type": "wait_until", "at": "'tomorrow'"}]
    workflow = await played.made(nodes, [("START", "pause"), ("pause", "END")])

    run = await played.run(workflow)

    assert (run["status"], run["error"]["code"]) == ("failed", "expression_failed")
    assert run["error_message"].startswith("pause, at: is tomorrow, which is no instant"), run["error"]


async def test_tool_beside_an_agent_is_called_once_and_the_run_goes_on_when_the_agent_has_answered(
    played: Workflows,
) -> None:
    calls: list[Any] = []

    def note(arguments: Any) -> ToolResult:
        calls.append(arguments)
        return ToolResult("noted")

    await _tool(played, "note", note, mark=":dangerous")
    await played.scene.agent("Found.", name="Scout")
    nodes = [
        {"id": "note", "type": "tool", "tool": {"name": "note"}, "output": {"kept": "result"}},
        {
            "id": "look",
            "type": "agent",
            "agent": {"name": "Scout"},
            "input": {"prompt": "Go."},
            "output": {"found": "result"},
        },
        adds("last", both="[state['kept'], state['found']['text']]"),
    ]
    edges = [("START", "note"), ("START", "look"), ("note", "last"), ("look", "last"), ("last", "END")]
    workflow = await played.made(nodes, edges, state=numbers(kept="", found="", both=""), output={"both": "state['both']"})

    run = await played.run(workflow)

    assert (run["output"], len(calls)) == ({"both": ["noted", "Found."]}, 1), run["error"]
