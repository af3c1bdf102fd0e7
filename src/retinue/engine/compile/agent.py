"""An agent as a graph: a model asks, tools answer, until the model asks for nothing more.

    START → model ─┬─ no calls → END
                   ├─ no calls, and the answer does not fit the output schema → model, once
                   └─ one Send per call → tool → model

Each call is a task of its own, so a pause or a crash of one repeats none of its siblings. The graph holds no plan: the
plan comes with the run's scope, so one compiled graph serves every agent. State is plain JSON.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple, TypedDict, cast
from uuid import UUID

import langsmith
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject
from retinue.engine import prompt, trace
from retinue.engine.compile import connecting
from retinue.engine.compile.asking import EXPIRED, asked_about_tool
from retinue.engine.compile.lean import strip_callbacks
from retinue.engine.compile.member import Delegated, cost_of, settle
from retinue.engine.compile.model_call import append, ask_model, begin, info_of, read_answer
from retinue.engine.delegation import MemberStatus
from retinue.engine.errors import ConnectNeededError, UnknownOutcomeError
from retinue.engine.plan import MemberPlan
from retinue.engine.ports import (
    CallRecord,
    Message,
    ModelResponse,
    ToolCall,
    ToolDecision,
    ToolInvocation,
    ToolPlan,
    ToolResult,
)
from retinue.engine.records import StepRecord, StepStart
from retinue.engine.scope import RunScope, Stopwatch
from retinue.engine.secrecy import clean_error
from retinue.engine.spec.schemas import argument_problems


class AgentState(TypedDict, total=False):
    """What a checkpoint of an agent holds: the messages of the run, and its output once there is one."""

    messages: Annotated[list[Message], append]
    output: Json


class _Asked(TypedDict):
    """What a tool task is sent: the call, the step that asked for it, and how many calls that step asked for."""

    call: CallRecord
    invalid_reason: str | None
    step_id: str
    count: int


AgentGraph = CompiledStateGraph[AgentState, RunScope, AgentState, AgentState]


@cache
def compile_agent() -> AgentGraph:
    """Return the graph of every agent. Compiled once a process (2 ms); runs share it and differ by their scope.

    Tracing to LangSmith is disabled for the process, whatever its environment says: what agents are told stays here.
    """
    langsmith.configure(enabled=False)
    graph = StateGraph(AgentState, context_schema=RunScope)
    graph.add_node("model", _call_model, destinations=("tool", "model"))
    graph.add_node("tool", _call_tool)
    graph.add_edge(START, "model")
    graph.add_edge("tool", "model")
    compiled = graph.compile()
    strip_callbacks(compiled)
    return compiled


async def _call_model(state: AgentState, runtime: Runtime[RunScope]) -> "Command[Any] | AgentState":
    scope, messages = runtime.context, state.get("messages", [])
    if scope.children:
        scope.budget.cost_left(cost_of(scope.children))
    answered = await ask_model(runtime, messages, tools=scope.plan.schemas, output_schema=scope.plan.agent.output_schema)
    response = answered.response
    if response.tool_calls:
        scope.end(answered.record)
        return Command(update={"messages": [answered.message]}, goto=_sends(response, answered.step_id))
    read = read_answer(scope, messages, answered)
    if read.output is None:
        return Command(update={"messages": read.messages}, goto="model")
    return {"messages": read.messages, "output": read.output}


def _sends(response: ModelResponse, step_id: str) -> list[Send]:
    count = len(response.tool_calls)
    return [Send("tool", _tool_task_input(call, step_id, count)) for call in response.tool_calls]


def only_call(sent: Sequence[Send]) -> str | None:
    """Return the name of the tool when tasks of an agent's graph are a single call, as the model asked for it."""
    return str(sent[0].arg["call"]["name"]) if len(sent) == 1 and sent[0].node == "tool" else None


def _tool_task_input(call: ToolCall, step_id: str, count: int) -> _Asked:
    return {"call": prompt.call_record(call), "invalid_reason": call.invalid_reason, "step_id": step_id, "count": count}


async def _call_tool(state: _Asked, runtime: Runtime[RunScope]) -> AgentState:
    asked, scope, call = state, runtime.context, state["call"]
    scope.budget.admit_calls(_parent(asked), asked["count"])
    tool = scope.plan.tools.get(call["name"])
    arguments, refusal = call["arguments"], _refusal(scope, asked, tool)
    if refusal is None and tool is not None and tool.requires_approval:
        question = _Question(runtime, "tool_call", "This tool asks a person before each call.", asked["step_id"])
        decision = _ask(question, tool, arguments)
        if decision.get("decision") != "approve":
            refusal = _rejection(decision)
        elif isinstance(decision.get("arguments"), dict):
            arguments = cast("JsonObject", decision["arguments"])
    callee = scope.plan.callees.get(call["name"])
    if refusal is None and callee is not None:
        refusal = _misfit(tool, arguments)
        if refusal is None:
            return {"messages": [_call_agent(runtime, callee, asked, arguments)]}
    scope.budget.count_tool_call()
    start = begin(
        runtime,
        name=call["name"],
        kind="tool",
        parent=_parent(asked),
        so_far=lambda step: _tool_call_so_far(arguments, step),
    )
    watch = Stopwatch()
    if refusal is not None or tool is None:
        result = ToolResult(refusal or "There is no such tool.", is_error=True)
    else:
        result = await _invoke(runtime, start, tool, (call["id"], arguments))
    scope.end(trace.tool_call(start, call, arguments, result, now=scope.clock.now(), elapsed_ms=watch.elapsed_ms))
    return {"messages": [prompt.tool_message(call, result, str(start.id))]}


def _misfit(tool: ToolPlan | None, arguments: JsonObject) -> str | None:
    problems = () if tool is None else argument_problems(tool.parameters, arguments)
    return "The arguments do not fit: " + "; ".join(problems) if problems else None


def _call_agent(runtime: Runtime[RunScope], callee: MemberPlan, asked: _Asked, arguments: JsonObject) -> Message:
    """Return the answer of an agent or a team that was called as a tool, or pause until its run has ended."""
    call = asked["call"]
    wanted: Delegated = {
        "key": call["id"],
        "member": callee.key,
        "task": arguments["task"],
        "wave": 1,
        "order": 0,
        "count": asked["count"],
        "step_id": asked["step_id"],
        "shared": {},
    }
    entry = settle(runtime, callee, wanted, who=callee.type)
    result = ToolResult(entry["text"], is_error=entry["status"] != MemberStatus.OK)
    return prompt.tool_message(call, result, entry["step_id"])


async def _tool_call_so_far(arguments: JsonObject, start: StepStart) -> StepRecord:
    return StepRecord(start, "running", arguments, None, None)


async def _invoke(runtime: Runtime[RunScope], start: StepStart, tool: ToolPlan, call: tuple[str, JsonObject]) -> ToolResult:
    scope, (call_id, arguments) = runtime.context, call
    invocation = ToolInvocation(
        organization_id=scope.organization_id,
        run_id=scope.run_id,
        agent_id=scope.plan.agent.agent_id,
        call_id=call_id,
        tool=tool,
        arguments=arguments,
        idempotency_key=f"{scope.run_id}:{start.id}",
    )
    refused = connecting.refusal(scope.answers, info_of(runtime).task_id)
    if refused is not None:
        return refused
    decision: ToolDecision | None = None
    while True:
        try:
            return await scope.tools.call(invocation, start.id, decision)
        except UnknownOutcomeError as unknown:
            question = _Question(runtime, "unknown_outcome", unknown.reason, str(start.parent_step_id), unknown.attempt)
            decision = _verdict(_ask(question, tool, arguments))
        except ConnectNeededError as needed:
            if needed.attempt > connecting.MOST:
                return connecting.given_up(needed)
            question = _Question(runtime, "connect", needed.reason, str(start.parent_step_id), needed.attempt, needed.needs)
            _ask(question, tool, {**needed.needs, "arguments": arguments})
        except Error as error:
            if scope.redactor is not None:
                clean_error(scope.redactor, error)
            scope.end(trace.failed_tool_call(start, arguments, error, now=scope.clock.now()))
            raise


def _verdict(decision: JsonObject) -> ToolDecision:
    has_result = "result" in decision and decision["result"] is not None
    again = decision.get("decision") == "approve" and not has_result
    return ToolDecision(again, decision.get("result"), has_result)


def _refusal(scope: RunScope, asked: _Asked, tool: ToolPlan | None) -> str | None:
    if tool is None:
        names = ", ".join(sorted(scope.plan.tools)) or "none"
        return f"There is no tool named {asked['call']['name']!r}. The tools are: {names}."
    return asked["invalid_reason"]


def _rejection(decision: JsonObject) -> str:
    comment = decision.get("comment")
    sentence = "Nobody allowed this call in time." if decision.get(EXPIRED) is True else "A person did not allow this call."
    return f"{sentence} They said: {comment}" if comment else sentence


class _Question(NamedTuple):
    """What a person is asked, and where in the run."""

    runtime: Runtime[RunScope]
    kind: str
    reason: str
    parent_step_id: str
    attempt: int = 0
    needs: JsonObject | None = None


def _ask(question: _Question, tool: ToolPlan, arguments: JsonObject) -> JsonObject:
    """Pause for a person's answer. When the run goes on, the task begins again and gets the answer here.

    A task may ask several times (may it be made, was it made, was it made the second time): each question has an id of its
    own, where LangGraph's is that of the task.
    """
    info = info_of(question.runtime)
    question_id = f"{info.task_id}:{question.attempt}" if question.attempt else info.task_id
    if question.needs is not None:
        question_id = connecting.question_id(info.task_id, question.attempt)
    answer = question.runtime.context.answers.get(question_id)
    if answer is not None:
        return answer
    asked: JsonObject = {
        "question_id": question_id,
        "kind": question.kind,
        "tool_name": tool.name,
        "arguments": arguments,
        "reason": question.reason,
        "parent_step_id": question.parent_step_id,
        "checkpoint_id": info.checkpoint_id,
        **(
            asked_about_tool(tool.approval, info.checkpoint_id, is_first=question.kind == "tool_call")
            if question.needs is None
            else {"asked": connecting.assigned(question.needs)}
        ),
    }
    interrupt(asked)  # raises: the task ends here, and begins again once the answer is in the scope
    return {}


def _parent(asked: _Asked) -> UUID:
    return UUID(asked["step_id"])
