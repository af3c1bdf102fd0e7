"""Runs that take results instead of executing nodes: pins, runs from a node of a recorded run, dry runs."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from retinue.engine.ports import ToolResult
from tests.workflows.conftest import Workflows, adds, edge, numbers


@dataclass
class _Counted:
    """Tools that count their calls by name, and answer with what they were given."""

    workflows: Workflows
    calls: Counter[str] = field(default_factory=Counter[str])
    failing: set[str] = field(default_factory=set[str])

    async def node(self, name: str, text: str = "-", mark: str = "", **more: Any) -> Any:
        def answer(arguments: Any) -> ToolResult:
            self.calls[name] += 1
            if name in self.failing:
                return ToolResult(f"{name} is broken", is_error=True)
            return ToolResult({"text": f"{name}:{arguments.get('text')}", "call": self.calls[name]})

        self.workflows.scene.tools[name] = answer
        await self.workflows.scene.agent("-", tools=(f"{name}{mark}",), name=f"Holder of {name}")
        return {"id": name, "type": "tool", "tool": {"name": name}, "input": {"text": text}, **more}


async def _from(workflows: Workflows, run_id: str, node: str, **more: Any) -> Any:
    response = await workflows.scene.cast.anna.http.post(f"/runs/{run_id}/run-from", json={"node": node, **more})
    assert response.status == 202, response.text
    return await workflows.scene.until(response.json["id"])


def _sources(steps: list[Any]) -> dict[str, str]:
    return {each["node_id"]: each["source"] for each in steps}


async def _row(tools: _Counted, *names: str, **fields: Any) -> str:
    """Make a row of tools, each given what the one before it answered."""
    nodes, before = list[Any](), "input['text']"
    for name in names:
        nodes.append(await tools.node(name, f"{{{{ {before} }}}}", output={name: "result['text']"}, **fields.get(name, {})))
        before = f"state['{name}']"
    row = ["START", *names, "END"]
    return await tools.workflows.made(nodes, list(pairwise(row)), state=numbers(**dict.fromkeys(names)))


async def test_run_from_a_node_calls_nothing_before_it_and_takes_another_input(played: Workflows) -> None:
    tools = _Counted(played)
    workflow = await _row(tools, "one", "two", "three")
    first = await played.run(workflow, {"text": "x"})
    assert first["output"]["three"] == "three:two:one:x", first["error"]
    tools.calls.clear()

    again = await _from(played, first["id"], "two")
    edited = await _from(played, first["id"], "two", input={"text": "edited"})

    assert again["output"] == first["output"], again["error"]
    assert edited["output"] == {"one": "one:x", "two": "two:edited", "three": "three:two:edited"}, edited["error"]
    assert tools.calls == Counter(two=2, three=2)
    assert _sources(await played.steps(again["id"])) == {"one": "pinned", "two": "executed", "three": "executed"}
    assert again["forked_from_run_id"] == first["id"]


async def test_failed_step_is_no_result_and_an_agent_before_the_node_is_not_started(played: Workflows) -> None:
    tools = _Counted(played)
    await played.scene.agent("News.", name="Scout")
    look = {"id": "look", "type": "agent", "agent": {"name": "Scout"}, "input": {"prompt": "Go."}}
    look["output"] = {"found": "result['text']"}
    keep = await tools.node("keep", "{{ state['found'] }}", output={"kept": "result['text']"})
    workflow = await played.made(
        [look, keep], [("START", "look"), ("look", "keep"), ("keep", "END")], state=numbers(found=None, kept=None)
    )
    tools.failing.add("keep")
    failed = await played.run(workflow)
    assert failed["status"] == "failed"
    tools.failing.clear()

    run = await _from(played, failed["id"], "keep")

    assert (run["status"], run["output"]) == ("completed", {"found": "News.", "kept": "keep:News."}), run["error"]
    assert await played.children(run["id"]) == []
    tools.failing.add("keep")
    assert (await _from(played, failed["id"], "keep"))["status"] == "failed"


async def test_error_before_the_node_is_taken_from_the_record_and_leads_where_it_led(played: Workflows) -> None:
    tools = _Counted(played)
    risky = await tools.node("risky", on_error={"goto": "mend"})
    nodes = [risky, adds("mend", why="result['message']"), await tools.node("last", "{{ state['why'] }}")]
    edges = [("START", "risky"), ("risky", "last"), ("mend", "last"), ("last", "END")]
    workflow = await played.made(nodes, edges, state=numbers(why=None))
    tools.failing.add("risky")
    first = await played.run(workflow)
    assert first["status"] == "completed", first["error"]
    tools.calls.clear()

    run = await _from(played, first["id"], "last")

    assert (run["status"], run["output"]) == ("completed", first["output"]), run["error"]
    assert tools.calls == Counter(last=1)


async def test_loops_and_maps_before_the_node_give_what_they_gave(played: Workflows) -> None:
    tools = _Counted(played)
    round_ = await tools.node("round", "{{ state['n'] }}", output={"n": "state['n'] + 1", "words": "[result['text']]"})
    loop = {"id": "again", "type": "loop", "until": "state['n'] >= 3", "max": 5, "body": {"nodes": [round_]}}
    each = await tools.node("each", "{{ item }}")
    map_ = {"id": "all", "type": "map", "over": "[1, 2]", "body": {"nodes": [each]}, "output": {"list": "result"}}
    last = await tools.node(
        "last", "{{ state['words'] }} {{ [each['text'] for each in state['list']] }}", output={"end": "result['text']"}
    )
    state: Any = {**numbers(n=0, list=None, end=None), "words": {"reducer": "append", "default": []}}
    edges = [("START", "again"), ("again", "all"), ("all", "last"), ("last", "END")]
    workflow = await played.made([loop, map_, last], edges, state=state)
    first = await played.run(workflow)
    assert (first["status"], tools.calls) == ("completed", Counter(round=3, each=2, last=1)), first["error"]
    tools.calls.clear()

    run = await _from(played, first["id"], "last")

    assert run["output"] == first["output"], run["error"]
    assert tools.calls == Counter(last=1)


async def test_branch_beside_the_node_keeps_its_result(played: Workflows) -> None:
    tools = _Counted(played)
    nodes = [await tools.node("left"), await tools.node("right"), await tools.node("both")]
    edges = [("START", "left"), ("START", "right"), ("left", "both"), ("right", "both"), ("both", "END")]
    workflow = await played.made(nodes, edges)
    first = await played.run(workflow)
    tools.calls.clear()

    run = await _from(played, first["id"], "left")

    assert run["status"] == "completed", run["error"]
    assert tools.calls == Counter(left=1, both=1)


async def test_circle_is_gone_through_again_from_the_visit_that_is_asked_for(played: Workflows) -> None:
    tools = _Counted(played)
    write = await tools.node("write", "{{ state['n'] }}", output={"n": "state['n'] + 1"}, join="any")
    nodes = [write, await tools.node("check"), {"id": "enough", "type": "condition"}]
    edges = [
        ("START", "write"),
        ("write", "check"),
        ("check", "enough"),
        edge("enough", "write", when="state['n'] < 3", max_visits=5),
        edge("enough", "END", **{"else": True}),
    ]
    workflow = await played.made(nodes, edges, state=numbers(n=0))
    first = await played.run(workflow)
    assert tools.calls == Counter(write=3, check=3), first["error"]
    counts = {}
    for visit in (1, 2, 3):
        tools.calls.clear()
        run = await _from(played, first["id"], "check", visit=visit)
        assert run["output"] == {"n": 3}, run["error"]
        counts[visit] = (tools.calls["write"], tools.calls["check"])

    assert counts == {1: (2, 3), 2: (1, 2), 3: (0, 1)}


async def test_run_from_a_node_follows_the_newest_version_when_asked_and_then_it_is_a_trial(played: Workflows) -> None:
    tools = _Counted(played)
    workflow = await _row(tools, "one", "two")
    first = await played.run(workflow, {"text": "x"})
    definition = (await played.read(workflow))["definition"]
    definition["nodes"][1]["input"]["text"] = "new {{ state['one'] }}"
    await played.changed(workflow, definition=definition)
    tools.calls.clear()

    recorded = await _from(played, first["id"], "two")
    newest = await _from(played, first["id"], "two", version="newest")

    assert [run["output"]["two"] for run in (recorded, newest)] == ["two:one:x", "two:new one:x"], newest["error"]
    assert [run["playground"] for run in (recorded, newest)] == [False, True]
    assert tools.calls == Counter(two=2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"node": "tow"}, "node"),
        ({"node": "each/inner"}, "node"),
        ({"node": "two", "visit": 7}, "visit"),
        ({"node": "sum", "input": {"a": 1}}, "input"),
        ({"node": "two", "pins": {"tow": 1}}, "pins.tow"),
        ({"node": "two", "pins": {"sum": 1}}, "pins.sum"),
    ],
)
async def test_what_cannot_be_run_from_is_refused_with_its_field(played: Workflows, body: Any, field: str) -> None:
    each = {"id": "each", "type": "map", "over": "[1]", "body": {"nodes": [adds("inner", n="1")]}}
    nodes = [each, adds("two", n="2"), adds("sum", n="3")]
    edges = [("START", "each"), ("each", "two"), ("two", "sum"), ("sum", "END")]
    workflow = await played.made(nodes, edges, state=numbers(n=0))
    run = await played.run(workflow)

    refused = await played.scene.cast.anna.http.post(f"/runs/{run['id']}/run-from", json=body)

    assert refused.status == 422, refused.text
    assert [each["field"] for each in refused.json["errors"]] == [field]
    seen = await played.scene.cast.vera.http.post(f"/runs/{run['id']}/run-from", json={"node": "two"})
    assert seen.status == 403


async def test_pinned_node_is_not_executed_and_the_run_is_not_counted(played: Workflows) -> None:
    tools = _Counted(played)
    workflow = await _row(tools, "one", "two")

    run = await played.run(workflow, {"text": "x"}, pins={"one": {"text": "pinned"}})

    assert run["output"] == {"one": "pinned", "two": "two:pinned"}, run["error"]
    assert (tools.calls, run["playground"]) == (Counter(two=1), True)
    assert _sources(await played.steps(run["id"])) == {"one": "pinned", "two": "executed"}
    assert (await played.read(workflow))["execution_count"] == 0


async def test_pin_of_the_definition_counts_in_the_playground_alone_and_is_a_finding(played: Workflows) -> None:
    tools = _Counted(played)
    workflow = await _row(tools, "one", "two", one={"pinned": {"result": {"text": "pinned"}}})
    definition = (await played.read(workflow))["definition"]
    report = await played.scene.cast.vera.http.post("/workflows/validate", json={"definition": definition})
    found = [(each["path"], each["code"], each["severity"]) for each in report.json["findings"]]
    assert ("/nodes/0/pinned", "pinned_result", "warning") in found

    trial = await played.run(workflow, {"text": "x"}, playground=True)
    real = await played.run(workflow, {"text": "x"})

    assert [run["output"]["one"] for run in (trial, real)] == ["pinned", "one:x"], trial["error"]
    assert tools.calls == Counter(one=1, two=2)


async def test_containers_and_nodes_inside_them_take_pins(played: Workflows) -> None:
    tools = _Counted(played)
    inner = await tools.node("inner", "{{ item }}")
    each = {"id": "each", "type": "map", "over": "[1, 2]", "body": {"nodes": [inner]}, "output": {"n": "result"}}
    workflow = await played.made([each], [("START", "each"), ("each", "END")], state=numbers(n=None))

    by_item = await played.run(workflow, pins={"each/inner": "i"})
    whole = await played.run(workflow, pins={"each": ["w"]})

    assert [run["output"]["n"] for run in (by_item, whole)] == [["i", "i"], ["w"]], whole["error"]
    assert not tools.calls


async def test_dry_run_calls_nothing_with_effects_and_shows_what_it_would_have_called(played: Workflows) -> None:
    tools = _Counted(played)
    nodes = [
        await tools.node("read", output={"seen": "result['text']"}),
        {"id": "ok", "type": "approval", "reason": "Pay?"},
        {"id": "later", "type": "wait_until", "after": "P1D"},
        await tools.node("pay", "{{ state['seen'] }}", ":dangerous", output={"paid": "result"}),
    ]
    row = ["START", "read", "ok", "later", "pay", "END"]
    edges = list(pairwise(row))
    workflow = await played.made(nodes, edges, state=numbers(seen=None, paid=None))

    run = await played.run(workflow, dry_run=True)

    told = {"dry_run": True, "tool": "pay", "arguments": {"text": "read:-"}}
    assert (run["status"], run["output"]["paid"], run["dry_run"]) == ("completed", told, True), run["error"]
    assert tools.calls == Counter(read=1)
    sources = _sources(await played.steps(run["id"]))
    assert sources == {"read": "executed", "ok": "simulated", "later": "simulated", "pay": "simulated"}
    assert (await played.read(workflow))["execution_count"] == 0
    listed = await played.scene.cast.vera.http.get("/runs")
    assert [each["dry_run"] for each in listed.json["items"]] == [True]


async def test_dry_run_reaches_into_the_agents_that_it_starts(played: Workflows) -> None:
    calls = list[Any]()
    played.scene.tools["pay"] = calls.append
    call = {"tool_calls": [{"name": "pay", "arguments": {"text": "10"}}]}
    await played.scene.agent(call, "Paid.", tools=("pay:dangerous",), name="Payer")
    node = {"id": "do", "type": "agent", "agent": {"name": "Payer"}, "input": {"prompt": "Pay."}}
    workflow = await played.made([node], [("START", "do"), ("do", "END")])

    run = await played.run(workflow, dry_run=True)

    (child,) = await played.children(run["id"])
    assert (run["status"], child["status"], child["dry_run"], calls) == ("completed", "completed", True, []), child["error"]
    steps = await played.steps(child["id"])
    assert [each["source"] for each in steps if each["step_type"] == "tool"] == ["simulated"]


async def test_dry_run_names_the_node_that_needs_a_pin(played: Workflows) -> None:
    form = {"type": "object", "properties": {"n": {"type": "integer"}}}
    ask = {"id": "ask", "type": "question", "ask": "How many?", "form": form, "output": {"n": "result['n']"}}
    workflow = await played.made([ask], [("START", "ask"), ("ask", "END")], state=numbers(n=0))

    failed = await played.run(workflow, dry_run=True)
    pinned = await played.run(workflow, dry_run=True, pins={"ask": {"n": 4}})

    assert (failed["status"], failed["error"]["code"]) == ("failed", "pin_needed")
    assert (pinned["status"], pinned["output"]) == ("completed", {"n": 4}), pinned["error"]


async def test_decision_is_stored_with_its_expression_the_values_read_and_the_edge_taken(played: Workflows) -> None:
    nodes = [{"id": "size", "type": "condition"}, {"id": "kind", "type": "switch", "on": "input['kind']"}, adds("a", n="1")]
    edges = [
        ("START", "size"),
        edge("size", "END", when="input['count'] > 9"),
        edge("size", "kind", when="input['count'] > state['limit']", label="many"),
        edge("size", "END", **{"else": True}),
        edge("kind", "a", case="new"),
        edge("kind", "END", **{"else": True}),
        ("a", "END"),
    ]
    workflow = await played.made(nodes, edges, state=numbers(limit=3, n=0))

    run = await played.run(workflow, {"count": 5, "kind": "new"})

    condition, switch, _ = await played.steps(run["id"])
    assert condition["input"] == {"input": {"count": 5}, "state": {"limit": 3}}
    assert condition["output"] == {
        "taken": ["kind"],
        "value": None,
        "edges": [
            {"to": "END", "when": "input['count'] > 9", "is_taken": False},
            {"to": "kind", "when": "input['count'] > state['limit']", "label": "many", "is_taken": True},
            {"to": "END", "else": True, "is_taken": False},
        ],
    }
    assert switch["output"] == {
        "taken": ["a"],
        "value": "new",
        "on": "input['kind']",
        "edges": [{"to": "a", "case": "new", "is_taken": True}, {"to": "END", "else": True, "is_taken": False}],
    }


async def test_paused_run_goes_on_with_its_version_whatever_was_published_since(played: Workflows) -> None:
    ask = {"id": "ok", "type": "approval", "reason": "Go on?"}
    edges = [("START", "ok"), ("ok", "say"), ("say", "END")]
    workflow = await played.made([ask, adds("say", word="'one'")], edges, state=numbers(word=""))
    run_id = await played.started(workflow)
    await played.scene.until(run_id, "waiting")
    definition = (await played.read(workflow))["definition"]
    changed: Any = {**definition, "state": {"other": {}}, "nodes": [ask, adds("say", other="'two'")]}
    await played.changed(workflow, definition=changed)
    anna = played.scene.cast.anna.http
    assert (await anna.post(f"/workflows/{workflow}/publish", json={})).status == 200
    (approval,) = (await anna.get(f"/runs/{run_id}/approvals")).json["items"]

    decided = await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})

    assert decided.status == 200, decided.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "one"}
