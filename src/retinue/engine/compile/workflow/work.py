"""The work of a workflow's nodes in a run: calls under its ledger, members as runs of their own, and waits."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NoReturn
from uuid import UUID

from langgraph.types import interrupt

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.member import MEMBER
from retinue.engine.compile.workflow.calls import Calls
from retinue.engine.compile.workflow.codes import Codes
from retinue.engine.compile.workflow.model_node import ModelCalls
from retinue.engine.compile.workflow.ports import Expressions, Task
from retinue.engine.compile.workflow.recording import SHOWN_CHARACTERS, NodeFailedError, Recording, label_of, place_of
from retinue.engine.compile.workflow.waits import Waits
from retinue.engine.delegation import ChildRun
from retinue.engine.plan import MemberPlan, WorkflowPlan
from retinue.engine.prompt import as_text
from retinue.engine.records import LogLine, StepRecord, StepStart
from retinue.engine.scope import RunScope
from retinue.engine.spec.workflow.nodes import (
    ApprovalNode,
    CodeNode,
    HttpNode,
    MapNode,
    ModelNode,
    QuestionNode,
    ToolNode,
    TransformNode,
    WaitForEventNode,
    WaitUntilNode,
)

_WAVES: Final = 2**30
_OUTSIDE_MAPS: Final = 1


class RunWork:
    """Does the work of the nodes in one execution of a run. See ``ports.Work``."""

    def __init__(self, scope: RunScope, plan: WorkflowPlan, expressions: Expressions) -> None:
        """Take the execution, the plan of the workflow that it carries out, and who computes code."""
        self._scope = scope
        self._plan = plan
        self._recording = Recording(scope)
        self._calls = Calls(self._recording)
        self._waits = Waits(self._recording)
        self._codes = Codes(self._recording, expressions)
        self._models = ModelCalls(self._recording)
        members = () if scope.plan.team is None else scope.plan.team.members
        self._places: Mapping[str, int] = {member.key: place for place, member in enumerate(members)}
        self._open: dict[UUID, StepStart] = {}

    async def perform(self, task: Task) -> Json:  # noqa: PLR0911 - one line a type of node
        """Return the result of a node, or pause until there is one."""
        attempts, node = self._scope.children.get(str(task.id), ()), task.node
        self._recording.check()
        if isinstance(node, ToolNode):
            arguments = task.input if isinstance(task.input, dict) else {}
            return await self._calls.call(task, self._plan.tools[task.path], arguments)
        if isinstance(node, HttpNode):
            request = {name: value for name, value in (task.given or {}).items() if name != "input"}
            return await self._calls.call(task, self._plan.tools[task.path], request)
        if isinstance(node, ModelNode):
            return await self._models.call(task, node, self._plan.models[task.path])
        if isinstance(node, CodeNode):
            return await self._codes.run(task, node)
        if isinstance(node, ApprovalNode):
            return self._waits.approve(task, node)
        if isinstance(node, QuestionNode):
            return self._waits.ask(task, node)
        if isinstance(node, WaitUntilNode):
            return self._waits.wait_until(task, node)
        if isinstance(node, WaitForEventNode):
            return self._waits.wait_for_event(task, node)
        if not attempts or not attempts[-1].is_over:
            self._await_child(task, attempt=max(len(attempts), 1))
        return self._end_child(task, attempts[-1])

    def event_of(self, task: Task) -> JsonObject | None:
        """Return the event that answered a wait; None while it waits."""
        return self._waits.event_of(task)

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        """Record a node that only computes."""
        self._recording.check()
        self._recording.end(task, "transform" if isinstance(task.node, TransformNode) else "decision", read, result)

    def opened(self, task: Task, given: JsonObject) -> None:
        """Tell that a map or a loop is under way."""
        if task.id not in self._open:
            self._recording.check()
            self._open[task.id] = self._recording.begin(task, _container(task), lambda step: _under_way(step, given))

    def closed(self, task: Task, given: JsonObject, result: Json, *, by: UUID, error: str | None = None) -> None:
        """Record a map or a loop that has ended, or failed, with what the task ``by`` writes."""
        start = self._open.pop(task.id, None) or self._recording.begin(task, _container(task))
        self._scope.budget.count_node()
        status, now = "completed" if error is None else "failed", self._scope.clock.now()
        clean_result = self._recording.clean(result)
        self._scope.end(StepRecord(start, status, given, clean_result, now, error_message=error, told_by=by))

    def _member(self, task: Task) -> MemberPlan:
        member = None if self._scope.plan.team is None else self._scope.plan.team.member(task.path)
        if member is None:
            raise RuntimeError(f"the plan has nothing for the node {task.path!r}")
        return member

    def _await_child(self, task: Task, *, attempt: int) -> NoReturn:
        """Pause for the run that a node starts. The task begins again when it has ended, and finds it in the scope."""
        member, frame = self._member(task), task.frame
        left = self._scope.budget.cost_left(self._recording.spent())
        given: JsonObject = task.input if isinstance(task.input, dict) else {"prompt": as_text(task.input)}
        if member.type != "workflow":
            given = {**given, "prompt": given["prompt"] if "prompt" in given else as_text(task.input)}
        is_of_map = frame is not None and frame.concurrency is not None
        wanted: JsonObject = {
            "question_id": f"{task.id}:{attempt}",
            "kind": MEMBER,
            "member": member.key,
            "name": label_of(task.node),
            "wave": _wave_of(frame.step_id) if frame is not None and is_of_map else _OUTSIDE_MAPS,
            "most": frame.concurrency if frame is not None else None,
            "order": self._places[task.path],
            "count": 1,
            "attempt": attempt,
            "input": given,
            "max_cost_usd": None if left is None else float(left),
            "step_type": member.type,
            **place_of(task),
        }
        interrupt(wanted)  # raises: the task ends here
        raise AssertionError("an interrupt returned without an answer")

    def _end_child(self, task: Task, child: ChildRun) -> Json:
        scope, member = self._scope, self._member(task)
        start = replace(self._recording.begin(task, member.type), started_at=child.created_at)
        scope.budget.count_node()
        is_ok, now = child.status == "completed", scope.clock.now()
        output = self._recording.clean(child.output) if is_ok else child.error
        message = None if is_ok else _failure(member, child)
        line = LogLine("info" if is_ok else "warning", f"{member.name} ended: {child.status}.")
        given: JsonObject = {"input": self._recording.clean(task.input), "child_run_id": child.id}
        status = "completed" if is_ok else "failed"
        scope.end(StepRecord(start, status, given, output, now, error_message=message, logs=(line,)))
        if message is not None:
            raise NodeFailedError(message)
        return child.output


def _container(task: Task) -> str:
    return "map" if isinstance(task.node, MapNode) else "loop"


def _wave_of(step_id: UUID) -> int:
    """Return a number for the runs that a map's items start: those of one map take turns among themselves."""
    return _OUTSIDE_MAPS + 1 + step_id.int % _WAVES


def _failure(member: MemberPlan, child: ChildRun) -> str:
    message = child.error.get("message") if child.error else None
    said = str(message) if message else f"its run was {child.status}."
    return f"{member.name}: {said[:SHOWN_CHARACTERS]}"


async def _under_way(start: StepStart, given: JsonObject) -> StepRecord:
    return StepRecord(start, "running", given, None, None)
