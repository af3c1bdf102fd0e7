"""The hosted runner: the engine carries out the run's graph in this process."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

from langgraph.types import Send

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.engine.budget import Budget
from retinue.engine.compile.agent import only_call
from retinue.engine.compile.asking import EXPIRED
from retinue.engine.compile.member import MEMBER
from retinue.engine.compile.workflow.inline import inline_members, prepared_of
from retinue.engine.compile.workflow.waits import EVENT, QUESTION, TIMER
from retinue.engine.errors import InternalFailureError
from retinue.engine.execute import execute, team_triggers, triggers
from retinue.engine.execute_workflow import execute_workflow, workflow_triggers
from retinue.engine.plan import MemberPlan, PreparedPlan, read_plan
from retinue.engine.ports import ToolInvoker
from retinue.engine.records import Outcome, Pause, StepStart, Totals
from retinue.engine.redaction import Redactor
from retinue.engine.scope import RunScope
from retinue.engine.spec.workflow.nodes import walked
from retinue.runs.execution.checkpoints import JournalSaver, RaisedInterrupt, Triggers
from retinue.runs.execution.children import (
    Family,
    ask_members,
    cancel_needless,
    load_family,
    wait_for_events,
    wait_for_timers,
)
from retinue.runs.execution.expressions import SandboxExpressions
from retinue.runs.execution.ledger import ToolLedger
from retinue.runs.execution.repository import (
    Answer,
    Claimed,
    EnteredCall,
    Wait,
    count_finished_calls,
    get_progress,
    list_answers,
    list_calls,
    list_failures,
    list_totals_inside,
    list_waits,
)
from retinue.runs.execution.repository_children import Awaited
from retinue.runs.execution.services import Execution, ExecutionServices
from retinue.runs.node_results.service import KeptNodeResults

_ASKING = "asking"
_NO_FAMILY = Family({}, Awaited(None, None, None, is_late=False))


@dataclass(frozen=True, slots=True)
class _Past:
    """What earlier executions of the run left behind."""

    totals: Totals = field(default_factory=Totals)
    last_number: int = 0
    finished_calls: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    answers: tuple[Answer, ...] = ()
    waits: tuple[Wait, ...] = ()
    calls: Mapping[UUID, EnteredCall] = field(default_factory=dict[UUID, EnteredCall])
    failures: Mapping[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    family: Family = _NO_FAMILY
    inside: Mapping[UUID, Totals] = field(default_factory=dict[UUID, Totals])


async def run_hosted(services: ExecutionServices, execution: Execution) -> JsonObject:
    """Carry out an execution in this process; see ``execution.Runner``."""
    claimed = execution.claimed
    plan = read_plan(claimed.plan)
    execution.recorder.provider_kind = plan.agent.model.kind
    past = await _past(services, execution, plan)
    if plan.workflow is None and past.family.children:
        past = replace(past, family=await cancel_needless(services, execution, past.family))
    redactor = await _redactor(services, execution, plan)
    ledger = ToolLedger(execution, services, redactor)
    ledger.earlier = past.calls
    ledger.is_dry = plan.is_dry
    scope = _scope(services, execution, (plan, past, ledger))
    scope.redactor = redactor
    if services.spending is not None:
        scope.spending = services.spending.of(claimed.organization_id, claimed.run_id, claimed.lease)
    saver = JournalSaver(
        services.database,
        execution.draft,
        triggers=_triggers(plan),
        is_begun=claimed.is_begun,
        is_instant=partial(_is_instant, services.tools, plan),
    )
    try:
        run_input = None if claimed.is_begun else claimed.input
        if plan.workflow is None:
            outcome = await execute(scope, saver, run_input=run_input)
        else:
            expressions = SandboxExpressions(services.database.resources, claimed.organization_id, claimed.run_id)
            kept = KeptNodeResults(services.database, claimed.organization_id)
            outcome = await execute_workflow(scope, saver, expressions, results=kept, run_input=run_input)
    finally:
        saver.flush()
        execution.totals = scope.budget.totals()
        execution.failed_step = scope.failed_step
    return _ending(execution, scope, (saver.interrupts, past), outcome)


def _triggers(plan: PreparedPlan) -> Triggers:
    if plan.workflow is not None:
        return workflow_triggers(plan.workflow)
    return triggers if plan.team is None else team_triggers


def _is_instant(tools: ToolInvoker, plan: PreparedPlan, sent: Sequence[Send]) -> bool:
    """Tell whether tasks are a single call of a tool that works in this process, at once and without effect."""
    name = only_call(sent) if plan.team is None and plan.workflow is None else None
    tool = None if name is None else plan.tools.get(name)
    return tool is not None and tools.is_instant(tool)


async def _redactor(services: ExecutionServices, execution: Execution, plan: PreparedPlan) -> Redactor | None:
    """Return what takes secrets out of all that is recorded: the agent's, and those of agents inside a workflow's run."""
    agents = [plan.agent, *(prepared_of(each).agent for each in _inside(plan))]
    found: list[str] = []
    for agent in agents:
        if agent.secret_names:
            organization_id = str(execution.claimed.organization_id)
            found += (await services.secrets.values(organization_id, agent.agent_id, agent.secret_names)).values()
    return Redactor.of(found) if any(agent.secret_names for agent in agents) else None


def _inside(plan: PreparedPlan) -> list[MemberPlan]:
    return [] if plan.workflow is None else inline_members(plan, walked(plan.workflow.document.nodes))


async def _past(services: ExecutionServices, execution: Execution, plan: PreparedPlan) -> _Past:
    claimed = execution.claimed
    if claimed.lease == 1 and not claimed.is_begun:
        return _Past()
    return await services.database.read(claimed.organization_id, partial(_load_past, claimed, plan))


async def _load_past(claimed: Claimed, plan: PreparedPlan, ctx: Context) -> _Past:
    run_id, is_workflow = claimed.run_id, plan.workflow is not None
    members = () if plan.team is None else plan.team.members
    has_family = claimed.lease > 1 and bool(members or plan.callees)
    progress = await get_progress(ctx, run_id)
    return _Past(
        totals=progress.totals,
        last_number=progress.last_number,
        finished_calls=await count_finished_calls(ctx, run_id),
        answers=tuple(await list_answers(ctx, run_id)),
        waits=tuple(await list_waits(ctx, run_id)) if is_workflow else (),
        failures=await list_failures(ctx, run_id) if is_workflow else {},
        calls={call.id: call for call in await list_calls(ctx, run_id)},
        family=await load_family(run_id, ctx) if has_family else _NO_FAMILY,
        inside=await list_totals_inside(ctx, run_id) if _inside(plan) else {},
    )


def _scope(services: ExecutionServices, execution: Execution, made: tuple[PreparedPlan, _Past, ToolLedger]) -> RunScope:
    plan, past, ledger = made
    return RunScope(
        organization_id=str(execution.claimed.organization_id),
        run_id=str(execution.claimed.run_id),
        plan=plan,
        budget=Budget(plan.limits, past.totals, past.finished_calls),
        model=services.model,
        tools=ledger,
        recorder=execution.recorder,
        clock=services.clock,
        answers=_answers(past),
        events=_events(past),
        children=past.family.children,
        is_late=past.family.awaited.is_late,
        failures=past.failures,
        inside=past.inside,
        number=past.last_number,
    )


def _answers(past: _Past) -> dict[str, JsonObject]:
    """Collect what persons decided, by question; the decision itself was told when it was made."""
    answers: dict[str, JsonObject] = {}
    for answer in past.answers:
        if answer.status != "pending":
            told = answer.decision or {}
            verdict = "approve" if answer.status == "approved" else "reject"
            if answer.status == "expired" and "decision" in told:
                verdict = told["decision"]
            answers[answer.interrupt_id] = {**told, "decision": verdict, "comment": answer.comment}
    return answers


def _events(past: _Past) -> dict[str, JsonObject]:
    """Collect the events that answered what the run waited for, by question; of what has expired, that it has."""
    ended = (each for each in past.waits if each.status != "pending")
    return {each.interrupt_id: {EXPIRED: True} if each.event is None else each.event for each in ended}


def _ending(
    execution: Execution, scope: RunScope, raised: tuple[list[RaisedInterrupt], _Past], outcome: Outcome
) -> JsonObject:
    if not outcome.is_waiting:
        return {"status": "completed", "output": outcome.output}
    interrupts, past = raised
    if not interrupts:
        raise InternalFailureError("The graph ended without an output.")
    by_kind = defaultdict[str, list[RaisedInterrupt]](list)
    for each in interrupts:
        kind = _kind_of(each)
        by_kind[kind if kind in {MEMBER, TIMER, EVENT} else _ASKING].append(each)
    ending: JsonObject = {}
    if by_kind[TIMER]:
        ending |= wait_for_timers(execution, scope, by_kind[TIMER])
    if by_kind[EVENT]:
        ending |= wait_for_events(execution, scope, by_kind[EVENT], {each.interrupt_id for each in past.waits})
    if by_kind[MEMBER]:
        ending |= ask_members(execution, scope, by_kind[MEMBER], past.family.awaited)
    if by_kind[_ASKING]:
        # An agent may ask a person and call agents in one answer: it goes on when the person has answered.
        ending |= _ask_persons(execution, scope, by_kind[_ASKING], {answer.interrupt_id for answer in past.answers})
    return ending


def _ask_persons(execution: Execution, scope: RunScope, asking: list[RaisedInterrupt], known: set[str]) -> JsonObject:
    pauses = [_pause(each) for each in asking]
    for pause in pauses:
        if pause.interrupt_id not in known:
            execution.recorder.paused(pause, _waiting_step(scope, pause))
    kinds = {pause.kind for pause in pauses}
    reason = "unknown_outcome" if "unknown_outcome" in kinds else QUESTION if kinds == {QUESTION} else "approval"
    return {"status": "waiting", "waiting_reason": reason}


def _kind_of(raised: RaisedInterrupt) -> str:
    return str(cast("dict[str, Any]", raised.interrupt.value)["kind"])


def _pause(raised: RaisedInterrupt) -> Pause:
    asked = cast("dict[str, Any]", raised.interrupt.value)
    parent, expires_at = asked["parent_step_id"], asked.get("expires_at")
    return Pause(
        interrupt_id=asked["question_id"],
        step_id=UUID(raised.task_id),
        parent_step_id=None if parent is None else UUID(parent),
        checkpoint_id=asked["checkpoint_id"],
        kind=asked["kind"],
        tool_name=asked["tool_name"],
        arguments=asked["arguments"],
        reason=asked["reason"],
        node_id=asked.get("node_id"),
        visit=asked.get("visit"),
        step_type=asked.get("step_type", "tool"),
        item_index=asked.get("item_index"),
        form=asked.get("form"),
        expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
        on_expiry=asked.get("on_expiry"),
        asked=asked.get("asked") or {},
    )


def _waiting_step(scope: RunScope, pause: Pause) -> StepStart:
    scope.number += 1
    return StepStart(
        pause.step_id,
        pause.tool_name,
        pause.step_type,
        scope.number,
        pause.parent_step_id,
        pause.checkpoint_id,
        scope.clock.now(),
        pause.node_id,
        pause.visit,
        pause.item_index,
    )
