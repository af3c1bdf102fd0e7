"""The runs that a run starts: of a team's members, and of agents and teams called as tools.

They are started with the commit in which their parent begins to wait, and cancelled with it. Such a run is known by the step
of the parent that asked for it and by its attempt, so that it is started once, whatever process dies. While they work, the
parent is ``waiting`` and holds no worker and no slot; the commit in which the last of them ends resumes it
(``control.settle_children``).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.engine.compile.member import MEMBER, step_input
from retinue.engine.compile.workflow.waits import EVENT, TIMER
from retinue.engine.delegation import ChildRun, awaited_of
from retinue.engine.plan import MemberPlan, TeamPlan
from retinue.engine.records import StepRecord, StepStart
from retinue.engine.scope import RunScope
from retinue.engine.spec.agent import ChildLimits
from retinue.engine.spec.team import Mode, Policy
from retinue.runs.cancelling import cancel_family
from retinue.runs.execution.checkpoints import RaisedInterrupt
from retinue.runs.execution.repository_children import Awaited, get_awaited, list_children
from retinue.runs.execution.services import Execution, ExecutionServices

WAITING_REASON = "members"
_MAX_PARALLEL = 4
"""How many agents that one agent called as tools work at the same time."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a team's run knows of its members' runs when it is executed."""

    children: dict[str, tuple[ChildRun, ...]]
    awaited: Awaited


async def load_family(run_id: UUID, ctx: Context) -> Family:
    """Return the runs of a run's members, and what it awaits of them."""
    awaited, by_step = await get_awaited(ctx, run_id), defaultdict[str, list[ChildRun]](list)
    for each in await list_children(ctx, run_id):
        by_step[each.step_id].append(each)
    return Family({step_id: tuple(its) for step_id, its in by_step.items()}, awaited)


async def cancel_needless(services: ExecutionServices, execution: Execution, family: Family) -> Family:
    """Cancel the runs of members that a team waits for no more; return the family as it is then."""
    children = [each for its in family.children.values() for each in its]
    unfinished = [each for each in children if not each.is_over]
    if not unfinished or not (family.awaited.is_late or _has_enough(family.awaited, children)):
        return family
    claimed = execution.claimed
    for each in unfinished:
        await _cancel(services, execution, UUID(each.id))
    return await services.database.read(claimed.organization_id, partial(load_family, claimed.run_id))


def _has_enough(awaited: Awaited, children: Sequence[ChildRun]) -> bool:
    if awaited.completed is None:
        return False
    return sum(each.wave == awaited.wave and each.status == "completed" for each in children) >= awaited.completed


async def _cancel(services: ExecutionServices, execution: Execution, run_id: UUID) -> None:
    async with services.database.system_context([execution.claimed.organization_id]) as ctx:
        await cancel_family(ctx, run_id)


def ask_members(execution: Execution, scope: RunScope, raised: list[RaisedInterrupt], awaited: Awaited) -> JsonObject:
    """Start the runs that a run's tasks ask for, in the commit that ends this execution; return how it ends."""
    team, draft = scope.plan.team, execution.draft
    wanted = sorted((cast("JsonObject", each.interrupt.value) | {"step_id": each.task_id} for each in raised), key=_order)
    wave = cast("int", wanted[0]["wave"])
    turns = _Turns(scope)
    for asked in wanted:
        step_id = str(asked["step_id"])
        if len(scope.children.get(step_id, ())) >= cast("int", asked["attempt"]):
            continue
        member = scope.plan.child(asked["member"])
        if member is None:
            raise RuntimeError(f"there is no member {asked['member']!r}")
        child_id = new_id()
        draft.add("children", _row(team, member, asked) | {"id": str(child_id), "has_turn": turns.taken(asked)})
        _tell_waiting(execution, scope, asked, _waiting_input(member, asked, str(child_id)))
    ending: JsonObject = {"status": "waiting", "waiting_reason": WAITING_REASON}
    return ending if team is None else {**ending, **_awaits(scope, team, (wave, wanted[0]["count"], awaited))}


class _Turns:
    """Which of the runs that are started work at once. A workflow's are bounded by the map that they belong to alone."""

    def __init__(self, scope: RunScope) -> None:
        """Count those that work already."""
        team = scope.plan.team
        most = _MAX_PARALLEL if team is None else team.config.max_parallel
        self._most = None if scope.plan.workflow is not None else most
        self._working = Counter(
            each.wave
            for its in scope.children.values()
            for each in its[-1:]
            if not each.is_over and each.waiting_reason != "turn"
        )

    def taken(self, asked: JsonObject) -> bool:
        """Say whether a run works at once, and count it then."""
        wave, most = cast("int", asked["wave"]), cast("int | None", asked.get("most"))
        if self._most is not None and self._working.total() >= self._most:
            return False
        if most is not None and self._working[wave] >= most:
            return False
        self._working[wave] += 1
        return True


def wait_for_timers(execution: Execution, scope: RunScope, raised: list[RaisedInterrupt]) -> JsonObject:
    """Return how an execution ends that only waits for instants: until the first of them."""
    wanted = [cast("JsonObject", each.interrupt.value) | {"step_id": each.task_id} for each in raised]
    for asked in wanted:
        if "is_retry" not in asked:  # a step for each attempt tells of those
            _tell_waiting(execution, scope, asked, {"until": asked["until"]})
    first = min(datetime.fromisoformat(str(asked["until"])) for asked in wanted)
    return {"status": "waiting", "waiting_reason": TIMER, "wake_at": first.isoformat()}


def wait_for_events(
    execution: Execution, scope: RunScope, raised: list[RaisedInterrupt], known: AbstractSet[str]
) -> JsonObject:
    """Return how an execution ends that waits for events; what it waits for is written with the end."""
    for each in raised:
        asked = cast("JsonObject", each.interrupt.value) | {"step_id": each.task_id}
        if asked["question_id"] in known:
            continue
        wait: JsonObject = {"interrupt_id": asked["question_id"], "name": asked["event"]}
        wait |= {name: asked[name] for name in ("key", "expires_at", "node_id")}
        given: JsonObject = {"event": asked["event"], "key": asked["key"], "expires_at": asked["expires_at"]}
        execution.recorder.parked(wait, StepRecord(_waiting_start(scope, asked), "waiting", given, None, None))
    return {"status": "waiting", "waiting_reason": EVENT}


def _waiting_input(member: MemberPlan, asked: JsonObject, child_id: str) -> JsonObject:
    """Return what the waiting step tells: what the member, or the node of a workflow, was given, and its run."""
    given = cast("JsonObject", asked["input"])
    if "node_id" in asked:
        return {"input": given, "child_run_id": child_id}
    return step_input(member.key, given["prompt"], child_id)


def _order(asked: JsonObject) -> int:
    return cast("int", asked["order"])


def _awaits(scope: RunScope, team: TeamPlan, told: "tuple[int, object, Awaited]") -> JsonObject:
    wave, count, awaited = told
    rules = team.config.partial_results
    ending: JsonObject = {}
    completed = awaited_of(rules, cast("int", count))
    if completed is not None:
        ending["awaits"] = {"wave": wave, "completed": completed}
    if rules.policy is Policy.BEST_EFFORT_UNTIL:
        # Waiting for the same members once more goes on until the same instant.
        until = (
            awaited.wake_at if awaited.wave == wave and awaited.wake_at is not None else _later(scope, rules.seconds or 0)
        )
        ending |= {"awaits": {"wave": wave, "completed": None}, "wake_at": until.isoformat()}
    return ending


def _later(scope: RunScope, seconds: int) -> datetime:
    return scope.clock.now() + timedelta(seconds=seconds)


def _row(team: TeamPlan | None, member: MemberPlan, asked: JsonObject) -> JsonObject:
    is_agent = member.type == "agent"
    return {
        "type": member.type,
        "target_id": member.target_id,
        "target_name": member.name,
        "agent_id": member.target_id if is_agent else None,
        "agent_version": member.version if is_agent else None,
        "parent_step_id": asked["step_id"],
        "parent_wave": asked["wave"],
        "member_attempt": asked["attempt"],
        "plan": _plan(team, member, asked),
        "input": asked["input"],
    }


def _plan(team: TeamPlan | None, member: MemberPlan, asked: JsonObject) -> JsonObject:
    """Return the plan of a member's run: its own, with the limits of this delegation; in route with the team's schema."""
    own = ChildLimits.model_validate(member.limits)
    limits: JsonObject = {**cast("JsonObject", member.plan["limits"])}
    cost = asked["max_cost_usd"]
    tighter = {
        "timeout_seconds": own.timeout_seconds,
        "max_steps": own.max_steps,
        "max_cost_usd": _least(None if own.max_cost_usd is None else float(own.max_cost_usd), cast("float | None", cost)),
    }
    for name, value in tighter.items():
        if value is not None:
            before = cast("float | None", limits.get(name))
            limits[name] = value if before is None else min(value, before)
    plan: JsonObject = {**member.plan, "limits": limits}
    if team is not None and team.mode is Mode.ROUTE and team.config.output_schema is not None:
        return _with_schema(plan, team.config.output_schema)
    return plan


def _with_schema(plan: JsonObject, schema: JsonObject) -> JsonObject:
    if plan.get("kind") != "team":
        return {**plan, "output_schema": schema}
    leader: JsonObject = {**cast("JsonObject", plan["leader"]), "output_schema": schema}
    config: JsonObject = {**cast("JsonObject", plan["config"]), "output_schema": schema}
    return {**plan, "leader": leader, "config": config}


def _least(first: float | None, second: float | None) -> float | None:
    given = [each for each in (first, second) if each is not None]
    return float(round(Decimal(str(min(given))), 9)) if given else None


def _tell_waiting(execution: Execution, scope: RunScope, asked: JsonObject, told: JsonObject) -> None:
    execution.recorder.member_asked(StepRecord(_waiting_start(scope, asked), "waiting", told, None, None))


def _waiting_start(scope: RunScope, asked: JsonObject) -> StepStart:
    scope.number += 1
    parent = asked["parent_step_id"]
    node_id = asked.get("node_id")
    return StepStart(
        UUID(str(asked["step_id"])),
        str(asked["name"]),
        str(asked.get("step_type", MEMBER)),
        scope.number,
        None if parent is None else UUID(str(parent)),
        str(asked["checkpoint_id"]),
        scope.clock.now(),
        None if node_id is None else str(node_id),
        cast("int | None", asked.get("visit")),
        cast("int | None", asked.get("item_index")),
    )
