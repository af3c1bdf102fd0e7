"""Graphs inside nodes: each keeps its own place in the journal, and no finished step is carried out again after a cut."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
import random
from dataclasses import dataclass, field
from operator import add
from typing import Annotated, Any, TypedDict

import psycopg
import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.pregel import Pregel
from langgraph.runtime import Runtime
from langgraph.types import Send, interrupt
from psycopg.types.json import Json

from retinue.engine.execute import triggers_of
from retinue.process import Process
from retinue.runs.execution.checkpoints import JournalSaver
from retinue.runs.execution.journal import EntryBuffer, RunLease
from tests.conftest import Postgres
from tests.runs.graphs import Graphs, Steps, light
from tests.runs.workshop import plan_of, staged

Graph = Pregel[Any, Any, Any, Any]


def _merge(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {**left, **right}


class _State(TypedDict, total=False):
    trail: Annotated[list[str], add]
    counts: Annotated[dict[str, int], _merge]


class _Item(TypedDict):
    number: int
    own: Annotated[list[str], add]
    trail: Annotated[list[str], add]


def _ten_in_parallel(steps: Steps, gate: asyncio.Event) -> Graph:
    """Ten graphs of two nodes, side by side; the second node of every other one waits at the gate."""

    async def first(state: _Item) -> Any:
        return {"own": [f"a{state['number']}"]}

    async def second(state: _Item) -> Any:
        if state["number"] % 2:
            await gate.wait()
        return {"trail": [f"b{state['number']}"]}

    async def named(state: _Item, runtime: Any, kind: str) -> Any:
        work = first if kind == "a" else second
        return await steps.step(f"{kind}{state['number']}", work)(state, runtime)

    async def node_a(state: _Item, runtime: Any) -> Any:
        return await named(state, runtime, "a")

    async def node_b(state: _Item, runtime: Any) -> Any:
        return await named(state, runtime, "b")

    inner = StateGraph(_Item)
    inner.add_node("a", _typed(node_a))
    inner.add_node("b", _typed(node_b))
    inner.add_edge(START, "a")
    inner.add_edge("a", "b")
    outer = StateGraph(_State)
    outer.add_node("item", inner.compile())
    outer.add_conditional_edges(START, _ten_items, ["item"])
    outer.add_edge("item", END)
    return light(outer.compile())


def _ten_items(_: _State) -> list[Send]:
    return [Send("item", {"number": number}) for number in range(10)]


def _typed(node: Any) -> Any:
    """Let LangGraph see which parameter is the runtime; it looks at annotations."""
    node.__annotations__["runtime"] = Runtime
    return node


async def test_of_ten_parallel_graphs_no_finished_step_is_carried_out_again(postgres: Postgres, process: Process) -> None:
    steps, gate = Steps(), asyncio.Event()
    async with staged(postgres, process, []) as stage:
        run = await Graphs.make(stage, steps)
        graph = _ten_in_parallel(steps, gate)
        task = asyncio.create_task(run.execute(graph, {"trail": []}))
        async with asyncio.timeout(60):
            while len(run.recorded()) < 15:
                await asyncio.sleep(0.01)
        ended = dict(steps.ended)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.set()

        state = await run.execute(graph, None)

        assert len(ended) == 15
        assert {name: steps.begun[name] for name in ended} == dict.fromkeys(ended, 1)
        assert sum(steps.begun.values()) == 15 + 5 + 5
        assert state["trail"] == [f"b{number}" for number in range(10)]
        assert len(run.recorded()) == 20


@dataclass
class _Random:
    """Random graphs in graphs: stages one after the other, each of parallel parts, each part a step or a graph."""

    source: random.Random
    steps: Steps
    names: list[str] = field(default_factory=list[str])

    def graph(self, depth: int) -> Graph:
        builder = StateGraph(_State)
        before: list[str] = []
        for stage in range(self.source.randint(1, 3)):
            now = [self._part(builder, f"s{stage}p{part}", depth) for part in range(self.source.randint(1, 3))]
            for name in now:
                builder.add_edge(before or START, name)
            before = now
        return builder.compile()

    def _part(self, builder: Any, place: str, depth: int) -> str:
        if depth and self.source.random() < 0.4:
            inside = self.graph(depth - 1)

            async def node(_: _State) -> Any:
                result = await inside.ainvoke({"trail": [], "counts": {}})
                return {"trail": result["trail"], "counts": result["counts"]}

            builder.add_node(place, node)
            return place
        name = f"step{len(self.names)}"
        self.names.append(name)
        pauses = self.source.randint(0, 3)

        async def work(_: _State) -> Any:
            for _pause in range(pauses):
                await asyncio.sleep(0)
            return {"trail": [name], "counts": {name: 1}}

        builder.add_node(place, _typed(self.steps.step(name, work)))
        return place


@pytest.mark.parametrize("seed", range(10))
async def test_graph_that_is_cut_again_and_again_repeats_no_recorded_step(
    postgres: Postgres, process: Process, seed: int
) -> None:
    source, steps = random.Random(seed), Steps()  # noqa: S311 - a test that can be repeated
    drawn = _Random(source, steps)
    graph = drawn.graph(depth=2)
    async with staged(postgres, process, []) as stage:
        whole = await (await Graphs.make(stage, steps)).execute(graph, {"trail": [], "counts": {}})
        steps.begun.clear()
        run = await Graphs.make(stage, steps)
        state = None
        while state is None:
            recorded, before = run.recorded(), dict(steps.begun)
            state = await run.execute_cut(graph, {"trail": [], "counts": {}}, commits=source.randint(1, 4))
            again = [name for name in recorded if steps.begun[name] != before[name]]
            assert again == [], f"seed {seed}: recorded and carried out again"

        assert state == whole
        assert run.recorded() == sorted(drawn.names)


async def test_resumed_graph_in_a_graph_keeps_the_ids_of_its_tasks(postgres: Postgres, process: Process) -> None:
    steps, gate, ids = Steps(), asyncio.Event(), list[str]()

    async def first(_: _Item) -> Any:
        return {"own": ["first"]}

    async def second(_: _Item) -> Any:
        await gate.wait()
        return {"trail": ["second"]}

    inner = StateGraph(_Item)
    inner.add_node("first", _typed(steps.step("first", first)))
    inner.add_node("second", _typed(steps.step("second", second)))
    inner.add_edge(START, "first")
    inner.add_edge("first", "second")
    outer = StateGraph(_State)
    outer.add_node("inner", inner.compile())
    outer.add_edge(START, "inner")
    graph = light(outer.compile())
    started = "SELECT data ->> 'step_id' FROM run_event_stream WHERE run_id = %s AND type = 'step.started' ORDER BY sequence"
    async with staged(postgres, process, []) as stage:
        run = await Graphs.make(stage, steps)
        task = asyncio.create_task(run.execute(graph, {"trail": []}))
        async with asyncio.timeout(60):
            while not ids:
                await asyncio.sleep(0.01)
                ids = [str(row[0]) for row in stage.rows(started, run.run_id)]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.set()

        await run.execute(graph, None)

        done = stage.rows("SELECT id::text FROM run_steps WHERE run_id = %s AND step_name = 'second'", run.run_id)
        assert [row[0] for row in done] == ids


async def test_first_step_that_was_announced_keeps_its_id_after_a_cut(postgres: Postgres, process: Process) -> None:
    steps, gate, ids = Steps(), asyncio.Event(), list[str]()

    async def only(_: _State) -> Any:
        await gate.wait()
        return {"trail": ["only"]}

    builder = StateGraph(_State)
    builder.add_node("only", _typed(steps.step("only", only)))
    builder.add_edge(START, "only")
    graph = light(builder.compile())
    started = "SELECT data ->> 'step_id' FROM run_event_stream WHERE run_id = %s AND type = 'step.started'"
    async with staged(postgres, process, []) as stage:
        run = await Graphs.make(stage, steps)
        task = asyncio.create_task(run.execute(graph, {"trail": []}))
        async with asyncio.timeout(60):
            while not ids:
                await asyncio.sleep(0.01)
                ids = [str(row[0]) for row in stage.rows(started, run.run_id)]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.set()

        await run.execute(graph, {"trail": []})

        assert [str(row[0]) for row in stage.rows("SELECT id FROM run_steps WHERE run_id = %s", run.run_id)] == ids


async def test_interrupt_of_a_graph_in_a_graph_is_that_of_its_own_task(postgres: Postgres, process: Process) -> None:
    asked = list[str]()

    async def ask(_: _State, runtime: Any) -> Any:
        asked.append(runtime.execution_info.task_id)
        interrupt({"question": "?"})

    inner = StateGraph(_State)
    inner.add_node("ask", _typed(ask))
    inner.add_edge(START, "ask")
    outer = StateGraph(_State)
    outer.add_node("inner", inner.compile())
    outer.add_edge(START, "inner")
    graph = light(outer.compile())
    async with staged(postgres, process, []) as stage:
        claimed = await stage.workshop.claim(await stage.start(plan_of()))
        assert claimed is not None
        draft = EntryBuffer(stage.workshop.journal, RunLease(claimed.run_id, claimed.organization_id, claimed.lease, 0))
        saver = JournalSaver(process.database, draft, triggers=triggers_of(graph).get, is_begun=False)

        await graph.copy({"checkpointer": saver}).ainvoke(
            {"trail": []}, {"configurable": {"thread_id": "t"}}, durability="sync"
        )

        assert [raised.task_id for raised in saver.interrupts] == asked


class _Loop(TypedDict):
    rounds: int
    notes: Annotated[list[str], add]
    counts: Annotated[dict[str, int], _merge]


def _loop(steps: Steps, rounds: int) -> Graph:
    async def turn(state: _Loop) -> Any:
        number = state["rounds"]
        return {"rounds": number + 1, "notes": ["x" * 100], "counts": {f"k{number}": number}}

    def further(state: _Loop) -> str:
        return END if state["rounds"] >= rounds else "turn"

    builder = StateGraph(_Loop)
    builder.add_node("turn", _typed(steps.step("turn", turn)))
    builder.add_edge(START, "turn")
    builder.add_conditional_edges("turn", further, ["turn", END])
    return light(builder.compile())


_BYTES = "SELECT sum(length(document::text)) FROM checkpoints WHERE run_id = %s"


async def test_checkpoints_of_a_long_loop_grow_with_its_rounds(postgres: Postgres, process: Process) -> None:
    sizes: dict[int, int] = {}
    async with staged(postgres, process, []) as stage:
        for rounds in (100, 400):
            steps = Steps()
            run = await Graphs.make(stage, steps)
            state = await run.execute(_loop(steps, rounds), {"rounds": 0, "notes": [], "counts": {}})
            assert state["counts"] == {f"k{number}": number for number in range(rounds)}
            sizes[rounds] = int(stage.one(_BYTES, run.run_id)[0])

    assert sizes[400] / sizes[100] < 4 * 1.5, sizes
    assert sizes[400] / 400 < 1_200, sizes


async def test_state_of_a_long_loop_comes_back_whole_from_few_rows(postgres: Postgres, process: Process) -> None:
    steps = Steps()
    async with staged(postgres, process, []) as stage:
        run = await Graphs.make(stage, steps)
        graph = _loop(steps, 300)
        state = await run.execute_cut(graph, {"rounds": 0, "notes": [], "counts": {}}, commits=250)
        done = len(run.recorded())
        reached = (
            "SELECT count(*) FROM checkpoints c WHERE run_id = %s AND checkpoint_id >= (SELECT document ->> 'base'"
            " FROM checkpoints WHERE run_id = c.run_id ORDER BY checkpoint_id DESC LIMIT 1)"
        )
        rows = int(stage.one(reached, run.run_id)[0])
        stored = int(stage.one("SELECT count(*) FROM checkpoints WHERE run_id = %s", run.run_id)[0])

        after = await run.execute(graph, None)

        assert state is None
        assert rows < stored
        assert rows < 200
        assert (after["rounds"], len(after["notes"])) == (300, 300)
        assert after["counts"] == {f"k{number}": number for number in range(300)}
        assert steps.begun["turn"] <= 301
        assert done >= 249


async def test_run_that_an_older_version_began_goes_on(postgres: Postgres, process: Process) -> None:
    steps = Steps()
    async with staged(postgres, process, []) as stage:
        run = await Graphs.make(stage, steps)
        graph = _loop(steps, 20)
        await run.execute_cut(graph, {"rounds": 0, "notes": [], "counts": {}}, commits=8)
        _write_as_before(stage, run)

        state = await run.execute(graph, None)

        assert state["rounds"] == 20
        assert state["counts"] == {f"k{number}": number for number in range(20)}
        assert len(state["notes"]) == 20
        assert len(run.recorded()) == 20


def _write_as_before(stage: Any, run: Graphs) -> None:
    """Write the run's documents as versions before 0.1 did: whole versions in each, and no base."""
    rows = stage.rows("SELECT checkpoint_id, document FROM checkpoints WHERE run_id = %s ORDER BY checkpoint_id", run.run_id)
    versions: dict[str, Any] = {}
    seen: dict[str, Any] = {}
    with psycopg.connect(stage.postgres.owner_url) as connection:
        for checkpoint_id, document in rows:
            versions |= document["versions"]
            for node, its in document["seen"].items():
                seen[node] = {**seen.get(node, {}), **its}
            del document["base"]
            old = document | {"versions": versions, "seen": seen}
            connection.execute(
                "UPDATE checkpoints SET document = %s WHERE run_id = %s AND checkpoint_id = %s",
                (Json(old), run.run_id, checkpoint_id),
            )
