"""Branches that race to an ``any`` join inside a circle: what of a round comes late counts for no later round."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
import os
import random
from itertools import pairwise
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.graph import compile_workflow
from retinue.engine.compile.workflow.performer import WorkflowScope
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.state import input_of, state_of
from retinue.engine.export.program import python_program
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.reading import read
from tests.engine.test_workflow_graphs import Hands, Plain

_STEP = 1 if os.environ.get("RETINUE_TEST_LONG") == "1" else 12
_DRAWN = 120


def _tool(name: str, **more: Any) -> Any:
    return {"id": name, "type": "tool", "tool": {"name": "note"}, **more}


def _edge(source: str, target: str, **more: Any) -> Any:
    return {"from": source, "to": target, **more}


class _Circle:
    """A circle from ``first`` by branches of random lengths to joins, and back: alone, or inside another one."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 - a drawing
        self.rounds, self.turns = rng.randint(2, 4), rng.randint(1, 2)
        self.before: dict[str, list[str]] = {}
        self.joins: list[str] = []
        self.nodes: list[Any] = [_tool("first", join="any"), *self._counters()]
        self.edges: list[Any] = []
        last = "first"
        for place in range(rng.randint(1, 2)):
            last = self._race(rng, place, last)
        self.last = last
        self.before["first"] = []
        again = f"state['n'] % {self.rounds} != 0"
        self._link(last, "count")
        self.edges += [_edge("count", "again"), _edge("again", "first", when=again, max_visits=self.rounds * self.turns)]
        self.edges += [_edge("START", "first"), *self._outer()]

    def _counters(self) -> list[Any]:
        return [_tool("count", output={"n": "1"}), {"id": "again", "type": "condition"}]

    def _outer(self) -> list[Any]:
        """Return the edges behind the circle: to the end, or round once more by a longer way."""
        if self.turns == 1:
            return [_edge("again", "END", **{"else": True})]
        self.nodes += [_tool("more"), {"id": "over", "type": "condition"}]
        most = f"state['n'] < {self.rounds * self.turns}"
        back = _edge("over", "first", when=most, max_visits=self.turns)
        return [
            _edge("again", "more", **{"else": True}),
            _edge("more", "over"),
            back,
            _edge("over", "END", **{"else": True}),
        ]

    def _race(self, rng: random.Random, place: int, source: str) -> str:
        """Add branches from a node to a join, of which the shortest arrives first; return the join."""
        join = f"join{place}"
        self.nodes.append(_tool(join, join="any"))
        self.joins.append(join)
        self.before[join] = []
        for branch in range(rng.randint(2, 3)):
            row = [f"b{place}{branch}{number}" for number in range(rng.randint(1, 6))]
            self.nodes += [_tool(name) for name in row]
            for one, other in zip([source, *row], [*row, join], strict=True):
                self._link(one, other)
        return join

    def _link(self, source: str, target: str) -> None:
        self.edges.append(_edge(source, target))
        self.before.setdefault(target, []).append(source)

    @property
    def document(self) -> JsonObject:
        state: Any = {"n": {"reducer": "add", "default": 0}}
        return {"format": "retinue.workflow/1", "name": "Race", "state": state, "nodes": self.nodes, "edges": self.edges}

    def check(self, order: list[str]) -> None:
        """Require that each round is begun, decided at each join once by what this round has done, and counted."""
        rounds = self.rounds * self.turns
        assert [order.count(name) for name in ("first", *self.joins, "count")] == [rounds] * (len(self.joins) + 2), order
        done = set[str]()
        for name in order:
            if name == "first":
                done = {name}
            elif any(source in done for source in self.before.get(name, [])):
                done.add(name)
            else:
                assert name not in self.joins, (name, order)


async def _executed(document: JsonObject, hands: Hands) -> JsonObject:
    found = read(document)
    assert found.is_valid, found.findings
    workflow = found.workflow
    assert isinstance(workflow, Workflow)
    graph = compile_workflow(workflow).graph.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 1000}
    channels = await graph.ainvoke(input_of({}), config, context=WorkflowScope(Plain(), hands), durability="sync")
    return state_of(channels, workflow.state)


async def test_late_branch_of_a_round_does_not_decide_the_next_one() -> None:
    nodes = [
        _tool("first", join="any"),
        *(_tool(name) for name in ("near", "far1", "far2", "far3", "far4")),
        _tool("join", join="any"),
        _tool("count", output={"n": "1"}),
        {"id": "again", "type": "condition"},
    ]
    far = ["first", "far1", "far2", "far3", "far4", "join"]
    edges = [
        _edge("START", "first"),
        _edge("first", "near"),
        _edge("near", "join"),
        *(_edge(one, other) for one, other in pairwise(far)),
        _edge("join", "count"),
        _edge("count", "again"),
        _edge("again", "first", when="state['n'] < 3", max_visits=3),
        _edge("again", "END", **{"else": True}),
    ]
    hands = Hands()
    state: Any = {"n": {"reducer": "add", "default": 0}}

    document: Any = {"format": "retinue.workflow/1", "name": "Race", "state": state, "nodes": nodes, "edges": edges}

    found = await _executed(document, hands)

    assert found == {"n": 3}
    decided = [name for name in hands.order if name in {"first", "near", "join"}]
    assert decided == ["first", "near", "join"] * 3


@pytest.mark.parametrize("batch", range(4))
async def test_joins_of_drawn_circles_are_decided_once_a_round_by_what_the_round_has_done(batch: int) -> None:
    for seed in range(batch * _DRAWN, (batch + 1) * _DRAWN, _STEP):
        circle, hands = _Circle(seed), Hands(random.Random(seed))  # noqa: S311 - an order of events

        found = await _executed(circle.document, hands)

        assert found == {"n": circle.rounds * circle.turns}, seed
        circle.check(hands.order)


async def test_program_of_a_race_decides_as_the_workflow_does() -> None:
    circle = _Circle(7)
    nodes = [_computing(node) for node in circle.nodes]
    state: Any = {"n": {"reducer": "add", "default": 0}, "seen": {"reducer": "append", "default": []}}
    document: Any = {**circle.document, "state": state, "nodes": nodes}
    workflow = read(document).workflow
    assert isinstance(workflow, Workflow)
    module: Any = {"__name__": "program"}

    exec(compile(python_program(workflow, 1).source, "program.py", "exec"), module)  # noqa: S102 - written by us
    found = await asyncio.to_thread(module["run"], {})

    assert found == await _executed(document, _Computing())
    circle.check(found["seen"])


class _Computing(Hands):
    """Records nothing: the nodes compute."""

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        pass


def _computing(node: Any) -> Any:
    """Return a tool node as one that writes its name to the state."""
    if node["type"] != "tool":
        return node
    written = {"seen": f"[{node['id']!r}]", **node.get("output", {})}
    return {"id": node["id"], "type": "transform", "join": node.get("join", "all"), "set": written}
