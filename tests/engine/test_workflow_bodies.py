"""Maps and loops inside each other, drawn at random: they do what a plain interpreter does, also when they are cut off."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.graph import compile_workflow
from retinue.engine.compile.workflow.performer import WorkflowScope
from retinue.engine.compile.workflow.ports import Computed, Task
from retinue.engine.compile.workflow.state import input_of, state_of
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.nodes import CodeLimits
from retinue.engine.spec.workflow.reading import read

_STATE: JsonObject = {"n": {"default": 1}, "seen": {"reducer": "append", "default": []}}


class _Plain:
    """Computes expressions of this file in this process."""

    async def evaluate(self, expressions: Sequence[str], values: JsonObject) -> list[Json]:
        return [eval(each, {}, dict(values)) for each in expressions]  # noqa: S307 - written in this file

    async def choose(self, conditions: Sequence[str], values: JsonObject) -> int | None:
        raise AssertionError(conditions, values)

    async def run(self, code: str, values: JsonObject, limits: CodeLimits) -> Computed:
        raise AssertionError(code, values, limits)


@dataclass
class _Hands:
    """Calls tools that give their argument, after a pause; ``stop_after`` so many calls the run is cut off."""

    rng: random.Random
    stop_after: int | None = None
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    calls: Counter[UUID] = field(default_factory=Counter[UUID])

    async def perform(self, task: Task) -> Json:
        for _ in range(self.rng.randrange(4)):
            await asyncio.sleep(0)
        if self.stop_after is not None and len(self.calls) >= self.stop_after:
            self.cut.set()
            await asyncio.Event().wait()
        self.calls[task.id] += 1
        return task.input

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


def _nodes(rng: random.Random, depth: int) -> list[Any]:
    nodes: list[Any] = []
    for place in range(rng.randint(1, 3)):
        name, kind = f"n{depth}_{place}", rng.choice(["set", "tool", "map", "loop"] if depth else ["set", "tool"])
        if kind == "set":
            nodes.append({"id": name, "type": "transform", "set": {"n": f"state['n'] * 3 % 1009 + {rng.randrange(9)}"}})
        elif kind == "tool":
            given = {"text": "{{ state['n'] }}"}
            nodes.append(
                {"id": name, "type": "tool", "tool": {"name": "t"}, "input": given, "output": {"seen": "[result['text']]"}}
            )
        elif kind == "map":
            body = {"nodes": _nodes(rng, depth - 1)}
            over, output = (
                f"list(range({rng.randrange(4)}))",
                {"seen": "[len(result), result]", "n": "state['n'] + len(result)"},
            )
            more: Any = {"concurrency": rng.randint(1, 3), "output": output}
            nodes.append({"id": name, "type": "map", "over": over, "body": body, **more})
        else:
            body = {"nodes": _nodes(rng, depth - 1)}
            until, output = f"index == {rng.randrange(3)}", {"seen": "[result, state['n']]"}
            nodes.append({"id": name, "type": "loop", "until": until, "max": 4, "body": body, "output": output})
    return nodes


class _Interpreter:
    """Does what a workflow says, one thing after the other."""

    def __init__(self) -> None:
        self.calls = 0

    def run(self, nodes: list[Any], state: Any, more: Any) -> Any:
        result: Any = None
        for node in nodes:
            result, known = self._one(node, state, more), {"state": state, **more}
            output = node.get("output", {})
            made = {key: eval(text, {}, known | {"result": result}) for key, text in output.items()}  # noqa: S307 - as above
            if node["type"] == "transform":
                made = result
            for key, value in made.items():
                state[key] = [*state[key], *value] if key == "seen" else value
        return result

    def _one(self, node: Any, state: Any, more: Any) -> Any:
        known = {"state": state, **more}
        if node["type"] == "transform":
            return {key: eval(text, {}, known) for key, text in node["set"].items()}  # noqa: S307 - as above
        if node["type"] == "tool":
            self.calls += 1
            return {"text": state["n"]}
        inner, index, result = node["body"]["nodes"], 0, None
        if node["type"] == "map":
            items = eval(node["over"], {}, known)  # noqa: S307 - as above
            places = enumerate(items)
            return [self.run(inner, copy.deepcopy(state), {**more, "item": item, "index": at}) for at, item in places]
        while True:
            result = self.run(inner, state, {**more, "index": index})
            if eval(node["until"], {}, {"index": index}):  # noqa: S307 - as above
                return result
            index += 1


def _compiled(nodes: list[Any]) -> tuple[Workflow, Any]:
    row = ["START", *(node["id"] for node in nodes), "END"]
    edges = [{"from": one, "to": other} for one, other in pairwise(row)]
    document: Any = {"format": "retinue.workflow/1", "name": "Drawn", "state": _STATE, "nodes": nodes, "edges": edges}
    found = read(document)
    assert found.is_valid, found.findings
    assert found.workflow is not None
    return found.workflow, compile_workflow(found.workflow).graph


@pytest.mark.parametrize("seed", range(40))
async def test_maps_and_loops_do_what_an_interpreter_does_and_go_on_where_they_were_cut_off(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a drawing
    nodes = _nodes(rng, 3)
    workflow, graph = _compiled(nodes)
    wanted: Any = {"n": 1, "seen": []}
    interpreter = _Interpreter()
    interpreter.run(nodes, wanted, {})
    stop_after = rng.randrange(interpreter.calls) if interpreter.calls and seed % 2 else None
    hands, saved = _Hands(rng, stop_after), graph.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 1000}

    async def carried_out(given: Any) -> Any:
        return await saved.ainvoke(given, config, context=WorkflowScope(_Plain(), hands), durability="sync")

    task = asyncio.create_task(carried_out(input_of({})))
    if stop_after is not None:
        await hands.cut.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        hands.stop_after = None
        channels = await carried_out(None)
    else:
        channels = await task

    assert state_of(channels, workflow.state) == wanted
    assert sum(hands.calls.values()) == interpreter.calls
    assert set(hands.calls.values()) <= {1}
