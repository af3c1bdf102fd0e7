"""A team as a graph: a leader delegates, members answer by runs of their own, the leader answers the user.

    START → begin ─┬─ collaborate, members get the input itself: one Send per member
                   └─ else → leader
    leader ─┬─ an answer → END
            └─ one Send per delegation → member → collect ─┬─ route → END
                                                           ├─ tasks that may run now: one Send each → member
                                                           └─ else → leader

A member is a run of its own, which the graph asks for by an interrupt: while members work, the team's run holds no worker.
It sees its task and what the team's switches share, never the leader's messages. Results follow the roster's order. One
compiled graph serves every team. State is plain JSON.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from functools import cache
from typing import Annotated, Any, TypedDict, cast

import langsmith
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from retinue.core.json import Json, JsonObject
from retinue.engine.compile import leader, member
from retinue.engine.compile.leader import Asked, Turn
from retinue.engine.compile.lean import strip_callbacks
from retinue.engine.compile.model_call import append, begin
from retinue.engine.delegation import Conflict, Delegation, check_policy, in_roster_order, merge_state, told
from retinue.engine.errors import MemberFailedError
from retinue.engine.plan import TeamPlan
from retinue.engine.ports import MEMBER_ANSWERS, Message
from retinue.engine.records import LogLine, StepRecord, StepStart
from retinue.engine.scope import RunScope
from retinue.engine.spec.team import Mode
from retinue.engine.team_prompt import DELEGATE, DELEGATE_TO_ALL, PLAN_TASKS


def _merge(left: dict[str, Delegation], right: dict[str, Delegation]) -> dict[str, Delegation]:
    return {**left, **right}


class Wave(TypedDict):
    """The delegations of one turn: which they are, the leader's call that each answers, and calls that were refused."""

    number: int
    step_id: str | None
    calls: list[list[str | None]]
    replies: list[Message]


class TeamState(TypedDict, total=False):
    """What a checkpoint of a team holds: the leader's messages, the results of members, tasks, and the output at the end."""

    messages: Annotated[list[Message], append]
    delegations: Annotated[dict[str, Delegation], _merge]
    wave: Wave
    tasks: list[JsonObject]
    plan_call: str
    shared: JsonObject
    output: Json


TeamGraph = CompiledStateGraph[TeamState, RunScope, TeamState, TeamState]


@cache
def compile_team() -> TeamGraph:
    """Return the graph of every team. Compiled once a process; runs share it and differ by their scope."""
    langsmith.configure(enabled=False)
    graph = StateGraph(TeamState, context_schema=RunScope)
    graph.add_node("begin", _begin, destinations=("leader", "member"))
    graph.add_node("leader", _lead, destinations=("member", "leader"))
    graph.add_node("member", _work)
    graph.add_node("collect", _collect, destinations=("leader", "member"))
    graph.add_edge(START, "begin")
    graph.add_edge("member", "collect")
    compiled = graph.compile()
    strip_callbacks(compiled)
    return compiled


def _wave_of(state: TeamState) -> Wave:
    return cast("Wave", state.get("wave"))


def _team(runtime: Runtime[RunScope]) -> TeamPlan:
    team = runtime.context.plan.team
    if team is None:
        raise RuntimeError("a team's graph was given the plan of an agent")
    return team


async def _begin(state: TeamState, runtime: Runtime[RunScope]) -> "Command[Any]":
    team, messages = _team(runtime), state.get("messages", [])
    if team.mode is not Mode.COLLABORATE or team.config.leader_writes_task:
        return Command(goto="leader")
    asked = [Asked(each.key, each.key, messages[-1]["content"], None) for each in team.members]
    return _send_out(state, team, Turn(step_id=None, asked=asked))


async def _lead(state: TeamState, runtime: Runtime[RunScope]) -> "Command[Any] | TeamState":
    rounds = state["wave"]["number"] if "wave" in state else 0
    standing = leader.Standing(state.get("messages", []), rounds, len(state.get("delegations", {})))
    turn = await leader.take_turn(runtime, _team(runtime), standing)
    if turn.has_output:
        return {"messages": turn.messages, "output": turn.output}
    if not turn.asked and not turn.tasks:
        return Command(update={"messages": turn.messages}, goto="leader")
    return _send_out(state, _team(runtime), turn)


def _send_out(state: TeamState, team: TeamPlan, turn: Turn) -> "Command[Any]":
    """Send members out, one task each; in tasks mode those of the plan that wait for nothing."""
    update: dict[str, Any] = {"messages": turn.messages}
    asked = turn.asked
    if turn.tasks:
        update |= {"tasks": turn.tasks, "plan_call": turn.plan_call or ""}
        number = state["wave"]["number"] + 1 if "wave" in state else 1
        asked = _due(turn.tasks, {}, number)
    return _wave(state, team, (turn.step_id, asked, turn.replies), update)


def _wave(
    state: TeamState, team: TeamPlan, sent: tuple[str | None, list[Asked], list[Message]], update: dict[str, Any]
) -> "Command[Any]":
    step_id, asked, replies = sent
    number = state["wave"]["number"] + 1 if "wave" in state else 1
    calls: list[list[str | None]] = [[each.key, each.call_id] for each in asked]
    wave: Wave = {"number": number, "step_id": step_id, "calls": calls, "replies": replies}
    shared = _shared_with_members(state, team, update)
    sends = [
        Send(
            "member",
            {
                "key": each.key,
                "member": each.member,
                "task": each.task,
                "wave": number,
                "order": order,
                "count": len(asked),
                "step_id": step_id,
                "shared": shared,
            },
        )
        for order, each in enumerate(asked)
    ]
    return Command(update={**update, "wave": wave}, goto=sends)


def _shared_with_members(state: TeamState, team: TeamPlan, update: dict[str, Any]) -> JsonObject:
    sharing = team.config.sharing
    shared: JsonObject = {}
    if sharing.history:
        own = [each for each in (*state.get("messages", ()), *update.get("messages", ())) if "step_id" not in each]
        earlier = own[: _request_at(own)]
        if earlier:
            shared["messages"] = cast("Json", earlier)
    if sharing.answers:
        entries = in_roster_order(state.get("delegations", {}).values())
        if entries:
            shared["answers"] = [{"member": each["name"], "answer": each["text"]} for each in entries]
    if sharing.state:
        shared["state"] = state.get("shared", {})
    return shared


def _request_at(messages: list[Message]) -> int:
    """Return where the run's own request stands: what was said before the run comes before it."""
    last = len(messages) - 1
    while last > 0 and (messages[last]["role"] != "user" or "name" in messages[last]):
        last -= 1
    return max(last, 0)


async def _work(state: member.Delegated, runtime: Runtime[RunScope]) -> TeamState:
    entry = await member.work(runtime, _team(runtime), state)
    return {"delegations": {entry["key"]: entry}}


async def _collect(state: TeamState, runtime: Runtime[RunScope]) -> "Command[Any] | TeamState":
    team, wave = _team(runtime), _wave_of(state)
    delegations = state.get("delegations", {})
    entries = in_roster_order(delegations[str(key)] for key, _ in wave["calls"])
    check_policy(team.config.partial_results, entries)
    update: dict[str, Any] = {}
    if team.config.sharing.state:
        update["shared"], conflicts = merge_state(state.get("shared", {}), entries)
        if conflicts:
            _record_conflicts(runtime, conflicts)
    if team.mode is Mode.ROUTE:
        return {**update, "output": _routed(entries[0])}  # pyright: ignore[reportReturnType] - keys of the state
    if team.mode is Mode.TASKS:
        return _after_tasks(state, team, update)
    calls = {str(key): call_id for key, call_id in wave["calls"]}
    messages: list[Message] = []
    if any(calls.values()):
        messages = [_reply(entry, str(calls[entry["key"]])) for entry in entries if calls[entry["key"]]]
        messages = _all_in_one(team, entries, calls) or messages
    else:
        text = "The members answered:\n\n" + "\n\n".join(told(each) for each in entries)
        messages = [{"role": "user", "name": MEMBER_ANSWERS, "content": text, "step_id": entries[-1]["step_id"]}]
    return Command(update={**update, "messages": [*messages, *wave["replies"]]}, goto="leader")


def _all_in_one(team: TeamPlan, entries: list[Delegation], calls: dict[str, str | None]) -> list[Message]:
    """Return the one reply to a call that asked all members."""
    if team.mode is not Mode.COLLABORATE:
        return []
    last = entries[-1]["step_id"]
    call_id = next(str(each) for each in calls.values() if each)
    text = "\n\n".join(told(each) for each in entries)
    return [{"role": "tool", "content": text, "tool_call_id": call_id, "name": DELEGATE_TO_ALL, "step_id": last}]


def _reply(entry: Delegation, call_id: str) -> Message:
    return {"role": "tool", "content": told(entry), "tool_call_id": call_id, "name": DELEGATE, "step_id": entry["step_id"]}


def _routed(entry: Delegation) -> Json:
    if entry["status"] != "ok":
        raise MemberFailedError(f"{entry['name']}: {entry['text']}")
    return entry["data"] if entry["data"] is not None else {"text": entry["text"]}


def _due(tasks: list[JsonObject], delegations: dict[str, Delegation], number: int) -> list[Asked]:
    """Return the tasks that were not sent out yet and need nothing that is not there."""
    by_title = {str(task["title"]).casefold(): task for task in tasks}
    due: list[Asked] = []
    for task in tasks:
        if "key" in task:
            continue
        needed = [by_title[str(each).casefold()] for each in cast("list[str]", task["depends_on"])]
        done = [delegations.get(str(each.get("key"))) for each in needed]
        if any(each is None or each["status"] != "ok" for each in done):
            continue
        text = f"{task['title']}\n\n{task['description']}"
        for each, result in zip(needed, done, strict=True):
            text += f"\n\nResult of {each['title']}:\n{result['text'] if result else ''}"
        key = f"task:{number}:{len(due)}"
        task["key"] = key
        due.append(Asked(key, str(task["member"]), text, None))
    return due


def _after_tasks(state: TeamState, team: TeamPlan, update: dict[str, Any]) -> "Command[Any]":
    """Send out the tasks that may run now; when there are none, tell the leader how all of them stand."""
    delegations, wave = state.get("delegations", {}), _wave_of(state)
    tasks = [dict(task) for task in state.get("tasks", [])]
    due = _due(tasks, delegations, wave["number"] + 1)
    update["tasks"] = tasks
    if due:
        return _wave(state, team, (wave["step_id"], due, wave["replies"]), update)
    last = next(each["step_id"] for each in reversed(delegations.values()))
    parts: list[str] = []
    for task in tasks:
        entry = delegations.get(str(task.get("key")))
        parts.append(f"Task {task['title']}: " + (told(entry) if entry else "blocked, since a task that it needs failed."))
    reply: Message = {
        "role": "tool",
        "content": "\n\n".join(parts),
        "tool_call_id": state.get("plan_call", ""),
        "name": PLAN_TASKS,
        "step_id": last,
    }
    return Command(update={**update, "messages": [reply, *wave["replies"]]}, goto="leader")


def _record_conflicts(runtime: Runtime[RunScope], conflicts: list[Conflict]) -> None:
    """Tell that members wrote different values to one place of the shared state: a step of its own, with a line for each."""
    scope = runtime.context
    start = begin(runtime, name="shared state", kind="decision", so_far=_so_far)
    lines = tuple(
        LogLine(
            "warning", f"{each.kept} and {each.dropped} wrote different values to {each.path}; that of {each.kept} counts."
        )
        for each in conflicts
    )
    output: Json = [{"path": each.path, "kept": each.kept, "dropped": each.dropped} for each in conflicts]
    scope.end(StepRecord(start, "completed", None, output, scope.clock.now(), logs=lines))


async def _so_far(start: StepStart) -> StepRecord:
    return StepRecord(start, "running", None, None, None)
