"""The external runner: the agent lives elsewhere and is called once a run, by a signed POST to its webhook.

The call follows Standard Webhooks (see ``core.webhooks``): its id is the run's, and it is signed under the agent's secret
variable ``WEBHOOK_SECRET``.
The body is {run_id, agent_id, agent_version, attempt, input}. An answer of status 200 with {"output": …} completes the
run; it may name {"execution_id"} and {"usage": {input_tokens, output_tokens, cost_usd}}.

A call that a crash cut off is made again under the same ``webhook-id``: the receiver must detect a repetition by it, as
the specification asks of every receiver.
"""

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from retinue.core.errors import Error, InvalidError, UnavailableError
from retinue.core.http.outbound import Outbound, OutboundRequest, OutboundResponse
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.webhooks import signed_headers
from retinue.engine.errors import OutputInvalidError
from retinue.engine.output import check_output
from retinue.engine.plan import ExternalPlan, read_external_plan
from retinue.engine.pricing import cost_text
from retinue.engine.prompt import as_text
from retinue.engine.records import LogLine, StepRecord, StepStart, Totals
from retinue.runs.execution import Execution, Workshop
from retinue.runs.instruments import EXTERNAL

_SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
_OK = 200
_NAMESPACE = uuid.UUID("c5b0d5f6-7d3f-5f0e-9b0a-8f5a2f1f3a77")


class WebhookSecretMissingError(InvalidError):
    """The agent has no secret to sign its calls with."""

    code = "webhook_secret_missing"
    remedy = (
        f"Add the secret variable {_SECRET} to the agent, and configure the same secret in the service behind the webhook."
    )


class ExternalAgentError(UnavailableError):
    """The external agent did not answer as it should."""

    code = "external_agent_failed"
    remedy = "Check the log of the service behind the webhook, then retry the run."


class ExternalRunner:
    """Calls external agents. See ``execution.Runner``."""

    def __init__(self, outbound: Outbound) -> None:
        """Take the safe client."""
        self._outbound = outbound

    async def __call__(self, workshop: Workshop, execution: Execution) -> JsonObject:
        """Call the agent and record the call as the run's one step."""
        claimed = execution.claimed
        plan = read_external_plan(claimed.plan)
        step_id = uuid.uuid5(_NAMESPACE, str(claimed.run_id))
        start = StepStart(step_id, plan.name, "tool", 1, None, "", workshop.clock.now())
        record = StepRecord(start, "failed", claimed.input, None, None)
        execution.recorder.started(start, lambda _: _so_far(record))
        execution.totals = replace(execution.totals, steps=1)
        try:
            answer = await self._call(workshop, execution, plan)
            _check_output(plan, answer["output"])
        except Error as error:
            line = LogLine("error", error.detail, {"code": error.code})
            ended = replace(record, completed_at=workshop.clock.now(), error_message=error.detail, logs=(line,))
            execution.recorder.finished(ended)
            execution.failed_step = plan.name
            raise
        execution.totals = totals = _totals(answer)
        if "usage" in answer:
            cost = totals.cost_usd if totals.priced_calls else None
            tokens: JsonObject = {"input_tokens": totals.input_tokens, "output_tokens": totals.output_tokens}
            execution.recorder.used(EXTERNAL, {**tokens, "cost_usd": cost})
        output = answer.get("output")
        line = LogLine("info", f"{plan.name} answered.")
        execution.recorder.finished(
            replace(record, status="completed", output=output, completed_at=workshop.clock.now(), logs=(line,))
        )
        execution_id = answer.get("execution_id")
        return {
            "status": "completed",
            "output": output if isinstance(output, dict) else {"text": output},
            "external_execution_id": str(execution_id) if execution_id else None,
        }

    async def _call(self, workshop: Workshop, execution: Execution, plan: ExternalPlan) -> JsonObject:
        claimed = execution.claimed
        found = await workshop.secrets.values(str(claimed.organization_id), plan.agent_id, (_SECRET,))
        if _SECRET not in found:
            raise WebhookSecretMissingError
        body = dumps(
            {
                "run_id": str(claimed.run_id),
                "agent_id": plan.agent_id,
                "agent_version": plan.agent_version,
                "attempt": claimed.lease,
                "input": claimed.input,
            }
        )
        now, message_id = workshop.clock.now().timestamp(), str(claimed.run_id)
        headers = {"content-type": "application/json", "idempotency-key": message_id}
        headers |= signed_headers([found[_SECRET]], message_id, now, body)
        seconds = max(1.0, claimed.seconds_left)
        request = OutboundRequest("POST", plan.webhook_url, headers, body, timeout_seconds=seconds, max_redirects=0)
        return _answer(await self._outbound.send(request))


async def _so_far(record: StepRecord) -> StepRecord:
    return replace(record, status="running")


def _check_output(plan: ExternalPlan, output: Json) -> None:
    if plan.output_schema is not None and (problems := check_output(output, plan.output_schema)):
        raise OutputInvalidError(problems, as_text(output))


def _answer(response: OutboundResponse) -> JsonObject:
    if response.status != _OK:
        raise ExternalAgentError(f"The webhook answered with status {response.status}.")
    try:
        answer: Json = loads(response.body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "output" not in answer:
        raise ExternalAgentError('The webhook did not answer with a JSON object that has "output".')
    return answer


def _totals(answer: JsonObject) -> Totals:
    usage = cast("dict[str, Any]", answer.get("usage") if isinstance(answer.get("usage"), dict) else {})

    def count(name: str) -> int:
        value = usage.get(name)
        return value if isinstance(value, int) and value >= 0 else 0

    cost = usage.get("cost_usd")
    totals = Totals(1, 0, 0, count("input_tokens"), count("output_tokens"))
    if not isinstance(cost, int | float) or cost < 0:
        return replace(totals, unpriced_calls=1)
    return replace(totals, cost_usd=cost_text(Decimal(str(cost))), priced_calls=1)
