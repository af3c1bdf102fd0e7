"""An execution ends at any commit: the next one goes on from there, and the run ends as it would have."""

import asyncio
from collections.abc import Mapping

import pytest

from retinue.core.ids import RunId
from retinue.engine.ports import AgentPlan
from retinue.process import Process
from retinue.runs.execution.execute import execute_run
from retinue.runs.execution.journal import EntryBuffer, FencedError, Journal, RunLease
from tests.conftest import Postgres
from tests.runs.workshop import Stage, plan_of, staged, tool

_TURNS = [
    [("add", {"a": 1}), ("pay", {"a": 2}), ("add", {"a": 3})],
    [("pay", {"a": 4})],
    "Done.",
]


def _echo(given: Mapping[str, int]) -> int:
    return given["a"]


_TOOLS = {"add": _echo, "pay": _echo}
_STEPS = "SELECT step_name, status, output FROM run_steps WHERE run_id = %s ORDER BY sequence"
_EVENTS = "SELECT sequence, type FROM run_event_stream WHERE run_id = %s ORDER BY sequence"


def _plan() -> AgentPlan:
    return plan_of(tool("add"), tool("pay", effect="dangerous"))


class _Cut(Journal):
    """A journal that ends the execution right after its n-th commit, as a kill would, but for the process living on."""

    def cut_after(self, count: int, task: "asyncio.Task[bool]") -> None:
        self._left, self._cut = count, task
        self._committed = self._count

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._cut.cancel()


async def execute_cut(stage: Stage, run_id: RunId, count: int) -> None:
    """Execute a run and end the execution after ``count`` commits of the journal."""
    journal = _Cut(stage.process.database, stage.feed)
    await journal.start()
    stage.workshop.journal = journal
    task = asyncio.create_task(execute_run(stage.workshop, run_id))
    journal.cut_after(count, task)
    await asyncio.gather(task, return_exceptions=True)
    await journal.stop()


@pytest.mark.parametrize("count", range(1, 9))
async def test_run_that_is_cut_after_any_commit_ends_as_it_would_have(
    postgres: Postgres, process: Process, count: int
) -> None:
    async with staged(postgres, process, _TURNS, _TOOLS) as stage:
        stage.tools.instant = frozenset({"add"})
        own = stage.workshop.journal
        run_id = await stage.start(_plan())
        await execute_cut(stage, run_id, count)
        stage.workshop.journal = own

        await stage.execute(run_id)
        status = stage.one("SELECT status FROM runs WHERE id = %s", run_id)[0]
        while status == "waiting":  # cut between a payment and its record: a person says that it took effect
            question = stage.rows("SELECT arguments FROM approvals WHERE run_id = %s AND status = 'pending'", run_id)
            for (arguments,) in question:
                answer = {"tool_name": "pay", "arguments": arguments, "decision": {"result": arguments["a"]}}
                await stage.decide(run_id, answer)
            await stage.execute(run_id)
            status = stage.one("SELECT status FROM runs WHERE id = %s", run_id)[0]

        assert status == "completed"
        steps = stage.rows(_STEPS, run_id)
        assert sorted(str(output) for name, _, output in steps if name != "scripted") == ["1", "2", "3", "4"]
        assert len(steps) == 7
        events = stage.rows(_EVENTS, run_id)
        assert [sequence for sequence, _ in events] == list(range(1, len(events) + 1))
        assert sum(kind == "step.completed" for _, kind in events) == 7
        paid = [call.arguments["a"] for call in stage.tools.calls if call.tool.name == "pay"]
        assert len(paid) == len(set(paid))


async def test_finished_sibling_is_not_called_again(postgres: Postgres, process: Process) -> None:
    begun, calls = asyncio.Event(), list[str]()

    async def slow(_: object) -> str:
        calls.append("slow")
        begun.set()
        await asyncio.sleep(60 if len(calls) == 2 else 0)
        return "slow"

    def quick(_: object) -> str:
        calls.append("quick")
        return "quick"

    async with staged(postgres, process, [[("quick", {}), ("slow", {})], "Done."], {"quick": quick, "slow": slow}) as stage:
        run_id = await stage.start(plan_of(tool("quick"), tool("slow")))
        task = asyncio.create_task(stage.execute(run_id))
        await asyncio.wait_for(begun.wait(), 10)
        while not stage.rows("SELECT 1 FROM checkpoint_writes WHERE run_id = %s", run_id):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        await stage.execute(run_id)

        assert calls == ["quick", "slow", "slow"]
        assert stage.one("SELECT status FROM runs WHERE id = %s", run_id)[0] == "completed"


async def test_worker_that_lost_its_run_writes_nothing_more(postgres: Postgres, process: Process) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        begun.set()
        await asyncio.wait_for(go_on.wait(), 10)

    async with staged(postgres, process, ["Hello."]) as stage:
        run_id = await stage.start(plan_of())
        stage.model.before = wait
        slow = asyncio.create_task(stage.execute(run_id))
        await begun.wait()
        stage.model.before = None

        await stage.execute(run_id)
        go_on.set()
        await slow

        assert [row[:2] for row in stage.rows(_STEPS, run_id)] == [("scripted", "completed")]
        kinds = [kind for _, kind in stage.rows(_EVENTS, run_id)]
        assert kinds.count("run.completed") == 1
        assert len(stage.model.calls) == 2


async def test_worker_whose_run_another_one_holds_writes_nothing_more(postgres: Postgres, process: Process) -> None:
    begun, go_on = [asyncio.Event(), asyncio.Event()], [asyncio.Event(), asyncio.Event()]
    callers = iter((0, 1))

    async def wait(_: object) -> None:
        caller = next(callers)
        begun[caller].set()
        await asyncio.wait_for(go_on[caller].wait(), 10)

    async with staged(postgres, process, ["Hello."]) as stage:
        run_id = await stage.start(plan_of())
        stage.model.before = wait
        first = asyncio.create_task(stage.execute(run_id))
        await begun[0].wait()
        second = asyncio.create_task(stage.execute(run_id))
        await begun[1].wait()

        go_on[0].set()
        await first
        between = stage.rows(_STEPS, run_id)
        go_on[1].set()
        await second

        assert [row[1] for row in between] == []
        assert [row[:2] for row in stage.rows(_STEPS, run_id)] == [("scripted", "completed")]


async def test_cancelled_run_stops_before_its_next_step(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("add", {})], "Done."], {"add": lambda _: 1}) as stage:
        run_id = await stage.start(plan_of(tool("add")))

        async def cancel(_: object) -> None:
            with_postgres = "UPDATE runs SET status = 'cancelled' WHERE id = %s RETURNING id"
            await asyncio.to_thread(stage.rows, with_postgres, run_id)

        stage.model.before = cancel
        await stage.execute(run_id)

        assert stage.tools.calls == []
        assert [(name, status) for name, status, _ in stage.rows(_STEPS, run_id)] == [("scripted", "completed")]
        assert stage.one("SELECT status FROM runs WHERE id = %s", run_id)[0] == "cancelled"


async def test_one_bad_entry_does_not_hurt_the_batch(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, ["Hello."]) as stage:
        journal, held = stage.workshop.journal, list[RunLease]()
        for _ in range(3):
            claimed = await stage.workshop.claim(await stage.start(plan_of()))
            assert claimed is not None
            held.append(RunLease(claimed.run_id, claimed.organization_id, claimed.lease, claimed.last_sequence))
        drafts = [EntryBuffer(journal, each) for each in held]
        for draft in drafts:
            draft.event("log", {"message": "x"})
        drafts[1].add("steps", {"id": "not a uuid"})

        results = await asyncio.gather(*(draft.commit() for draft in drafts), return_exceptions=True)

        assert [type(result).__name__ for result in results] == ["NoneType", "InvalidTextRepresentation", "NoneType"]
        assert held[1].sequence == 1
        drafts[1].event("log", {"message": "y"})
        await drafts[1].commit()
        assert [row[0] for row in stage.rows(_EVENTS, held[1].run_id)] == [1, 2]


async def test_entry_of_a_run_that_is_held_elsewhere_is_refused(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, ["Hello."]) as stage:
        run_id = await stage.start(plan_of())
        first = await stage.workshop.claim(run_id)
        second = await stage.workshop.claim(run_id)
        assert first is not None
        assert second is not None

        draft = EntryBuffer(
            stage.workshop.journal, RunLease(first.run_id, first.organization_id, first.lease, first.last_sequence)
        )
        draft.event("log", {"message": "late"})
        with pytest.raises(FencedError):
            await draft.commit()
