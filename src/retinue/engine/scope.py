"""The scope of one execution of a run: what its nodes need, handed to them as LangGraph's runtime context."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from retinue.core.clock import Clock
from retinue.core.json import JsonObject
from retinue.engine.budget import Budget
from retinue.engine.delegation import ChildRun
from retinue.engine.partial import PartialAnswer
from retinue.engine.plan import PreparedPlan
from retinue.engine.ports import ChatModel, DeltaSink, ToolCaller
from retinue.engine.records import StepRecord, StepStart, Totals
from retinue.engine.redaction import Redactor
from retinue.engine.spending import Spending

SoFar = Callable[[StepStart], Awaitable[StepRecord]]
"""Returns a step that is under way as it would be stored now: what it was given, what has arrived, what that used."""


class Recorder(Protocol):
    """Takes down what the run does. Called from the nodes; must be cheap and must not wait."""

    def started(self, step: StepStart, so_far: SoFar) -> None:
        """Take down that a step has begun; told to those who watch, and stored only if it lasts.

        ``so_far`` may be called until the step has ended, and once after it was cut off.
        """
        ...

    def delta_sink(self, step: StepStart) -> DeltaSink:
        """Return where the text of a step goes while it is being made; text is never stored in pieces."""
        ...

    def finished(self, record: StepRecord) -> None:
        """Take down how a step ended; stored with the checkpoint that follows from it."""
        ...


def attempt_id(task_id: UUID, attempt: int) -> UUID:
    """Return the id of the step of a task's attempt: the task's own, and another for each further one."""
    return task_id if attempt == 1 else uuid5(task_id, f"attempt:{attempt}")


@dataclass(slots=True)
class RunScope:
    """One execution of a run. ``number`` counts the steps in the order they began, over all executions.

    ``answers`` are what persons decided about the run's questions, by the question's id, and ``events`` those that its waits
    were answered with. ``redactor`` takes the
    agent's secrets out of everything recorded of the run, where it has any. ``partials`` are the model calls in progress,
    by the id of their step: a call that ends without an answer leaves what arrived of it there. ``spending``: the budgets
    that the run is under. ``children`` are the runs
    of a team's members, by the id of the step that asked for them; ``is_late``: the time for the members sent out is up.
    Of an agent inside a workflow's run ``above`` is the workflow's scope and ``step`` the node's, below which its steps are.
    """

    organization_id: str
    run_id: str
    plan: PreparedPlan
    budget: Budget
    model: ChatModel
    tools: ToolCaller
    recorder: Recorder
    clock: Clock
    redactor: Redactor | None = None
    spending: Spending | None = None
    answers: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    events: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    number: int = 0
    instructions: str | None = None
    failed_step: str | None = None
    partials: dict[UUID, PartialAnswer] = field(default_factory=dict[UUID, PartialAnswer])
    children: Mapping[str, tuple[ChildRun, ...]] = field(default_factory=dict[str, tuple[ChildRun, ...]])
    is_late: bool = False
    failures: Mapping[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    """When steps of a workflow's nodes failed, in earlier executions."""
    inside: Mapping[UUID, Totals] = field(default_factory=dict[UUID, Totals])
    """What agents inside a workflow's run used in earlier executions, by the step of their node."""
    above: "RunScope | None" = None
    step: StepStart | None = None

    def begin(
        self,
        *,
        task_id: str,
        checkpoint_id: str,
        name: str,
        kind: str,
        so_far: SoFar,
        parent: UUID | None = None,
        node: tuple[str, int, int | None] | None = None,
    ) -> StepStart:
        """Begin a step. Its id is LangGraph's task id, which is the same when the step is done again after a crash.

        ``node`` is the path of a workflow's node, the visit of it, and the item or round that it is carried out for.
        """
        counting = self.above or self
        counting.number += 1
        node_id, visit, item_index = node or (None, None, None)
        now = self.clock.now()
        if parent is None and self.step is not None:
            parent = self.step.id
        start = StepStart(UUID(task_id), name, kind, counting.number, parent, checkpoint_id, now, node_id, visit, item_index)
        self.recorder.started(start, so_far)
        return start

    def end(self, record: StepRecord) -> None:
        """End a step with what is to be stored of it."""
        if record.error_message is not None:
            (self.above or self).failed_step = record.start.name
        if self.above is not None:
            record = self._attributed(record)
        self.recorder.finished(record)

    def _attributed(self, record: StepRecord) -> StepRecord:
        """Return a step of an agent inside a workflow's run with whose model call it is."""
        if record.usage is None:
            return record
        agent = self.plan.agent
        usage: JsonObject = {**record.usage, "agent_id": agent.agent_id}
        return replace(record, usage=usage, provider_kind=record.provider_kind or agent.model.kind)

    def failed_attempts(self, task_id: UUID) -> list[datetime]:
        """Return when the attempts of a task failed that earlier executions recorded, in order; see ``ports.Task``."""
        found: list[datetime] = []
        step_id = task_id
        while step_id in self.failures:
            found.append(self.failures[step_id])
            step_id = attempt_id(task_id, len(found) + 1)
        return found


@dataclass(slots=True)
class Stopwatch:
    """Measures a step on the monotonic clock, so that a corrected wall clock makes no negative times."""

    began: float = field(default_factory=time.perf_counter)

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since it was made."""
        return round((time.perf_counter() - self.began) * 1000)
