"""The work of a workflow's nodes in a run: tools under its ledger; agents, teams and workflows as runs of their own."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar, NoReturn, cast
from uuid import UUID

from langgraph.types import interrupt

from retinue.core.errors import Error, Kind
from retinue.core.json import Json, JsonObject
from retinue.engine import trace
from retinue.engine.compile.member import MEMBER
from retinue.engine.compile.workflow.errors import ExpressionFailedError
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.delegation import ChildRun
from retinue.engine.errors import UnknownOutcomeError
from retinue.engine.plan import MemberPlan, WorkflowPlan
from retinue.engine.ports import ToolDecision, ToolInvocation, ToolPlan, ToolResult
from retinue.engine.prompt import as_text
from retinue.engine.records import LogLine, StepRecord, StepStart
from retinue.engine.scope import RunScope, SoFar, Stopwatch
from retinue.engine.secrecy import clean_error
from retinue.engine.spec.workflow.nodes import ApprovalNode, ToolNode, TransformNode, WaitUntilNode, Working
from retinue.engine.spec.workflow.values import seconds_of

APPROVAL = "node"
"""The kind of an approval that a node asks for."""
TIMER = "timer"
"""The kind of an interrupt that ends at an instant."""
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
_NO_AGENT = "00000000-0000-0000-0000-000000000000"
"""Whose secret variables the tools of a workflow without an agent see: nobody's."""
_SHOWN_CHARACTERS = 2_000


class NodeFailedError(Error):
    """What a node of the workflow started has failed."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "node_failed"
    remedy = "Open the step to see why; then resume the run, or give the node an on_error."


class RunWork:
    """Does the work of the nodes in one execution of a run. See ``ports.Work``."""

    def __init__(self, scope: RunScope, plan: WorkflowPlan) -> None:
        """Take the execution, and the plan of the workflow that it carries out."""
        self._scope = scope
        self._plan = plan
        self._places: Mapping[str, int] = {node.id: place for place, node in enumerate(plan.document.nodes)}

    async def perform(self, task: Task) -> Json:
        """Return the result of a tool, an agent, a team or a workflow, or pause until there is one."""
        attempts = self._scope.children.get(str(task.id), ())
        self._scope.budget.check_node(self._spent())
        if isinstance(task.node, ToolNode):
            return await self._call(task, self._plan.tools[task.node.id])
        if isinstance(task.node, ApprovalNode):
            return self._approve(task)
        if isinstance(task.node, WaitUntilNode):
            return self._wait(task, task.node)
        if not attempts or not attempts[-1].is_over:
            self._await_child(task, attempt=max(len(attempts), 1))
        return self._end_child(task, attempts[-1])

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        """Record a node that only computes."""
        self._scope.budget.check_node(self._spent())
        self._scope.budget.count_node()
        kind = "transform" if isinstance(task.node, TransformNode) else "decision"
        start = self._begin(task, kind, _computing)
        clean_read, clean_result = self._clean(read), self._clean(result)
        self._scope.end(StepRecord(start, "completed", clean_read, clean_result, self._scope.clock.now()))

    def _spent(self) -> Decimal:
        return sum((each.cost_usd for its in self._scope.children.values() for each in its), Decimal(0))

    def _clean(self, value: Json) -> Json:
        return value if self._scope.redactor is None else self._scope.redactor.document(value)

    def _begin(self, task: Task, kind: str, so_far: SoFar) -> StepStart:
        return self._scope.begin(
            task_id=str(task.id),
            checkpoint_id=task.checkpoint_id,
            name=label_of(task.node),
            kind=kind,
            so_far=so_far,
            node=(task.node.id, task.visit),
        )

    async def _call(self, task: Task, tool: ToolPlan) -> Json:
        scope = self._scope
        arguments = task.input if isinstance(task.input, dict) else {}
        scope.budget.count_tool_call()

        async def so_far(start: StepStart) -> StepRecord:
            return StepRecord(start, "running", arguments, None, None)

        start, watch = self._begin(task, "tool", so_far), Stopwatch()
        result = await self._invoke(task, tool, start, arguments)
        call = {"id": task.node.id, "name": tool.name, "arguments": arguments}
        record = trace.tool_call(start, call, arguments, result, now=scope.clock.now(), elapsed_ms=watch.elapsed_ms)  # pyright: ignore[reportArgumentType] - a call as a model would have made it
        scope.end(record)
        if result.is_error:
            raise NodeFailedError(f"{tool.name}: {as_text(result.output)[:_SHOWN_CHARACTERS]}")
        return result.output

    async def _invoke(self, task: Task, tool: ToolPlan, start: StepStart, arguments: JsonObject) -> ToolResult:
        scope, decision = self._scope, cast("ToolDecision | None", None)
        invocation = ToolInvocation(
            organization_id=scope.organization_id,
            run_id=scope.run_id,
            agent_id=scope.plan.agent.agent_id or _NO_AGENT,
            call_id=f"{task.node.id}.{task.visit}",
            tool=tool,
            arguments=arguments,
            idempotency_key=f"{scope.run_id}:{start.id}",
        )
        while True:
            try:
                return await scope.tools.call(invocation, start.id, decision)
            except UnknownOutcomeError as unknown:
                decision = self._verdict(task, tool, arguments, unknown)
            except Error as error:
                if scope.redactor is not None:
                    clean_error(scope.redactor, error)
                scope.end(trace.failed_tool_call(start, arguments, error, now=scope.clock.now()))
                raise

    def _verdict(self, task: Task, tool: ToolPlan, arguments: JsonObject, unknown: UnknownOutcomeError) -> ToolDecision:
        """Return what a person decided about a call that may have taken effect, or pause until someone does."""
        question_id = f"{task.id}:{unknown.attempt}"
        answer = self._scope.answers.get(question_id)
        if answer is None:
            asked: JsonObject = {
                "question_id": question_id,
                "kind": "unknown_outcome",
                "tool_name": tool.name,
                "arguments": arguments,
                "reason": unknown.reason,
                "parent_step_id": None,
                **_place_of(task),
            }
            interrupt(asked)  # raises: the task ends here, and begins again once the answer is in the scope
            return ToolDecision(again=False)
        has_result = answer.get("result") is not None
        return ToolDecision(answer.get("decision") == "approve" and not has_result, answer.get("result"), has_result)

    def _approve(self, task: Task) -> Json:
        """Return what a person decided, or pause until someone does."""
        shown: JsonObject = {} if task.input is None else {"value": task.input}
        if isinstance(task.input, dict):
            shown = task.input
        answer = self._scope.answers.get(str(task.id))
        if answer is None:
            asked: JsonObject = {
                "question_id": str(task.id),
                "kind": APPROVAL,
                "tool_name": label_of(task.node),
                "arguments": shown,
                "reason": task.reason,
                "parent_step_id": None,
                "step_type": "approval",
                **_place_of(task),
            }
            interrupt(asked)  # raises: the task ends here
            return None
        result: JsonObject = {"decision": answer["decision"], "comment": answer.get("comment")}
        self._end(task, "approval", shown, result)
        return result

    def _wait(self, task: Task, node: WaitUntilNode) -> Json:
        """Return the instant that a node waits for once it has come, or pause until then."""
        until = _instant_of(task, node)
        if self._scope.clock.now() < until:
            wanted: JsonObject = {
                "kind": TIMER,
                "until": until.isoformat(),
                "name": label_of(node),
                "step_type": "wait",
                **_place_of(task),
            }
            interrupt(wanted)  # raises: the task ends here
        result = until.isoformat()
        self._end(task, "wait", {"until": result}, result)
        return result

    def _end(self, task: Task, kind: str, given: JsonObject, result: Json) -> None:
        start = self._begin(task, kind, _computing)
        self._scope.budget.count_node()
        self._scope.end(StepRecord(start, "completed", self._clean(given), self._clean(result), self._scope.clock.now()))

    def _member(self, task: Task) -> MemberPlan:
        member = None if self._scope.plan.team is None else self._scope.plan.team.member(task.node.id)
        if member is None:
            raise RuntimeError(f"the plan has nothing for the node {task.node.id!r}")
        return member

    def _await_child(self, task: Task, *, attempt: int) -> NoReturn:
        """Pause for the run that a node starts. The task begins again when it has ended, and finds it in the scope."""
        member = self._member(task)
        left = self._scope.budget.cost_left(self._spent())
        given: JsonObject = task.input if isinstance(task.input, dict) else {"prompt": as_text(task.input)}
        if member.type != "workflow":
            given = {**given, "prompt": given["prompt"] if "prompt" in given else as_text(task.input)}
        wanted: JsonObject = {
            "question_id": f"{task.id}:{attempt}",
            "kind": MEMBER,
            "member": member.key,
            "name": label_of(task.node),
            "parent_step_id": None,
            "wave": 1,
            "order": self._places[task.node.id],
            "count": 1,
            "attempt": attempt,
            "input": given,
            "max_cost_usd": None if left is None else float(left),
            "step_type": member.type,
            **_place_of(task),
        }
        interrupt(wanted)  # raises: the task ends here
        raise AssertionError("an interrupt returned without an answer")

    def _end_child(self, task: Task, child: ChildRun) -> Json:
        scope, member = self._scope, self._member(task)
        start = replace(self._begin(task, member.type, _computing), started_at=child.created_at)
        scope.budget.count_node()
        is_ok, now = child.status == "completed", scope.clock.now()
        output, message = (self._clean(child.output), None) if is_ok else (child.error, _failure(member, child))
        line = LogLine("info" if is_ok else "warning", f"{member.name} ended: {child.status}.")
        given: JsonObject = {"input": self._clean(task.input), "child_run_id": child.id}
        status = "completed" if is_ok else "failed"
        scope.end(StepRecord(start, status, given, output, now, error_message=message, logs=(line,)))
        if message is not None:
            raise NodeFailedError(message)
        return child.output


def _instant_of(task: Task, node: WaitUntilNode) -> datetime:
    """Return the instant that a node waits for: the same however often its task begins again."""
    if node.after is not None:
        return _entered_at(task.checkpoint_id) + timedelta(seconds=seconds_of(node.after))
    try:
        found = datetime.fromisoformat(task.at) if isinstance(task.at, str) else None
    except ValueError:
        found = None
    if found is None:
        message = f"{node.id}, at: is {as_text(task.at)[:80]}, which is no instant of ISO 8601, as 2026-12-31T09:00:00+01:00"
        raise ExpressionFailedError(message)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _entered_at(checkpoint_id: str) -> datetime:
    """Return when a checkpoint was made: its id is a UUID of version 6 (RFC 9562), which begins with the time."""
    number = UUID(checkpoint_id).int
    ticks = (number >> 80) << 12 | (number >> 64) & 0xFFF
    return _GREGORIAN + timedelta(microseconds=ticks // 10)


def label_of(node: Working) -> str:
    """Return what a node is called on screens."""
    return node.name or node.id


def _place_of(task: Task) -> JsonObject:
    return {"checkpoint_id": task.checkpoint_id, "node_id": task.node.id, "visit": task.visit}


def _failure(member: MemberPlan, child: ChildRun) -> str:
    message = child.error.get("message") if child.error else None
    said = str(message) if message else f"its run was {child.status}."
    return f"{member.name}: {said[:_SHOWN_CHARACTERS]}"


async def _computing(start: StepStart) -> StepRecord:
    return StepRecord(start, "running", None, None, None)
