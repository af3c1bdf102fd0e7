"""Two thousand drawn workflows do what is reckoned while they are drawn, in whatever order their nodes finish.

They have conditions, switches, joins, error routes, circles, and maps and loops in each other; each third is cut off and
goes on. Each tenth runs with every suite, all with ``make test-long``.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.graph import compile_workflow
from retinue.engine.compile.workflow.performer import WorkflowScope
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.state import input_of, state_of
from retinue.engine.spec.workflow.reading import read
from tests.engine.test_workflow_graphs import BrokenError, Plain

_STEP = 1 if os.environ.get("RETINUE_TEST_LONG") == "1" else 10
_BATCH = 100
_MOST_DEPTH = 2


@dataclass
class _Part:
    """A part of a graph: entered at one node and left at another; how often its tools work, and what they write."""

    nodes: list[Any]
    edges: list[Any]
    first: str
    last: str
    calls: Counter[str] = field(default_factory=Counter[str])
    written: int = 0


class _Drawer:
    """Draws workflows, and reckons what they do: tokens, node after node, in an order in which every edge leads onwards."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a drawing
        self._count = 0
        self._state: Any = {"n": {"reducer": "add", "default": 0}}

    def document(self) -> tuple[Any, _Part]:
        part = self._row(0)
        ends = [_edge("START", part.first), _edge(part.last, "END")]
        return {
            "format": "retinue.workflow/1",
            "name": "Drawn",
            "state": self._state,
            "nodes": part.nodes,
            "edges": [*part.edges, *ends],
        }, part

    def _row(self, depth: int) -> _Part:
        parts = [self._part(depth) for _ in range(self._rng.randint(1, 3 - depth // 2))]
        row = parts[0]
        for part in parts[1:]:
            row.edges += [*part.edges, _edge(row.last, part.first)]
            row.nodes += part.nodes
            row.calls += part.calls
            row = _Part(row.nodes, row.edges, row.first, part.last, row.calls, row.written + part.written)
        return row

    def _part(self, depth: int) -> _Part:
        kinds = ["graph", "graph", "circle"] if depth >= _MOST_DEPTH else ["graph", "circle", "map", "loop"]
        kind = self._rng.choice(kinds)
        if kind in {"map", "loop"}:
            return self._container(kind, depth)
        part = self._graph()
        return self._circle(part) if kind == "circle" else part

    def _container(self, kind: str, depth: int) -> _Part:
        inner, times, name = self._row(depth + 1), self._rng.randint(1, 3), self._name()
        ends = [_edge("START", inner.first), _edge(inner.last, "END")]
        node: Any = {"id": name, "type": kind, "body": {"nodes": inner.nodes, "edges": [*inner.edges, *ends]}}
        if kind == "map":
            node |= {"over": str(list(range(times))), "concurrency": self._rng.randint(1, 3)}
        else:
            node |= {"until": f"index == {times - 1}", "max": 3}
        calls = Counter({each: count * times for each, count in inner.calls.items()})
        return _Part([node], [], name, name, calls, 0 if kind == "map" else inner.written * times)

    def _circle(self, part: _Part) -> _Part:
        """Let a graph be gone through again so many times: a counter at its end leads back to its first node."""
        rounds, again, key = self._rng.randint(1, 3), self._name(), self._name()
        self._state[key] = {"reducer": "add", "default": 0}
        part.nodes.append({"id": again, "type": "condition"})
        part.nodes.append({"id": key, "type": "tool", "tool": {"name": "note"}, "output": {"n": "1", key: "1"}})
        for each in part.nodes:  # of ways that race, the first would begin the next round while others are under way
            each["join"] = "any" if each["id"] == part.first else "all"
        seen = f"state['{key}'] % {rounds} != 0"
        part.edges += [
            _edge(part.last, key),
            _edge(key, again),
            _edge(again, part.first, when=seen, max_visits=rounds),
        ]
        end = self._name()
        part.nodes.append({"id": end, "type": "tool", "tool": {"name": "note"}, "output": {"n": "1"}})
        part.edges.append(_edge(again, end, **{"else": True}))
        calls = Counter({each: count * rounds for each, count in part.calls.items()}) + Counter({key: rounds, end: 1})
        return _Part(part.nodes, part.edges, part.first, end, calls, (part.written + 1) * rounds + 1)

    def _graph(self) -> _Part:
        names = [self._name() for _ in range(self._rng.randint(2, 6))]
        part = _Part([], [], names[0], names[-1])
        live: dict[str, list[bool]] = {name: [] for name in names}
        live[names[0]].append(True)
        for place, name in enumerate(names):
            later = names[place + 1 :]
            targets = self._rng.sample(later, min(len(later), self._rng.randint(1, 3)))
            if later and not live[later[0]] and later[0] not in targets:
                targets.append(later[0])
            works = any(live[name])
            taken = self._node(part, name, targets, works=works)
            for target in targets:
                live[target].append(works and target in taken)
        return part

    def _node(self, part: _Part, name: str, targets: list[str], *, works: bool) -> list[str]:
        """Add a node and its edges; return the ways that it takes."""
        node: Any = {"id": name, "join": self._rng.choice(["all", "any"])}
        part.nodes.append(node)
        kind = self._rng.choice(["tool", "tool", "condition", "switch", "goto", "continue", "value"])
        if targets and kind in {"condition", "switch"}:
            chosen = self._rng.choice(targets)
            node |= {"type": kind} | ({"on": "1"} if kind == "switch" else {})
            for target in targets:
                is_last = target == targets[-1]
                case = {"case": 1 if target == chosen else 2} if kind == "switch" else {"when": str(target == chosen)}
                part.edges.append(_edge(name, target, **({"else": True} if is_last else case)))
            return [chosen]
        node |= {"type": "tool", "tool": {"name": "note"}, "output": {"n": "1"}}
        part.calls[name] += works
        if kind in {"continue", "value"}:
            node |= {"tool": {"name": "break"}, "on_error": "continue" if kind == "continue" else {"value": 1}}
            part.written += works and kind == "value"
        elif kind == "goto" and len(targets) > 1:
            route = targets[0]
            node |= {"tool": {"name": "break"}, "on_error": {"goto": route}}
            part.edges += [_edge(name, target) for target in targets[1:]]
            return [route]
        else:
            part.written += works
        part.edges += [_edge(name, target) for target in targets]
        return targets

    def _name(self) -> str:
        self._count += 1
        return f"n{self._count}"


def _edge(source: str, target: str, **more: Any) -> Any:
    return {"from": source, "to": target, **more}


@dataclass
class _Hands:
    """Works after a pause that shuffles the order; ``stop_after`` so many calls the run is cut off."""

    rng: random.Random
    stop_after: int | None = None
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    calls: Counter[str] = field(default_factory=Counter[str])
    done: set[UUID] = field(default_factory=set[UUID])

    async def perform(self, task: Task) -> Json:
        for _ in range(self.rng.randrange(4)):
            await asyncio.sleep(0)
        if self.stop_after is not None and self.calls.total() >= self.stop_after:
            self.cut.set()
            await asyncio.Event().wait()
        if task.id not in self.done:
            self.done.add(task.id)
            self.calls[task.node.id] += 1
        if getattr(task.node, "tool").name == "break":  # noqa: B009 - only tools are performed here
            raise BrokenError
        return {"visit": task.visit}

    def is_recalled(self, task: Task) -> bool:
        return False

    def recall(self, task: Task) -> Json:
        raise AssertionError(task)

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        del task, read, result

    def event_of(self, task: Task) -> JsonObject | None:
        raise AssertionError(task)

    def opened(self, task: Task, given: JsonObject) -> None:
        del task, given

    def closed(self, task: Task, given: JsonObject, result: Json, *, by: UUID, error: str | None = None) -> None:
        del task, given, result, by, error


async def _carried_out(seed: int) -> None:
    document, part = _Drawer(seed).document()
    found = read(document)
    assert found.is_valid, (seed, found.findings)
    assert found.workflow is not None
    wanted, rng = +part.calls, random.Random(seed)  # noqa: S311 - an order of events
    hands = _Hands(rng, rng.randrange(wanted.total()) if seed % 3 == 0 else None)
    graph = compile_workflow(found.workflow).graph.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 3_000}

    async def go(given: Any) -> Any:
        return await graph.ainvoke(given, config, context=WorkflowScope(Plain(), hands), durability="sync")

    task = asyncio.create_task(go(input_of({})))
    if hands.stop_after is not None:
        await hands.cut.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        hands.stop_after = None
        channels = await go(None)
    else:
        channels = await task

    assert hands.calls == wanted, seed
    assert state_of(channels, found.workflow.state)["n"] == part.written, seed


@pytest.mark.parametrize("batch", range(2_000 // _BATCH))
@pytest.mark.timeout(300)
async def test_drawn_workflows_do_what_was_reckoned(batch: int) -> None:
    for seed in range(batch * _BATCH, (batch + 1) * _BATCH, _STEP):
        await _carried_out(seed)
