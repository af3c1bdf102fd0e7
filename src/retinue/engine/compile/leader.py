"""A turn of a team's leader: its model is asked, and what it wants is read by the team's mode."""

from dataclasses import dataclass, field, replace

from langgraph.runtime import Runtime

from retinue.core.json import Json, JsonObject
from retinue.engine import prompt, team_prompt
from retinue.engine.compile.member import cost_of
from retinue.engine.compile.model_call import Answered, ask_model, read_answer
from retinue.engine.errors import RouteMissingError
from retinue.engine.plan import TeamPlan
from retinue.engine.ports import Message, ToolCall, ToolResult
from retinue.engine.records import LogLine, StepRecord
from retinue.engine.scope import RunScope
from retinue.engine.spec.team import Mode


@dataclass(frozen=True, slots=True)
class Asked:
    """A task for a member; ``call_id`` is the leader's call that is answered by it, if it alone does."""

    key: str
    member: str
    task: Json
    call_id: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the team stands before a turn: the messages, how often members were sent out, how many tasks they had."""

    messages: list[Message]
    rounds: int
    delegations: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What a leader wants: an output, members to be asked, tasks to be planned; or nothing yet, and is asked again."""

    step_id: str | None = None
    messages: list[Message] = field(default_factory=list[Message])
    output: Json = None
    has_output: bool = False
    asked: list[Asked] = field(default_factory=list[Asked])
    tasks: list[JsonObject] = field(default_factory=list[JsonObject])
    plan_call: str | None = None
    replies: list[Message] = field(default_factory=list[Message])


async def take_turn(runtime: Runtime[RunScope], team: TeamPlan, standing: Standing) -> Turn:
    """Ask the leader's model once. Raises what the model's call raises, and ``RouteMissingError``."""
    scope = runtime.context
    scope.budget.cost_left(cost_of(scope.children))
    may_delegate = standing.rounds < team.config.max_rounds and standing.delegations < team.config.max_delegations
    if team.mode is Mode.COLLABORATE and standing.rounds:
        may_delegate = False
    tools = scope.plan.schemas if may_delegate else ()
    schema = None if team.mode is Mode.ROUTE else scope.plan.agent.output_schema
    answered = await ask_model(runtime, standing.messages, tools=tools, output_schema=schema)
    if team.mode is Mode.ROUTE:
        return _route(scope, team, standing, answered)
    if not answered.response.tool_calls:
        read = read_answer(scope, standing.messages, answered)
        return Turn(messages=read.messages, output=read.output, has_output=read.output is not None)
    scope.end(answered.record)
    calls = answered.response.tool_calls
    if not may_delegate:
        refused = "No member can be asked any more in this run. Write the answer with what you have."
        return _refused(answered, [(call, refused) for call in calls])
    if team.mode is Mode.TASKS:
        return _plan(team, answered)
    return _delegate(team, standing, answered)


def _route(scope: RunScope, team: TeamPlan, standing: Standing, answered: Answered) -> Turn:
    call = next(iter(answered.response.tool_calls), None)
    member = None if call is None else team.member(call.arguments.get("member"))
    if call is None or member is None:
        problem = "No member was chosen." if call is None else f"There is no member {call.arguments.get('member')!r}."
        if team_prompt.is_reminded(standing.messages):
            error = RouteMissingError(problem)
            line = LogLine("error", problem, {"code": error.code})
            scope.end(replace(answered.record, status="failed", error_message=problem, logs=(*answered.record.logs, line)))
            raise error
        scope.end(answered.record)
        replies = [_error(answered.step_id, each, problem) for each in answered.response.tool_calls]
        reminder = team_prompt.route_reminder(problem, team.keys, answered.step_id)
        return Turn(messages=[answered.message, *replies, reminder])
    scope.end(_with_choice(answered, call, member.name))
    task = call.arguments.get("task") if team.config.leader_writes_task else None
    asked = Asked(call.id, member.key, task or _request_of(standing.messages), call.id)
    return Turn(step_id=answered.step_id, messages=[answered.message], asked=[asked])


def _with_choice(answered: Answered, call: ToolCall, name: str) -> StepRecord:
    """Return the record of a choice: its thought has the leader's confidence, and only the first of several calls counts."""
    record, reason = answered.record, call.arguments.get("reason")
    content = f"Chooses {name}" + (f": {reason}" if isinstance(reason, str) and reason else "")
    confidence = team_prompt.confidence_of(call.arguments)
    thoughts = tuple(
        replace(each, content=content, confidence_score=confidence) if each.node_id == answered.step_id else each
        for each in record.thoughts
    )
    lines = record.logs
    if len(answered.response.tool_calls) > 1:
        lines = (*lines, LogLine("warning", f"The leader chose several members; the first, {name}, answers."))
    return replace(record, thoughts=thoughts, logs=lines)


def _request_of(messages: list[Message]) -> Json:
    """Return what the person asks: the last message of theirs."""
    return next(each["content"] for each in reversed(messages) if each["role"] == "user" and "name" not in each)


def _delegate(team: TeamPlan, standing: Standing, answered: Answered) -> Turn:
    asked: list[Asked] = []
    refused: list[tuple[ToolCall, str]] = []
    left = team.config.max_delegations - standing.delegations
    for call in answered.response.tool_calls:
        problem = call.invalid_reason or _call_problem(team, call)
        if problem is None and len(asked) >= left:
            problem = f"The team may delegate {team.config.max_delegations} tasks in a run; this one is too many."
        if problem is None and team.mode is Mode.COLLABORATE and asked:
            problem = "All members are asked once. Write the answer from what they say."
        if problem is not None:
            refused.append((call, problem))
        elif team.mode is Mode.COLLABORATE:
            task = call.arguments["task"]
            asked += [Asked(f"{call.id}:{each.key}", each.key, task, call.id) for each in team.members]
        else:
            asked.append(Asked(call.id, str(call.arguments["member"]), call.arguments["task"], call.id))
    if not asked:
        return _refused(answered, refused)
    replies = [_error(answered.step_id, call, problem) for call, problem in refused]
    return Turn(step_id=answered.step_id, messages=[answered.message], asked=asked, replies=replies)


def _call_problem(team: TeamPlan, call: ToolCall) -> str | None:
    names = [each.name for each in team_prompt.leader_tools(team.mode, team.config, team.keys)]
    if call.name not in names:
        return f"There is no tool named {call.name!r}. The tools are: {', '.join(names)}."
    if team.mode is Mode.COORDINATE and team.member(call.arguments.get("member")) is None:
        return f"There is no member {call.arguments.get('member')!r}. The members are: {', '.join(team.keys)}."
    task = call.arguments.get("task")
    if not isinstance(task, str) or not task.strip():
        return "task is not a text. Write the whole task."
    return None


def _plan(team: TeamPlan, answered: Answered) -> Turn:
    first, *others = answered.response.tool_calls
    problem = first.invalid_reason
    if problem is None and first.name != team_prompt.PLAN_TASKS:
        problem = f"There is no tool named {first.name!r}. The tool is: {team_prompt.PLAN_TASKS}."
    tasks: list[JsonObject] = []
    if problem is None:
        tasks, problem = team_prompt.read_tasks(first.arguments, team.keys)
    late = [(call, "One plan at a time: put all tasks into one call.") for call in others]
    if not tasks:
        return _refused(answered, [(first, problem or "No tasks."), *late])
    replies = [_error(answered.step_id, call, reason) for call, reason in late]
    return Turn(step_id=answered.step_id, messages=[answered.message], tasks=tasks, plan_call=first.id, replies=replies)


def _refused(answered: Answered, refused: list[tuple[ToolCall, str]]) -> Turn:
    return Turn(messages=[answered.message, *(_error(answered.step_id, call, reason) for call, reason in refused)])


def _error(step_id: str, call: ToolCall, reason: str) -> Message:
    return prompt.tool_message(prompt.call_record(call), ToolResult(reason, is_error=True), step_id)
