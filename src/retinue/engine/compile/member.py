"""A task for a member, or for an agent called as a tool: a run of its own is asked for.

When that run has ended, its result is the envelope that the leader, or the calling model, is told.
"""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from retinue.core.json import Json, JsonObject
from retinue.engine import prompt
from retinue.engine.compile.model_call import begin, info_of
from retinue.engine.delegation import ChildRun, Delegation, MemberStatus, status_of, text_of
from retinue.engine.plan import MemberPlan, TeamPlan
from retinue.engine.records import LogLine, StepRecord, StepStart, Thought
from retinue.engine.scope import RunScope
from retinue.engine.spec.agent import ChildLimits

MEMBER = "member"
"""The kind of the interrupt, and the type of the step."""
_SHOWN_CHARACTERS = 2_000
_ENVELOPE = ("member", "status", "text", "data", "error", "usage", "child_run_id")


class Delegated(TypedDict):
    """What a member's task is sent: the task, which wave it is of and how many tasks that has, and what is shared."""

    key: str
    member: str
    task: Json
    wave: int
    order: int
    count: int
    step_id: str | None
    shared: JsonObject


async def work(runtime: Runtime[RunScope], team: TeamPlan, asked: Delegated) -> Delegation:
    """Return a member's result, or pause until there is one."""
    member = team.member(asked["member"])
    if member is None:
        raise RuntimeError(f"the leader's call was not checked: there is no member {asked['member']!r}")
    return settle(runtime, member, asked, position=team.keys.index(member.key))


def settle(
    runtime: Runtime[RunScope], child: MemberPlan, asked: Delegated, *, position: int = 0, who: str = "member"
) -> Delegation:
    """Return the result of a run that this one starts, or pause until there is one. ``who`` is for the sentences."""
    scope = runtime.context
    attempts = scope.children.get(info_of(runtime).task_id, ())
    retries = ChildLimits.model_validate(child.limits).retries
    if not attempts or (attempts[-1].may_be_repeated and len(attempts) <= retries and not scope.is_late):
        _ask(runtime, child, asked, attempt=len(attempts) + 1)
    last = attempts[-1]
    if not last.is_over:
        _ask(runtime, child, asked, attempt=last.attempt)
    return _record(runtime, (child, position, who), asked, attempts)


def cost_of(children: Mapping[str, tuple[ChildRun, ...]]) -> Decimal:
    """Return what the runs that a run started have used, in US dollars."""
    return sum((each.cost_usd for its in children.values() for each in its), Decimal(0))


def _ask(runtime: Runtime[RunScope], member: MemberPlan, asked: Delegated, *, attempt: int) -> None:
    """Pause for a run of the member. The task begins again when it has ended, and finds it among the scope's children."""
    info, scope = info_of(runtime), runtime.context
    left = scope.budget.cost_left(cost_of(scope.children))
    wanted: JsonObject = {
        "question_id": f"{info.task_id}:{attempt}",
        "kind": MEMBER,
        "member": member.key,
        "name": member.name,
        "checkpoint_id": info.checkpoint_id,
        "parent_step_id": asked["step_id"],
        "wave": asked["wave"],
        "order": asked["order"],
        "count": asked["count"],
        "attempt": attempt,
        "input": {"prompt": asked["task"], **asked["shared"]},
        "max_cost_usd": None if left is None else float(left / asked["count"]),
    }
    interrupt(wanted)  # raises: the task ends here


def _record(
    runtime: Runtime[RunScope], to: tuple[MemberPlan, int, str], asked: Delegated, attempts: tuple[ChildRun, ...]
) -> Delegation:
    (member, position, who), scope, child = to, runtime.context, attempts[-1]
    status = status_of(child, is_late=scope.is_late)
    start = begin(
        runtime,
        name=member.name,
        kind=MEMBER,
        so_far=_so_far,
        parent=None if asked["step_id"] is None else UUID(asked["step_id"]),
    )
    text, data = text_of(child.output, who) if status is MemberStatus.OK else (_failure(child, status, who), None)
    if scope.redactor is not None:
        text = scope.redactor.text(text)
    entry: Delegation = {
        "key": asked["key"],
        "member": member.key,
        "name": member.name,
        "task": asked["task"],
        "wave": asked["wave"],
        "position": position,
        "order": asked["order"],
        "status": str(status),
        "text": text,
        "data": data,
        "error": child.error if status is not MemberStatus.OK else None,
        "usage": child.usage,
        "child_run_id": child.id,
        "step_id": str(start.id),
    }
    scope.budget.count_delegation()
    scope.end(_step(scope, replace(start, started_at=attempts[0].created_at), entry, attempts))
    return entry


def _failure(child: ChildRun, status: MemberStatus, who: str) -> str:
    if status is MemberStatus.CANCELLED:
        return f"The {who}'s run was cancelled."
    message = child.error.get("message") if child.error else None
    return str(message) if message else f"The {who} did not answer in time."


def _step(scope: RunScope, start: StepStart, entry: Delegation, attempts: tuple[ChildRun, ...]) -> StepRecord:
    is_ok = entry["status"] == MemberStatus.OK
    level, again = "info" if is_ok else "warning", f" at attempt {len(attempts)}" if len(attempts) > 1 else ""
    envelope: JsonObject = {name: entry[name] for name in _ENVELOPE}
    thought = Thought(
        node_id=str(start.id),
        node_type="action",
        content=_clip(f"{entry['name']}: {entry['text']}"),
        parent_node_id=None if start.parent_step_id is None else str(start.parent_step_id),
        metadata={"member": entry["member"], "status": entry["status"], "child_run_id": entry["child_run_id"]},
    )
    return StepRecord(
        start=start,
        status="completed" if is_ok else "failed",
        input=step_input(entry["member"], entry["task"], entry["child_run_id"]),
        output=envelope,
        completed_at=scope.clock.now(),
        error_message=None if is_ok else _clip(entry["text"]),
        logs=(LogLine(level, f"{entry['name']} ended{again}: {entry['status']}."),),
        thoughts=(thought,),
    )


def step_input(member: str, task: Json, child_run_id: str | None) -> JsonObject:
    """Return what the step of a delegation tells of it: the member, the task as text, the member's run."""
    return {"member": member, "task": prompt.text_of(task), "child_run_id": child_run_id}


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


async def _so_far(start: StepStart) -> StepRecord:
    return StepRecord(start, "running", None, None, None)
