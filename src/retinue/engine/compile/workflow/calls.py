"""Calls that a workflow's nodes make, tools and HTTP requests, under the ledger of the run."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from typing import cast

from langgraph.types import interrupt

from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject
from retinue.engine import trace
from retinue.engine.compile import connecting
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.recording import SHOWN_CHARACTERS, NodeFailedError, Recording, place_of
from retinue.engine.errors import ConnectNeededError, UnknownOutcomeError
from retinue.engine.ports import ToolDecision, ToolInvocation, ToolPlan, ToolResult
from retinue.engine.prompt import as_text
from retinue.engine.records import StepRecord, StepStart
from retinue.engine.scope import Stopwatch
from retinue.engine.secrecy import clean_error

_NO_AGENT = "00000000-0000-0000-0000-000000000000"
"""Whose secret variables the tools of a workflow without an agent see: nobody's."""


class Calls:
    """Makes the calls of one execution of a run."""

    def __init__(self, recording: Recording) -> None:
        """Take how steps are recorded."""
        self._recording = recording
        self._scope = recording.scope

    async def call(self, task: Task, tool: ToolPlan, arguments: JsonObject) -> Json:
        """Return the output of a call. Raises ``NodeFailedError``, and pauses when its outcome is not known."""
        scope = self._scope
        scope.budget.count_tool_call()

        async def so_far(start: StepStart) -> StepRecord:
            return StepRecord(start, "running", arguments, None, None)

        start, watch = self._recording.begin(task, "tool", so_far), Stopwatch()
        result = await self._invoke(task, tool, start, arguments)
        call = {"id": task.path, "name": tool.name, "arguments": arguments}
        record = trace.tool_call(start, call, arguments, result, now=scope.clock.now(), elapsed_ms=watch.elapsed_ms)  # pyright: ignore[reportArgumentType] - a call as a model would have made it
        self._recording.tell(record)
        if result.is_error:
            raise NodeFailedError(f"{tool.name}: {as_text(result.output)[:SHOWN_CHARACTERS]}", failure=result.failure)
        return result.output

    async def _invoke(self, task: Task, tool: ToolPlan, start: StepStart, arguments: JsonObject) -> ToolResult:
        scope, decision = self._scope, cast("ToolDecision | None", None)
        refused = connecting.refusal(scope.answers, str(task.id))
        if refused is not None:
            return refused
        invocation = ToolInvocation(
            organization_id=scope.organization_id,
            run_id=scope.run_id,
            agent_id=scope.plan.agent.agent_id or _NO_AGENT,
            call_id=f"{task.path}.{task.visit}",
            tool=tool,
            arguments=arguments,
            idempotency_key=f"{scope.run_id}:{task.id}",
        )
        while True:
            try:
                return await scope.tools.call(invocation, start.id, decision)
            except UnknownOutcomeError as unknown:
                decision = self._verdict(task, tool, arguments, unknown)
            except ConnectNeededError as needed:
                if needed.attempt > connecting.MOST:
                    return connecting.given_up(needed)
                self._connect(task, tool, arguments, needed)
            except Error as error:
                if scope.redactor is not None:
                    clean_error(scope.redactor, error)
                self._recording.tell(trace.failed_tool_call(start, arguments, error, now=scope.clock.now()))
                raise

    def _connect(self, task: Task, tool: ToolPlan, arguments: JsonObject, needed: ConnectNeededError) -> None:
        """Pause until there is an answer about a connection that the call needs."""
        question_id = connecting.question_id(str(task.id), needed.attempt)
        if question_id in self._scope.answers:
            return
        asked: JsonObject = {
            "question_id": question_id,
            "kind": "connect",
            "tool_name": tool.name,
            "arguments": {**needed.needs, "arguments": arguments},
            "reason": needed.reason,
            "asked": connecting.assigned(needed.needs),
            **place_of(task),
        }
        interrupt(asked)  # raises: the task ends here, and begins again once the answer is in the scope

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
                **place_of(task),
            }
            interrupt(asked)  # raises: the task ends here, and begins again once the answer is in the scope
            return ToolDecision(again=False)
        has_result = answer.get("result") is not None
        return ToolDecision(answer.get("decision") == "approve" and not has_result, answer.get("result"), has_result)
