"""Graphs for tests of the saver: any LangGraph graph carried out as a run, with a recorded step for each node that works."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from langgraph.pregel import Pregel
from langgraph.runtime import Runtime

from retinue.core.clock import SystemClock
from retinue.core.ids import RunId
from retinue.engine.compile.lean import strip_callbacks
from retinue.engine.execute import triggers_of
from retinue.engine.records import StepRecord, StepStart, Totals
from retinue.runs.execution.checkpoints import JournalSaver
from retinue.runs.execution.journal import EntryBuffer, Journal, RunLease
from retinue.runs.execution.recorder import RunRecorder
from tests.runs.workshop import Stage, plan_of

STEPS = "SELECT step_name FROM run_steps WHERE run_id = %s AND status = 'completed' ORDER BY step_name"


class CutJournal(Journal):
    """A journal that ends an execution right after its n-th commit, as a kill would, but for the process living on."""

    def cut_after(self, count: int, task: "asyncio.Task[Any]") -> None:
        """Cancel a task after so many commits from now on."""
        self._left, self._cut = count, task
        self._committed = self._count

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._cut.cancel()


@dataclass
class Steps:
    """The recorder of the execution that goes on now, and how often each step has been carried out."""

    begun: Counter[str] = field(default_factory=Counter[str])
    ended: Counter[str] = field(default_factory=Counter[str])
    recorder: RunRecorder | None = None
    number: int = 0

    def step(
        self, name: str, work: Callable[[Any], Awaitable[Any]]
    ) -> Callable[[Any, Runtime[Any]], Awaitable[dict[str, Any]]]:
        """Make a node that does its work as a recorded step; ``work`` returns what it writes to the state."""

        async def node(state: Any, runtime: Runtime[Any]) -> dict[str, Any]:
            info, recorder = runtime.execution_info, self.recorder
            assert info is not None
            assert recorder is not None
            self.begun[name] += 1
            self.number += 1
            start = StepStart(UUID(info.task_id), name, "tool", self.number, None, info.checkpoint_id, datetime.now(UTC))

            async def so_far(start: StepStart) -> StepRecord:
                return StepRecord(start, "running", None, None, None)

            recorder.started(start, so_far)
            result = await work(state)
            recorder.finished(StepRecord(start, "completed", None, None, datetime.now(UTC)))
            self.ended[name] += 1
            return result

        return node


@dataclass
class Graphs:
    """Carries out one graph as a run of a stage, again and again until it ends."""

    stage: Stage
    run_id: RunId
    steps: Steps
    state: Any = None

    @classmethod
    async def make(cls, stage: Stage, steps: Steps) -> "Graphs":
        """Start the run."""
        return cls(stage, await stage.start(plan_of()), steps)

    async def execute(self, graph: Pregel[Any, Any, Any, Any], given: Any, journal: Journal | None = None) -> Any:
        """Execute the graph from its input, or from where it was; return the state it ends with."""
        claimed = await self.stage.workshop.claim(self.run_id)
        assert claimed is not None
        held = RunLease(claimed.run_id, claimed.organization_id, claimed.lease, claimed.last_sequence)
        draft = EntryBuffer(journal or self.stage.workshop.journal, held)
        recorder = self.steps.recorder = RunRecorder(draft, self.stage.feed, agent_id="", clock=SystemClock())
        saver = JournalSaver(self.stage.process.database, draft, triggers=triggers_of(graph).get, is_begun=claimed.is_begun)
        try:
            state = await graph.copy({"checkpointer": saver}).ainvoke(
                None if claimed.is_begun else given,
                {"configurable": {"thread_id": str(self.run_id)}, "recursion_limit": 2_500},
                durability="sync",
            )
        finally:
            recorder.cancel_announcements()
        self.state = state
        saver.flush()
        recorder.finish({"status": "completed", "output": {}}, Totals(), {})
        await draft.commit()
        return state

    async def execute_cut(self, graph: Pregel[Any, Any, Any, Any], given: Any, *, commits: int) -> Any:
        """Execute the graph and end the execution after so many commits; return the state if the run is over, else None."""
        journal = CutJournal(self.stage.process.database, self.stage.feed)
        await journal.start()
        task = asyncio.create_task(self.execute(graph, given, journal))
        journal.cut_after(commits, task)
        (state,) = await asyncio.gather(task, return_exceptions=True)
        await journal.stop()
        if isinstance(state, BaseException) and not isinstance(state, asyncio.CancelledError):
            raise state
        ((status,),) = self.stage.rows("SELECT status FROM runs WHERE id = %s", self.run_id)
        return self.state if status == "completed" else None

    def recorded(self) -> list[str]:
        """Return the names of the steps that are recorded as completed."""
        return [str(row[0]) for row in self.stage.rows(STEPS, self.run_id)]


def light(graph: Pregel[Any, Any, Any, Any]) -> Pregel[Any, Any, Any, Any]:
    """Lighten a compiled graph as the engine does."""
    strip_callbacks(graph)
    return graph
