"""The step that asks for an instant call is committed with that call; before any other call it is committed first."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from retinue.core.json import Json
from retinue.engine.ports import ToolPlan
from retinue.process import Process
from tests.conftest import Postgres
from tests.runs.test_surviving_interruptions import execute_cut
from tests.runs.workshop import Stage, Turn, plan_of, staged, tool

_STORED = "SELECT step_name FROM run_steps WHERE run_id = %s ORDER BY sequence"
_COMMITS = (
    "SELECT sequence, coalesce(jsonb_array_length(earlier), 0) + 1 FROM run_events WHERE run_id = %s ORDER BY sequence"
)
_ENDS = """
SELECT s.step_name FROM run_event_stream e JOIN run_steps s ON s.id = (e.data ->> 'step_id')::uuid
WHERE e.run_id = %s AND e.type = 'step.completed' ORDER BY e.sequence
"""

_CHECKPOINTS = """
SELECT checkpoint_id, parent_checkpoint_id, document ->> 'base', document -> 'values' FROM checkpoints WHERE run_id = %s
ORDER BY checkpoint_id
"""


class _Looking:
    """A function of a tool that notes what is stored of its run at the moment of each call."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.seen: list[list[str]] = []

    def __call__(self, _: Mapping[str, Json]) -> int:
        assert self.stage is not None
        run_id = self.stage.one("SELECT id FROM runs WHERE organization_id = %s", self.stage.organization_id)[0]  # type: ignore[arg-type] # any id
        self.seen.append([row[0] for row in self.stage.rows(_STORED, run_id)])
        return 1


async def _look(
    postgres: Postgres, process: Process, asked: Sequence[tuple[str, dict[str, Json]]], *tools: ToolPlan
) -> _Looking:
    looking = _Looking()
    turns: list[Turn] = [asked, "Done."]
    async with staged(postgres, process, turns, {"add": looking, "ask": looking}) as stage:
        looking.stage = stage
        stage.tools.instant = frozenset({"add"})
        await stage.run(plan_of(*tools))
    return looking


async def test_step_that_asks_for_an_instant_call_is_stored_with_it(postgres: Postgres, process: Process) -> None:
    looking = await _look(postgres, process, [("add", {})], tool("add"))

    assert looking.seen == [[]]


@pytest.mark.parametrize(
    "asked",
    [["ask"], ["add", "add"], ["add", "ask"]],
    ids=["a tool that reaches outside", "two instant calls", "an instant call beside another"],
)
async def test_step_that_asks_for_any_other_call_is_stored_before_it(
    postgres: Postgres, process: Process, asked: list[str]
) -> None:
    looking = await _look(postgres, process, [(name, {}) for name in asked], tool("add"), tool("ask"))

    assert [seen[:1] for seen in looking.seen] == [["scripted"]] * len(asked)


async def test_readers_see_both_steps_in_the_order_they_ended(postgres: Postgres, process: Process) -> None:
    turns: list[Turn] = [[("add", {})], [("add", {})], [("ask", {})], "Done."]
    async with staged(postgres, process, turns, {"add": lambda _: 1, "ask": lambda _: 2}) as stage:
        stage.tools.instant = frozenset({"add"})
        run_id = await stage.run(plan_of(tool("add"), tool("ask")))

        ends = [row[0] for row in stage.rows(_ENDS, run_id)]
        assert ends == ["scripted", "add", "scripted", "add", "scripted", "ask", "scripted"]
        commits = stage.rows(_COMMITS, run_id)
        assert len(commits) == 6  # claim; twice a model call with its instant call; model call; call; model call and end
        assert [last for last, _ in commits] == [sum(count for _, count in commits[: n + 1]) for n in range(6)]


async def test_instant_call_that_lasts_after_all_is_announced_with_the_step_before_it(
    postgres: Postgres, process: Process
) -> None:
    go_on = asyncio.Event()

    async def wait(_: object) -> int:
        await asyncio.wait_for(go_on.wait(), 10)
        return 1

    async with staged(postgres, process, [[("add", {})], "Done."], {"add": wait}) as stage:
        stage.tools.instant = frozenset({"add"})
        run_id = await stage.start(plan_of(tool("add")))
        running = asyncio.create_task(stage.execute(run_id))
        while not stage.rows(_STORED, run_id):
            await asyncio.sleep(0.01)
        assert [row[0] for row in stage.rows(_STORED, run_id)] == ["scripted"]
        go_on.set()
        await running

        assert [row[0] for row in stage.rows(_ENDS, run_id)] == ["scripted", "add", "scripted"]


@pytest.mark.parametrize("count", [1, 2])
async def test_run_that_is_cut_around_an_instant_call_repeats_no_step_that_is_stored(
    postgres: Postgres, process: Process, count: int
) -> None:
    async with staged(postgres, process, [[("add", {})], "Done."], {"add": lambda _: 1}) as stage:
        stage.tools.instant = frozenset({"add"})
        own = stage.workshop.journal
        run_id = await stage.start(plan_of(tool("add")))
        await execute_cut(stage, run_id, count)
        stage.workshop.journal = own
        await stage.execute(run_id)

        assert [row[0] for row in stage.rows(_ENDS, run_id)] == ["scripted", "add", "scripted"]
        assert len(stage.tools.calls) == 1
        assert len(stage.model.calls) == 2


async def test_the_input_alone_is_no_checkpoint_and_the_first_one_is_whole(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("ask", {})], "Done."], {"ask": lambda _: 1}) as stage:
        run_id = await stage.run(plan_of(tool("ask")))

        found = stage.rows(_CHECKPOINTS, run_id)
        began = [
            row[0] for row in stage.rows("SELECT checkpoint_id FROM run_steps WHERE run_id = %s ORDER BY sequence", run_id)
        ]
        assert [checkpoint_id for checkpoint_id, _, _, _ in found] == began
        assert [parent for _, parent, _, _ in found] == [None, *began[:-1]]
        assert {base for _, _, base, _ in found} == {began[0]}
        assert not any("__start__" in values for _, _, _, values in found)
