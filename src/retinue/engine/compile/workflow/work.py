"""The work of a workflow's nodes in a run: calls under its ledger, members as runs of their own, and waits."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NoReturn
from uuid import UUID

from langgraph.types import interrupt

from retinue.core.errors import Error, LimitedError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.member import MEMBER
from retinue.engine.compile.workflow.attempts import LONGEST_SLEEP_SECONDS, is_retried, is_tried_again, next_attempt_at
from retinue.engine.compile.workflow.caching import cache_key, reference_of
from retinue.engine.compile.workflow.calls import Calls
from retinue.engine.compile.workflow.codes import Codes
from retinue.engine.compile.workflow.inline import InlineAgents, input_of
from retinue.engine.compile.workflow.model_node import ModelCalls
from retinue.engine.compile.workflow.ports import Expressions, NodeResults, Task
from retinue.engine.compile.workflow.recalls import STEP_TYPES, Recalls
from retinue.engine.compile.workflow.recording import SHOWN_CHARACTERS, NodeFailedError, Recording, label_of, place_of
from retinue.engine.compile.workflow.rehearsing import simulated
from retinue.engine.compile.workflow.waits import TIMER, Waits
from retinue.engine.delegation import ChildRun
from retinue.engine.plan import MemberPlan, WorkflowPlan
from retinue.engine.records import LogLine, StepRecord, StepStart
from retinue.engine.replay import CACHED, NO_REPLAY
from retinue.engine.scope import RunScope
from retinue.engine.spec.workflow.nodes import (
    AgentNode,
    ApprovalNode,
    CodeNode,
    HttpNode,
    MapNode,
    ModelNode,
    QuestionNode,
    TeamNode,
    ToolNode,
    TransformNode,
    WaitForEventNode,
    WaitUntilNode,
    WorkflowNode,
    is_inline,
)
from retinue.engine.spec.workflow.values import seconds_of

_WAVES: Final = 2**30
_OUTSIDE_MAPS: Final = 1


class RunWork:
    """Does the work of the nodes in one execution of a run. See ``ports.Work``."""

    def __init__(self, scope: RunScope, plan: WorkflowPlan, expressions: Expressions, results: NodeResults) -> None:
        """Take the execution, the plan of the workflow that it carries out, who computes code, and who keeps results."""
        self._scope = scope
        self._plan = plan
        self._recording = Recording(scope)
        self._calls = Calls(self._recording)
        self._waits = Waits(self._recording)
        self._codes = Codes(self._recording, expressions)
        self._models = ModelCalls(self._recording)
        self._agents = InlineAgents(self._recording)
        self._recalls = Recalls(plan.replay, self._recording)
        self._results = results
        members = () if scope.plan.team is None else scope.plan.team.members
        self._places: Mapping[str, int] = {member.key: place for place, member in enumerate(members)}
        self._open: dict[UUID, StepStart] = {}

    def is_recalled(self, task: Task) -> bool:
        """Say whether the run gives a task's result."""
        return self._recalls.has(task)

    def recall(self, task: Task) -> Json:
        """Return the result that the run gives, and record it."""
        self._recording.check()
        return self._recalls.take(task)

    async def perform(self, task: Task) -> Json:
        """Return the result of a node, or pause until there is one."""
        self._recording.check()
        task = self._recalls.given(task)
        if self._plan.replay.is_dry and (replaced := simulated(task, self._recording)) is not None:
            return replaced[0]
        cache = task.node.cache
        if cache is None or self._plan.replay != NO_REPLAY:  # what was pinned must not reach other runs under a chosen key
            return await self._attempted(task)
        key = cache_key(self._plan, task, [self._scope.plan.agent.agent_id, self._refers_to(task)])
        if not self._children_of(task) and (kept := await self._results.get(key)) is not None:
            kind = str(getattr(task.node, "type", ""))
            self._recording.end(task, STEP_TYPES.get(kind, kind), task.given, kept[0], source=CACHED)
            return kept[0]
        result = await self._attempted(task)
        await self._results.put(key, self._recording.clean(result), seconds_of(cache.ttl))
        return result

    def _refers_to(self, task: Task) -> Json:
        path, roster = task.path, self._scope.plan.team
        member = None if roster is None else roster.member(path)
        if member is not None:
            return reference_of([member.target_id, member.version, member.plan])
        return reference_of([self._plan.tools.get(path), self._plan.models.get(path)])

    def _children_of(self, task: Task) -> Sequence[ChildRun]:
        return self._scope.children.get(str(task.id), ())

    async def _attempted(self, task: Task) -> Json:
        """Do a node's work, again after failures as its ``retry`` says."""
        retry = task.node.retry
        if retry is None or (isinstance(task.node, AgentNode | TeamNode | WorkflowNode) and not is_inline(task.node)):
            return await self._do(task)
        failed_at = self._scope.failed_attempts(task.id)
        made, last = len(failed_at), failed_at[-1] if failed_at else self._scope.clock.now()
        while True:
            if made % retry.max_attempts:
                await self._wait_for_attempt(task, next_attempt_at(retry, str(task.id), made % retry.max_attempts, last))
            try:
                return await self._do(replace(task, attempt=made + 1))
            except LimitedError:
                raise
            except Error as error:
                made, last = made + 1, self._scope.clock.now()
                if not made % retry.max_attempts or not is_tried_again(retry, error):
                    raise

    async def _wait_for_attempt(self, task: Task, until: datetime) -> None:
        """Wait for an attempt: shortly in this process, for longer without it."""
        seconds = (until - self._scope.clock.now()).total_seconds()
        if seconds > LONGEST_SLEEP_SECONDS:
            wanted: JsonObject = {"kind": TIMER, "until": until.isoformat(), "is_retry": True, **place_of(task)}
            interrupt(wanted)  # raises: the task ends here
        await asyncio.sleep(max(seconds, 0))

    async def _do(self, task: Task) -> Json:  # noqa: PLR0911 - one line a type of node
        node = task.node
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
        if is_inline(node):
            return await self._agents.call(task, self._member(task))
        return await self._child(task)

    async def _child(self, task: Task) -> Json:
        """Return the output of the run that a node starts. Its attempts are runs of their own; the step is one."""
        attempts, retry = self._children_of(task), task.node.retry
        if not attempts or not attempts[-1].is_over:
            self._await_child(task, attempt=max(len(attempts), 1))
        last, made = attempts[-1], len(attempts)
        code = None if last.error is None else last.error.get("code")
        is_last = retry is None or not made % retry.max_attempts or last.status != "failed" or not is_retried(retry, code)
        if retry is None or is_last:
            return self._end_child(task, last)
        ended_at = last.ended_at or self._scope.clock.now()
        await self._wait_for_attempt(task, next_attempt_at(retry, str(task.id), made % retry.max_attempts, ended_at))
        return self._await_child(task, attempt=made + 1)

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
        given = input_of(task)
        if member.type == "workflow" and isinstance(task.input, dict):
            given = task.input
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
