"""Workflows carried out: random graphs do what a plain interpreter of the tokens does, in whatever order nodes finish."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver

from retinue.core.errors import InvalidError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.errors import VisitsExceededError
from retinue.engine.compile.workflow.graph import compile_workflow
from retinue.engine.compile.workflow.performer import WorkflowScope
from retinue.engine.compile.workflow.ports import Computed, Task
from retinue.engine.compile.workflow.state import input_of, state_of
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.nodes import CodeLimits
from retinue.engine.spec.workflow.reading import read


class Plain:
    """Computes expressions of the tests, which this file has written itself, in this process."""

    async def evaluate(self, expressions: Sequence[str], values: JsonObject) -> list[Json]:
        return [eval(each, {}, dict(values)) for each in expressions]  # noqa: S307 - written in this file

    async def choose(self, conditions: Sequence[str], values: JsonObject) -> int | None:
        for index, each in enumerate(conditions):
            if (await self.evaluate([each], values))[0]:
                return index
        return None

    async def run(self, code: str, values: JsonObject, limits: CodeLimits) -> Computed:
        raise AssertionError(code, values, limits)


class BrokenError(InvalidError):
    """It is broken."""

    code = "broken"


@dataclass
class Hands:
    """Does the work of tools named by what they do, after a pause that shuffles the order in which nodes finish."""

    rng: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - an order of events
    done: Counter[str] = field(default_factory=Counter[str])
    inputs: dict[str, Json] = field(default_factory=dict[str, Json])
    order: list[str] = field(default_factory=list[str])
    decisions: dict[str, tuple[JsonObject, Json]] = field(default_factory=dict[str, tuple[JsonObject, Json]])

    async def perform(self, task: Task) -> Json:
        for _ in range(self.rng.randrange(4)):
            await asyncio.sleep(0)
        self.done[task.node.id] += 1
        self.order.append(task.node.id)
        self.inputs[task.node.id] = task.input
        if getattr(task.node, "tool").name == "break":  # noqa: B009 - only tools are performed here
            raise BrokenError
        return {"node": task.node.id, "visit": task.visit}

    def is_recalled(self, task: Task) -> bool:
        return False

    def recall(self, task: Task) -> Json:
        raise AssertionError(task)

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        self.decisions[task.node.id] = (read, result)

    def event_of(self, task: Task) -> JsonObject | None:
        raise AssertionError(task)

    def opened(self, task: Task, given: JsonObject) -> None:
        raise AssertionError(task, given)

    def closed(self, task: Task, given: JsonObject, result: Json, *, by: UUID, error: str | None = None) -> None:
        raise AssertionError(task, given, result, by, error)


async def _carried_out(document: JsonObject, hands: Hands, run_input: JsonObject | None = None) -> JsonObject:
    found = read(document)
    assert found.is_valid, found.findings
    workflow = found.workflow
    assert isinstance(workflow, Workflow)
    graph = compile_workflow(workflow).graph.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 500}
    channels = await graph.ainvoke(
        input_of(run_input or {}), config, context=WorkflowScope(Plain(), hands), durability="sync"
    )
    return state_of(channels, workflow.state)


def _document(nodes: Sequence[Any], edges: Sequence[Any], **state: Any) -> JsonObject:
    return {"format": "retinue.workflow/1", "name": "Drawn", "state": state, "nodes": [*nodes], "edges": [*edges]}


def _tool(name: str, **more: Any) -> JsonObject:
    return {"id": name, "type": "tool", "tool": {"name": "note"}, **more}


def _edge(source: str, target: str, **more: Any) -> JsonObject:
    return {"from": source, "to": target, **more}


async def test_a_join_waits_for_the_longer_branch_and_works_once() -> None:
    nodes = [_tool(name) for name in "abcdj"]
    edges = [_edge("START", "a"), _edge("a", "b"), _edge("a", "c"), _edge("c", "d"), _edge("b", "j"), _edge("d", "j")]
    hands = Hands()

    await _carried_out(_document(nodes, [*edges, _edge("j", "END")]), hands)

    assert hands.done == dict.fromkeys("abcdj", 1)
    assert hands.order[-1] == "j"


async def test_a_join_does_not_wait_for_a_branch_that_was_not_taken() -> None:
    nodes = [{"id": "which", "type": "condition"}, *(_tool(name) for name in "bcj")]
    edges = [
        _edge("START", "which"),
        _edge("which", "b", when="input['x'] > 1"),
        _edge("which", "c", **{"else": True}),
        _edge("b", "j"),
        _edge("c", "j"),
        _edge("j", "END"),
    ]
    hands = Hands()

    await _carried_out(_document(nodes, edges), hands, {"x": 2})

    assert hands.done == {"b": 1, "j": 1}


async def test_a_join_of_any_works_at_the_first_way_and_only_once() -> None:
    nodes = [*(_tool(name) for name in "abc"), _tool("j", join="any", output={"seen": "[result['node']]"})]
    edges = [_edge("START", "a"), _edge("START", "b"), _edge("b", "c"), _edge("a", "j"), _edge("c", "j"), _edge("j", "END")]
    hands = Hands()

    state = await _carried_out(_document(nodes, edges, seen={"reducer": "append", "default": []}), hands)

    assert hands.done == dict.fromkeys("abcj", 1)
    assert state == {"seen": ["j"]}


async def test_a_circle_goes_round_until_its_condition_and_joins_afresh_each_time() -> None:
    nodes = [
        _tool("open", join="any"),
        *(_tool(name) for name in "ab"),
        _tool("both", output={"count": "1"}),
        {"id": "again", "type": "condition"},
        _tool("last"),
    ]
    edges = [
        _edge("START", "open"),
        _edge("open", "a"),
        _edge("open", "b"),
        _edge("a", "both"),
        _edge("b", "both"),
        _edge("both", "again"),
        _edge("again", "open", when="state['count'] < 3", max_visits=5),
        _edge("again", "last", **{"else": True}),
        _edge("last", "END"),
    ]
    hands = Hands()

    state = await _carried_out(_document(nodes, edges, count={"reducer": "add", "default": 0}), hands)

    assert state == {"count": 3}
    assert hands.done == {"open": 3, "a": 3, "b": 3, "both": 3, "last": 1}


async def test_a_circle_ends_at_its_bound_with_an_error_that_names_the_edge() -> None:
    nodes = [_tool("work", join="any"), {"id": "again", "type": "condition"}]
    edges = [
        _edge("START", "work"),
        _edge("work", "again"),
        _edge("again", "work", when="True", max_visits=2),
        _edge("again", "END", **{"else": True}),
    ]
    hands = Hands()

    with pytest.raises(VisitsExceededError, match="followed more than 2 times"):
        await _carried_out(_document(nodes, edges), hands)

    assert hands.done == {"work": 3}


async def test_an_error_goes_its_route_and_the_next_node_sees_it() -> None:
    broken = {"id": "broken", "type": "tool", "tool": {"name": "break"}, "on_error": {"goto": "tell"}}
    tell = _tool(
        "tell", output={"why": "result['node']"}, input={"text": "Failed: {{ input['x'] }}", "x": "{{ input['x'] }}"}
    )
    edges = [_edge("START", "broken"), _edge("broken", "next"), _edge("next", "END"), _edge("tell", "END")]
    hands = Hands()

    state = await _carried_out(_document([broken, _tool("next"), tell], edges, why={}), hands, {"x": 7})

    assert hands.done == {"broken": 1, "tell": 1}
    assert hands.inputs["tell"] == {"text": "Failed: 7", "x": 7}
    assert state == {"why": "tell"}


async def test_a_failing_node_that_continues_gives_its_value() -> None:
    broken = {
        "id": "broken",
        "type": "tool",
        "tool": {"name": "break"},
        "on_error": {"value": 5},
        "output": {"got": "result"},
    }
    edges = [_edge("START", "broken"), _edge("broken", "next"), _edge("next", "END")]
    hands = Hands()

    state = await _carried_out(_document([broken, _tool("next")], edges, got={}), hands)

    assert (state, hands.done) == ({"got": 5}, {"broken": 1, "next": 1})


async def test_a_switch_takes_the_case_of_its_value_and_tells_true_from_one() -> None:
    nodes = [{"id": "which", "type": "switch", "on": "input['x']"}, *(_tool(name) for name in "abc")]
    edges = [
        _edge("START", "which"),
        _edge("which", "a", case=1),
        _edge("which", "b", case=True),
        _edge("which", "c", **{"else": True}),
        *(_edge(name, "END") for name in "abc"),
    ]
    seen: list[str] = []
    for value in (1, True, "1"):
        hands = Hands()
        await _carried_out(_document(nodes, edges), hands, {"x": value})
        seen += hands.done

    assert seen == ["a", "b", "c"]


@dataclass(frozen=True)
class Drawn:
    """A random graph: what it is, and which node's condition chooses which edge."""

    document: JsonObject
    choices: dict[str, int]


@st.composite
def _graphs(draw: st.DrawFn) -> Drawn:
    """Draw a graph without circles: node i leads to later ones; conditions choose one way, tools all of theirs."""
    count = draw(st.integers(2, 14))
    nodes: list[JsonObject] = []
    edges: list[JsonObject] = []
    choices: dict[str, int] = {}
    reached = {0}
    for index in range(count):
        name, later = f"n{index}", list(range(index + 1, count))
        is_condition = bool(later) and draw(st.booleans())
        targets = draw(st.lists(st.sampled_from(later), unique=True, min_size=1, max_size=3)) if later else []
        if later and index + 1 not in reached and index + 1 not in targets:
            targets.append(index + 1)
        join = draw(st.sampled_from(["all", "any"]))
        ends = [f"n{each}" for each in targets] or ["END"]
        if is_condition and index in reached:
            choices[name] = draw(st.integers(0, len(ends) - 1))
            nodes.append({"id": name, "type": "condition", "join": join})
            edges += [
                _edge(name, end, **({"else": True} if place == len(ends) - 1 else {"when": str(place == choices[name])}))
                for place, end in enumerate(ends)
            ]
        else:
            nodes.append(_tool(name, join=join, output={"seen": f"['{name}']"}))
            edges += [_edge(name, end) for end in ends]
        reached |= set(targets)
    return Drawn(_document(nodes, [_edge("START", "n0"), *edges], seen={"reducer": "union", "default": []}), choices)


def _expected(drawn: Drawn) -> set[str]:
    """Return which nodes work, decided node by node in an order in which every edge leads onwards."""
    document: Any = drawn.document
    live: dict[str, list[bool]] = {node["id"]: [] for node in document["nodes"]}
    live["n0"].append(True)
    worked: set[str] = set()
    for node in document["nodes"]:
        name = node["id"]
        works = any(live[name])
        if works:
            worked.add(name)
        out = [edge for edge in document["edges"] if edge["from"] == name]
        for place, edge in enumerate(out):
            if edge["to"] != "END":
                live[edge["to"]].append(works and (name not in drawn.choices or drawn.choices[name] == place))
    return worked


@settings(max_examples=60, deadline=None)
@given(drawn=_graphs(), seed=st.integers(0, 10_000))
def test_random_graphs_do_what_the_reference_does(drawn: Drawn, seed: int) -> None:
    hands = Hands(random.Random(seed))  # noqa: S311 - an order of events

    state = asyncio.run(_carried_out(drawn.document, hands))

    tools = _expected(drawn) - drawn.choices.keys()
    assert hands.done == dict.fromkeys(tools, 1)
    assert set(cast("list[str]", state["seen"])) == tools
    document: Any = drawn.document
    waiting = {node["id"] for node in document["nodes"] if node["join"] == "all"} & tools
    for edge in document["edges"]:
        if edge["from"] in tools and edge["to"] in waiting:
            assert hands.order.index(edge["from"]) < hands.order.index(edge["to"])
