"""How the execution of a workflow's node becomes a step of its run."""

from dataclasses import replace
from decimal import Decimal
from typing import ClassVar, Final
from uuid import UUID

from retinue.core.errors import Error, Kind
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.records import LogLine, StepRecord, StepStart
from retinue.engine.replay import EXECUTED
from retinue.engine.scope import RunScope, SoFar
from retinue.engine.spec.workflow.nodes import Working

SHOWN_CHARACTERS: Final = 2_000
"""Of what failed, in the message of the error."""


class NodeFailedError(Error):
    """What a node of the workflow started has failed."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "node_failed"
    remedy = "Open the step to see why; then resume the run, or give the node an on_error."

    def __init__(self, detail: str, *, failure: str = "") -> None:
        """Take what failed, and the sort of the failure as ``retry_on`` names it, where it is known."""
        super().__init__(detail)
        self.failure = failure


class Recording:
    """Begins and ends the steps of one execution of a run."""

    def __init__(self, scope: RunScope) -> None:
        """Take the execution."""
        self.scope = scope
        self._attempts: dict[UUID, UUID] = {}

    def begin(self, task: Task, kind: str, so_far: SoFar | None = None, *, name: str | None = None) -> StepStart:
        """Begin the step of a task."""
        if task.step_id != task.id:
            self._attempts[task.step_id] = task.id
        return self.scope.begin(
            task_id=str(task.step_id),
            checkpoint_id=task.checkpoint_id,
            name=name or label_of(task.node),
            kind=kind,
            so_far=so_far or _computing,
            parent=None if task.frame is None else task.frame.step_id,
            node=(task.path, task.visit, None if task.frame is None else task.frame.index),
        )

    def end(
        self, task: Task, kind: str, given: Json, result: Json, *, error: str | None = None, source: str = EXECUTED
    ) -> None:
        """Record a task that only computed or waited, or whose result is from elsewhere."""
        self.finish(self.begin(task, kind), given, result, error=error, source=source)

    def finish(
        self,
        start: StepStart,
        given: Json,
        result: Json,
        *,
        error: str | None = None,
        logs: tuple[LogLine, ...] = (),
        source: str = EXECUTED,
    ) -> None:
        """Record how a step has ended that was begun."""
        self.scope.budget.count_node()
        status, now = "completed" if error is None else "failed", self.scope.clock.now()
        given, result = self.clean(given), self.clean(result)
        self.tell(StepRecord(start, status, given, result, now, error_message=error, logs=logs, source=source))

    def tell(self, record: StepRecord) -> None:
        """End a step; that of a later attempt is stored with what the node's task writes."""
        told_by = self._attempts.pop(record.start.id, None)
        self.scope.end(record if told_by is None else replace(record, told_by=record.told_by or told_by))

    def clean(self, value: Json) -> Json:
        """Return a value without the secrets of the run."""
        return value if self.scope.redactor is None else self.scope.redactor.document(value)

    def check(self) -> None:
        """Demand that the run may execute another node. Raises a ``LimitedError``."""
        self.scope.budget.check_node(self.spent())

    def spent(self) -> Decimal:
        """Return the US dollars that the runs of the family have used."""
        return sum((each.cost_usd for its in self.scope.children.values() for each in its), Decimal(0))


def label_of(node: Working) -> str:
    """Return what a node is called on screens."""
    return node.name or node.id


def place_of(task: Task) -> JsonObject:
    """Return where in the run a task is, as an interrupt tells it."""
    frame = task.frame
    return {
        "checkpoint_id": task.checkpoint_id,
        "node_id": task.path,
        "visit": task.visit,
        "item_index": None if frame is None else frame.index,
        "parent_step_id": None if frame is None else str(frame.step_id),
    }


async def _computing(start: StepStart) -> StepRecord:
    return StepRecord(start, "running", None, None, None)
