"""Maps and loops: order, so many items at once, what a failed item does, bounds, and what is not done again."""

import asyncio
from typing import Any

import pytest

from retinue.engine.ports import ToolResult
from tests.client import Response
from tests.together import together
from tests.workflows.conftest import Workflows, adds, numbers

_ROW = [("START", "each"), ("each", "END")]


async def _tool(workflows: Workflows, name: str, answer: Any, *, mark: str = "") -> None:
    workflows.scene.tools[name] = answer
    await workflows.scene.agent("-", tools=(f"{name}{mark}",))


def _odd(_: Any) -> ToolResult:
    return ToolResult("Odd.", is_error=True)


def _call(name: str, **more: Any) -> Any:
    return {"id": name, "type": "tool", "tool": {"name": name}, "input": {"text": "{{ item }}"}, **more}


def _map(*nodes: Any, **more: Any) -> Any:
    return {
        "id": "each",
        "type": "map",
        "over": "input['items']",
        "body": {"nodes": [*nodes]},
        "output": {"found": "result"},
        **more,
    }


def _items(count: int) -> Any:
    return {"items": [str(number) for number in range(count)]}


async def test_map_gives_results_in_the_items_order_and_runs_as_many_at_once_as_it_may(played: Workflows) -> None:
    under_way, most = 0, 0
    pauses = {str(number): (12 - number) % 5 for number in range(12)}

    async def look(arguments: Any) -> ToolResult:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(pauses[arguments["text"]]):
            await asyncio.sleep(0.01)
        under_way -= 1
        return ToolResult(f"seen {arguments['text']}")

    await _tool(played, "look", look)
    workflow = await played.made([_map(_call("look"), concurrency=3)], _ROW, state=numbers(found=[]))

    run = await played.run(workflow, _items(12))

    assert run["output"] == {"found": [f"seen {number}" for number in range(12)]}, run["error"]
    assert most == 3
    steps = await played.steps(run["id"])
    (over,) = [step for step in steps if step["step_type"] == "map"]
    items = [step for step in steps if step["step_type"] == "tool"]
    assert (over["node_id"], over["input"], over["status"]) == ("each", {"count": 12, "failed": 0}, "completed")
    assert sorted(step["item_index"] for step in items) == list(range(12))
    assert {(step["node_id"], step["parent_step_id"]) for step in items} == {("each/look", over["id"])}
    # A row an item, and one for what follows them all.
    written = "SELECT count(*), count(DISTINCT task_id) FROM checkpoint_writes WHERE run_id = %s"
    assert await played.scene.owner(written, run["id"]) == [(13, 12)]


async def test_body_of_several_nodes_keeps_a_state_of_its_own_for_each_item(played: Workflows) -> None:
    body = [adds("double", n="item * 2 + input['more']"), adds("tell", word="str(index) + ':' + str(state['n'])")]
    nodes = [_map(*body, output={"found": "[each['word'] for each in result]"})]
    workflow = await played.made(nodes, _ROW, state=numbers(found=[], n=0, word=""))

    run = await played.run(workflow, {"items": [1, 2, 3], "more": 100})

    assert run["output"] == {"found": ["0:102", "1:104", "2:106"], "n": 0, "word": ""}, run["error"]


async def test_map_over_nothing_gives_an_empty_list(played: Workflows) -> None:
    workflow = await played.made([_map(adds("a", n="item"))], _ROW, state=numbers(found=None, n=0))

    run = await played.run(workflow, {"items": []})

    assert run["output"] == {"found": [], "n": 0}


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("skip", ["0", "2"]),
        ("collect", ["0", {"error": {"code": "node_failed", "message": "odd: Odd.", "node": "each"}}, "2"]),
    ],
)
async def test_failed_item_is_skipped_or_collected(played: Workflows, policy: str, found: list[Any]) -> None:
    def odd(arguments: Any) -> ToolResult:
        is_odd = int(arguments["text"]) % 2 == 1
        return ToolResult("Odd." if is_odd else arguments["text"], is_error=is_odd)

    await _tool(played, "odd", odd)
    workflow = await played.made([_map(_call("odd"), on_item_error=policy)], _ROW, state=numbers(found=[]))

    run = await played.run(workflow, _items(3))

    assert run["output"] == {"found": found}, run["error"]


async def test_map_fails_when_more_items_fail_than_it_tolerates_and_its_error_route_is_taken(played: Workflows) -> None:
    await _tool(played, "odd", _odd)
    tolerant = _map(_call("odd"), on_item_error="skip", tolerate={"count": 1}, concurrency=1, on_error={"goto": "tell"})
    nodes = [tolerant, adds("tell", word="result['code']")]
    workflow = await played.made(nodes, [*_ROW, ("tell", "END")], state=numbers(found=[], word=""))

    run = await played.run(workflow, _items(5))

    assert run["output"] == {"found": [], "word": "items_failed"}, run["error"]
    steps = await played.steps(run["id"])
    assert sum(step["step_type"] == "tool" for step in steps) == 2
    assert [step["status"] for step in steps if step["step_type"] == "map"] == ["failed"]


async def test_failed_item_fails_the_run_which_resumes_without_the_items_that_were_done(played: Workflows) -> None:
    calls: list[str] = []

    def pay(arguments: Any) -> ToolResult:
        calls.append(arguments["text"])
        is_broken = arguments["text"] == "2" and calls.count("2") == 1
        return ToolResult("Broken." if is_broken else "paid", is_error=is_broken)

    await _tool(played, "pay", pay, mark=":dangerous")
    workflow = await played.made([_map(_call("pay"), concurrency=1)], _ROW, state=numbers(found=[]))
    run = await played.run(workflow, _items(5))
    assert (run["status"], run["error"]["code"]) == ("failed", "node_failed"), run["error"]
    assert calls == ["0", "1", "2"]

    resumed = await played.scene.cast.anna.http.post(f"/runs/{run['id']}/resume")

    assert resumed.status == 202, resumed.text
    ended = await played.scene.until(run["id"], "completed")
    assert ended["output"] == {"found": ["paid"] * 5}
    assert sorted(calls) == ["0", "1", "2", "2", "3", "4"]


@pytest.mark.parametrize("last", ["0", "3"])
async def test_resumed_map_ends_whichever_of_its_items_was_left(played: Workflows, last: str) -> None:
    calls: list[str] = []
    others = asyncio.Event()

    async def pay(arguments: Any) -> ToolResult:
        calls.append(arguments["text"])
        if len(calls) == 4:
            others.set()
        is_broken = arguments["text"] == last and calls.count(last) == 1
        if is_broken:
            await others.wait()
        return ToolResult("Broken." if is_broken else "paid", is_error=is_broken)

    await _tool(played, "pay", pay, mark=":dangerous")
    workflow = await played.made([_map(_call("pay"), concurrency=4)], _ROW, state=numbers(found=[]))
    run = await played.run(workflow, _items(4))
    assert (run["status"], sorted(calls)) == ("failed", ["0", "1", "2", "3"]), run["error"]

    resumed = await played.scene.cast.anna.http.post(f"/runs/{run['id']}/resume")

    assert resumed.status == 202, resumed.text
    ended = await played.scene.until(run["id"], "completed")
    assert ended["output"] == {"found": ["paid"] * 4}
    assert calls[4:] == [last]


@pytest.mark.parametrize(
    ("over", "message"),
    [("'abc'", "each, over: is abc, which is no list."), ("[1, 2, 3]", "each, over: has 3 items, and max_items is 2.")],
)
async def test_what_is_no_list_or_too_long_fails_the_map(played: Workflows, over: str, message: str) -> None:
    nodes = [_map(adds("a", n="item"), over=over, max_items=2)]
    workflow = await played.made(nodes, _ROW, state=numbers(found=[], n=0))

    run = await played.run(workflow)

    assert (run["error"]["code"], run["error_message"]) == ("items_invalid", message)


async def test_agents_of_a_map_are_runs_of_which_so_many_work_at_once(played: Workflows) -> None:
    await played.scene.agent("Found.", name="Scout")
    look = {"id": "look", "type": "agent", "agent": {"name": "Scout"}, "input": {"prompt": "Look at {{ item }}."}}
    nodes = [_map(look, concurrency=2, output={"found": "[each['text'] for each in result]"})]
    workflow = await played.made(nodes, _ROW, state=numbers(found=[]))

    run = await played.run(workflow, _items(5))

    assert run["output"] == {"found": ["Found."] * 5}, run["error"]
    children = await played.children(run["id"])
    assert sorted(child["input"]["prompt"] for child in children) == [f"Look at {number}." for number in range(5)]
    at = "SELECT created_at, started_at, completed_at FROM runs WHERE parent_run_id = %s ORDER BY started_at"
    times = await played.scene.owner(at, run["id"])
    for place, (_, started, _) in enumerate(times):
        assert sum(ended > started for _, _, ended in times[:place]) < 2


def _asking_map() -> Any:
    body = {
        "nodes": [{"id": "ok", "type": "approval", "reason": "Send {{ item }}?"}, adds("tell", word="item")],
        "edges": [
            {"from": "START", "to": "ok"},
            {"from": "ok", "to": "tell", "when": "result['decision'] == 'approve'"},
            {"from": "tell", "to": "END"},
        ],
    }
    return _map(body=body, on_item_error="skip")


async def _asked(workflows: Workflows, count: int) -> tuple[str, list[Any]]:
    workflow = await workflows.made([_asking_map()], _ROW, state=numbers(found=[], word=""))
    run_id = await workflows.started(workflow, _items(count))
    await workflows.scene.until(run_id, "waiting")
    page = await workflows.scene.cast.anna.http.get(f"/runs/{run_id}/approvals")
    assert sorted(each["reason"] for each in page.json["items"]) == [f"Send {number}?" for number in range(count)]
    return run_id, page.json["items"]


async def test_three_items_ask_a_person_and_each_answer_lets_its_item_go_on(played: Workflows) -> None:
    run_id, approvals = await _asked(played, 3)

    for approval in approvals:
        body = {"decision": "approve"}
        decided = await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json=body)
        assert decided.status == 200, decided.text

    run = await played.scene.until(run_id, "completed", "failed")
    assert run["output"]["found"] == [{"word": "0"}, {"word": "1"}, {"word": "2"}], run["error"]


async def test_items_that_are_answered_at_once_all_go_on(played: Workflows) -> None:
    run_id, approvals = await _asked(played, 8)
    await played.scene.cast.adam.http.get("/auth/session")

    async def decide(number: int) -> Response:
        body = {"decision": "approve"}
        return await played.scene.cast.adam.http.post(f"/approvals/{approvals[number]['id']}/decide", json=body)

    decided = await together(8, decide)

    assert [each.status for each in decided] == [200] * 8
    run = await played.scene.until(run_id, "completed", "failed")
    assert len(run["output"]["found"]) == 8, run["error"]
    events = "SELECT array_agg(sequence ORDER BY sequence) FROM run_event_stream WHERE run_id = %s"
    ((sequences,),) = await played.scene.owner(events, run_id)
    assert sequences == list(range(1, len(sequences) + 1))


async def test_map_in_a_map_names_its_items_by_the_steps_around_them(played: Workflows) -> None:
    inner = {"id": "each", "type": "map", "over": "item", "body": {"nodes": [adds("n", n="item * 10")]}}
    outer = {
        **_map(inner, over="[[1, 2], [3]]"),
        "id": "all",
        "output": {"found": "[[i['n'] for i in each] for each in result]"},
    }
    workflow = await played.made([outer], [("START", "all"), ("all", "END")], state=numbers(found=[], n=0))

    run = await played.run(workflow)

    assert run["output"]["found"] == [[10, 20], [30]], run["error"]
    steps = {step["id"]: step for step in await played.steps(run["id"])}
    of_inner = [step for step in steps.values() if step["node_id"] == "all/each"]
    assert sorted(step["item_index"] for step in of_inner) == [0, 1]
    leaves = [step for step in steps.values() if step["node_id"] == "all/each/n"]
    places = sorted((steps[each["parent_step_id"]]["item_index"], each["item_index"]) for each in leaves)
    assert places == [(0, 0), (0, 1), (1, 0)]


def _loop(*nodes: Any, **more: Any) -> Any:
    return {"id": "again", "type": "loop", "until": "state['n'] >= 3", "max": 5, "body": {"nodes": [*nodes]}, **more}


_LOOP_ROW = [("START", "again"), ("again", "END")]


async def test_loop_repeats_its_body_on_the_workflows_state_until_its_condition_is_true(played: Workflows) -> None:
    nodes = [_loop(adds("more", n="state['n'] + 1", seen="[index]"), output={"last": "result['n']"})]
    state: Any = {**numbers(n=0, last=None), "seen": {"reducer": "append", "default": []}}
    workflow = await played.made(nodes, _LOOP_ROW, state=state)

    run = await played.run(workflow)

    assert run["output"] == {"n": 3, "last": 3, "seen": [0, 1, 2]}, run["error"]
    steps = await played.steps(run["id"])
    (around,) = [step for step in steps if step["step_type"] == "loop"]
    assert (around["input"], around["output"]["n"]) == ({"rounds": 3}, 3)
    rounds = [(step["item_index"], step["parent_step_id"]) for step in steps if step["node_id"] == "again/more"]
    assert rounds == [(0, around["id"]), (1, around["id"]), (2, around["id"])]


@pytest.mark.parametrize(
    ("on_max", "status", "code"), [("fail", "failed", "max_rounds_exceeded"), ("continue", "completed", None)]
)
async def test_loop_ends_at_its_bound(played: Workflows, on_max: str, status: str, code: str | None) -> None:
    nodes = [_loop(adds("more", n="state['n'] + 1"), until="False", max=4, on_max=on_max)]
    workflow = await played.made(nodes, _LOOP_ROW, state=numbers(n=0))

    run = await played.run(workflow)

    assert (run["status"], run["error"] and run["error"]["code"]) == (status, code)
    steps = [step for step in await played.steps(run["id"]) if step["step_type"] == "transform"]
    assert len(steps) == 4


async def test_loop_in_a_loop_writes_to_the_state_in_order(played: Workflows) -> None:
    inner = _loop(adds("more", n="state['n'] + 1", seen="[state['n']]"), until="index == 1")
    outer = {**_loop(inner, until="state['n'] >= 4"), "id": "outer"}
    state: Any = {**numbers(n=0), "seen": {"reducer": "append", "default": []}}
    workflow = await played.made([outer], [("START", "outer"), ("outer", "END")], state=state)

    run = await played.run(workflow)

    assert run["output"] == {"n": 4, "seen": [0, 1, 2, 3]}, run["error"]


async def test_failed_round_resumes_within_its_loop(played: Workflows) -> None:
    calls: list[str] = []

    def pay(_: Any) -> ToolResult:
        calls.append("pay")
        return ToolResult("Broken." if len(calls) == 2 else "paid", is_error=len(calls) == 2)

    await _tool(played, "pay", pay, mark=":dangerous")
    pay_node = {"id": "pay", "type": "tool", "tool": {"name": "pay"}, "output": {"n": "state['n'] + 1"}}
    workflow = await played.made([_loop(pay_node)], _LOOP_ROW, state=numbers(n=0))
    run = await played.run(workflow)
    assert run["status"] == "failed"

    await played.scene.cast.anna.http.post(f"/runs/{run['id']}/resume")

    ended = await played.scene.until(run["id"], "completed")
    assert (ended["output"], len(calls)) == ({"n": 3}, 4), ended["error"]


async def test_fork_begins_at_a_map_and_not_inside_it(played: Workflows) -> None:
    calls: list[str] = []

    def look(arguments: Any) -> ToolResult:
        calls.append(arguments["text"])
        return ToolResult("seen")

    await _tool(played, "look", look)
    nodes = [_map(_call("look")), adds("count", n="len(state['found'])")]
    edges = [("START", "each"), ("each", "count"), ("count", "END")]
    workflow = await played.made(nodes, edges, state=numbers(found=[], n=0))
    run = await played.run(workflow, _items(2))
    steps = await played.steps(run["id"])
    by_type = {step["step_type"]: step["id"] for step in steps}
    http = played.scene.cast.anna.http

    refused = await http.post(f"/runs/{run['id']}/fork", json={"step_id": by_type["tool"]})
    behind = await http.post(f"/runs/{run['id']}/fork", json={"step_id": by_type["transform"]})
    again = await http.post(f"/runs/{run['id']}/fork", json={"step_id": by_type["map"]})

    assert (refused.status, refused.json["code"]) == (422, "step_not_forkable"), refused.text
    for forked in (behind, again):
        assert forked.status == 202, forked.text
        ended = await played.scene.until(forked.json["id"], "completed", "failed")
        assert ended["output"] == {"found": ["seen", "seen"], "n": 2}, ended["error"]
    assert sorted(calls) == ["0", "0", "1", "1"]
