"""The external runner: the agent runs elsewhere, so the run waits for it and holds no worker.

An execution of such a run takes no time. The first one parks the run: the commit that sets it to ``waiting`` offers it to
the agent (``control.offer_work``), which is called by its webhook or claims the run itself. The agent's answer makes the
run pending; the next execution checks the answer and ends the run. The same happens when its time is up.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from retinue.core.context import Context
from retinue.core.errors import Error, UnavailableError
from retinue.core.ids import RunId
from retinue.core.json import Json, JsonObject
from retinue.engine.errors import OutputInvalidError, RunTimeoutError
from retinue.engine.output import check_output
from retinue.engine.plan import ExternalPlan, read_external_plan
from retinue.engine.prompt import as_text
from retinue.engine.records import EXTERNAL_AGENT, AnswerWarning, LogLine, StepRecord, StepStart, Totals
from retinue.runs.execution.services import Execution, ExecutionServices
from retinue.runs.instruments import EXTERNAL
from retinue.runs.work.service import REPORTED, get_standing, step_id_of, totals_of
from retinue.runs.work.types import Standing


class ExternalAgentError(UnavailableError):
    """The external agent did not answer as it should."""

    code = "external_agent_failed"
    remedy = "Check the log of the agent, then retry the run."


async def run_external(services: ExecutionServices, execution: Execution) -> JsonObject:
    """Park a run of an external agent, or end one that was answered; see ``execution.Runner``."""
    claimed = execution.claimed
    plan = read_external_plan(claimed.plan)
    standing: Standing | None = None
    if claimed.lease > 1:
        standing = await services.database.read(claimed.organization_id, partial(_standing, claimed.run_id))
    execution.totals = Totals(steps=1)
    now = services.clock.now()
    if standing is None or standing.state == "closed" or (standing.state == "open" and not standing.is_late):
        return _park(execution, plan, now)
    start = StepStart(step_id_of(claimed.run_id), plan.name, "tool", 1, None, "", standing.created_at)
    record = StepRecord(start, "failed", claimed.input, None, now)
    try:
        if standing.answer is None:
            raise RunTimeoutError
        return _ended(execution, plan, record, standing.answer)
    except Error as error:
        line = LogLine("error", error.detail, {"code": error.code})
        execution.recorder.finished(replace(record, error_message=error.detail, logs=(line,)))
        execution.failed_step = plan.name
        raise


async def _standing(run_id: RunId, ctx: Context) -> Standing | None:
    return await get_standing(ctx, run_id)


def _park(execution: Execution, plan: ExternalPlan, now: datetime) -> JsonObject:
    claimed = execution.claimed
    start = StepStart(step_id_of(claimed.run_id), plan.name, "tool", 1, None, "", now)
    execution.recorder.handed_over(StepRecord(start, "waiting", claimed.input, None, None))
    wake_at = now + timedelta(seconds=max(1.0, claimed.seconds_left))
    return {"status": "waiting", "waiting_reason": EXTERNAL_AGENT, "wake_at": wake_at.isoformat()}


def _ended(execution: Execution, plan: ExternalPlan, record: StepRecord, answer: JsonObject) -> JsonObject:
    usage = answer.get("usage")
    execution.totals = totals = totals_of(usage if isinstance(usage, dict) else None)
    if isinstance(usage, dict):
        cost = totals.cost_usd if totals.priced_calls else None
        tokens: JsonObject = {"input_tokens": totals.input_tokens, "output_tokens": totals.output_tokens}
        execution.recorder.used(EXTERNAL, {**tokens, "cost_usd": cost})
    error = answer.get("error")
    if isinstance(error, dict):
        raise _failure(error)
    output = answer.get("output")
    _check_output(plan, output)
    warnings = _warnings(answer)
    execution.totals = replace(totals, warnings=len(warnings))
    lines = tuple(LogLine("warning", each.message) for each in warnings) or (LogLine("info", f"{plan.name} answered."),)
    execution.recorder.finished(replace(record, status="completed", output=output, logs=lines, warnings=warnings))
    execution_id = answer.get("execution_id")
    return {
        "status": "completed",
        "output": output if isinstance(output, dict) else {"text": output},
        "external_execution_id": str(execution_id) if execution_id else None,
    }


def _failure(error: JsonObject) -> ExternalAgentError:
    failed = ExternalAgentError(str(error.get("message") or "") or None, remedy=_text(error.get("remedy")))
    failed.code = str(error.get("code") or ExternalAgentError.code)  # pyright: ignore[reportAttributeAccessIssue] - its own
    return failed


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _warnings(answer: JsonObject) -> tuple[AnswerWarning, ...]:
    message = answer.get("warning")
    return (AnswerWarning(REPORTED, message, ""),) if isinstance(message, str) else ()


def _check_output(plan: ExternalPlan, output: Json) -> None:
    if plan.output_schema is not None and (problems := check_output(output, plan.output_schema)):
        raise OutputInvalidError(problems, as_text(output))
