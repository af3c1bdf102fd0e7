"""The hosted runner: the engine carries out the run's graph in this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.engine.budget import Budget
from retinue.engine.compile.member import MEMBER
from retinue.engine.compile.workflow.work import TIMER
from retinue.engine.errors import InternalFailureError
from retinue.engine.execute import execute, team_triggers, triggers
from retinue.engine.execute_workflow import execute_workflow, workflow_triggers
from retinue.engine.plan import PreparedPlan, read_plan
from retinue.engine.records import Outcome, Pause, StepStart, Totals
from retinue.engine.redaction import Redactor
from retinue.engine.scope import RunScope
from retinue.runs.checkpoints import JournalSaver, RaisedInterrupt, Triggers
from retinue.runs.children import Family, ask_members, load_family, wait_for_timers
from retinue.runs.execution import Execution, Workshop
from retinue.runs.expressions import SandboxExpressions
from retinue.runs.ledger import ToolLedger
from retinue.runs.repository_children import Awaited
from retinue.runs.repository_execution import (
    Answer,
    EnteredCall,
    count_finished_calls,
    get_progress,
    list_answers,
    list_calls,
)

_NO_FAMILY = Family({}, Awaited(None, None, None, is_late=False))


@dataclass(frozen=True, slots=True)
class _Past:
    """What earlier executions of the run left behind."""

    totals: Totals = field(default_factory=Totals)
    last_number: int = 0
    finished_calls: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    answers: tuple[Answer, ...] = ()
    calls: Mapping[UUID, EnteredCall] = field(default_factory=dict[UUID, EnteredCall])
    family: Family = _NO_FAMILY


async def run_hosted(workshop: Workshop, execution: Execution) -> JsonObject:
    """Carry out an execution in this process; see ``execution.Runner``."""
    claimed = execution.claimed
    plan = read_plan(claimed.plan)
    execution.recorder.provider_kind = plan.agent.model.kind
    past = await _past(workshop, execution)
    if (plan.team is not None or plan.callees) and claimed.lease > 1:
        past = replace(past, family=await load_family(workshop, execution))
    redactor = await _redactor(workshop, execution, plan)
    ledger = ToolLedger(execution, workshop, redactor)
    ledger.earlier = past.calls
    scope = _scope(workshop, execution, (plan, past, ledger))
    scope.redactor = redactor
    saver = JournalSaver(workshop.database, execution.draft, triggers=_triggers(plan), is_begun=claimed.is_begun)
    try:
        run_input = None if claimed.is_begun else claimed.input
        if plan.workflow is None:
            outcome = await execute(scope, saver, run_input=run_input)
        else:
            expressions = SandboxExpressions(workshop.database.resources, claimed.organization_id, claimed.run_id)
            outcome = await execute_workflow(scope, saver, expressions, run_input=run_input)
    finally:
        saver.flush()
        execution.totals = scope.budget.totals()
        execution.failed_step = scope.failed_step
    return _ending(execution, scope, (saver.interrupts, past), outcome)


def _triggers(plan: PreparedPlan) -> Triggers:
    if plan.workflow is not None:
        return workflow_triggers(plan.workflow)
    return triggers if plan.team is None else team_triggers


async def _redactor(workshop: Workshop, execution: Execution, plan: PreparedPlan) -> Redactor | None:
    names = plan.agent.secret_names
    if not names:
        return None
    values = await workshop.secrets.values(str(execution.claimed.organization_id), plan.agent.agent_id, names)
    return Redactor.of(values.values())


async def _past(workshop: Workshop, execution: Execution) -> _Past:
    claimed = execution.claimed
    if claimed.lease == 1 and not claimed.is_begun:
        return _Past()
    return await workshop.database.read(claimed.organization_id, partial(_load_past, claimed.run_id))


async def _load_past(run_id: RunId, ctx: Context) -> _Past:
    progress = await get_progress(ctx, run_id)
    return _Past(
        totals=progress.totals,
        last_number=progress.last_number,
        finished_calls=await count_finished_calls(ctx, run_id),
        answers=tuple(await list_answers(ctx, run_id)),
        calls={call.id: call for call in await list_calls(ctx, run_id)},
    )


def _scope(workshop: Workshop, execution: Execution, made: tuple[PreparedPlan, _Past, ToolLedger]) -> RunScope:
    plan, past, ledger = made
    return RunScope(
        organization_id=str(execution.claimed.organization_id),
        run_id=str(execution.claimed.run_id),
        plan=plan,
        budget=Budget(plan.limits, past.totals, past.finished_calls),
        model=workshop.model,
        tools=ledger,
        recorder=execution.recorder,
        clock=workshop.clock,
        answers=_answers(past),
        children=past.family.children,
        is_late=past.family.awaited.is_late,
        number=past.last_number,
    )


def _answers(past: _Past) -> dict[str, JsonObject]:
    """Collect what persons decided, by question; the decision itself was told when it was made."""
    answers: dict[str, JsonObject] = {}
    for answer in past.answers:
        if answer.status != "pending":
            verdict = "approve" if answer.status == "approved" else "reject"
            answers[answer.interrupt_id] = {**(answer.decision or {}), "decision": verdict, "comment": answer.comment}
    return answers


def _ending(
    execution: Execution, scope: RunScope, raised: tuple[list[RaisedInterrupt], _Past], outcome: Outcome
) -> JsonObject:
    if not outcome.is_waiting:
        return {"status": "completed", "output": outcome.output}
    interrupts, past = raised
    if not interrupts:
        raise InternalFailureError("The graph ended without an output.")
    family = [each for each in interrupts if _kind_of(each) == MEMBER]
    asking = [each for each in interrupts if _kind_of(each) not in (MEMBER, TIMER)]
    ending = ask_members(execution, scope, family, past.family.awaited) if family else {}
    if not asking:
        return ending or wait_for_timers(execution, scope, interrupts)
    # An agent may ask a person and call agents in one answer: it goes on when the person has answered.
    known = {answer.interrupt_id for answer in past.answers}
    pauses = [_pause(each) for each in asking]
    for pause in pauses:
        if pause.interrupt_id not in known:
            execution.recorder.paused(pause, _waiting_step(scope, pause))
    reason = "unknown_outcome" if any(pause.kind == "unknown_outcome" for pause in pauses) else "approval"
    return {"status": "waiting", "waiting_reason": reason}


def _kind_of(raised: RaisedInterrupt) -> str:
    return str(cast("dict[str, Any]", raised.interrupt.value)["kind"])


def _pause(raised: RaisedInterrupt) -> Pause:
    asked = cast("dict[str, Any]", raised.interrupt.value)
    return Pause(
        interrupt_id=asked["question_id"],
        step_id=UUID(raised.task_id),
        parent_step_id=None if asked["parent_step_id"] is None else UUID(asked["parent_step_id"]),
        checkpoint_id=asked["checkpoint_id"],
        kind=asked["kind"],
        tool_name=asked["tool_name"],
        arguments=asked["arguments"],
        reason=asked["reason"],
        node_id=asked.get("node_id"),
        visit=asked.get("visit"),
        step_type=asked.get("step_type", "tool"),
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
    )
