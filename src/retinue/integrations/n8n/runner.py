"""The runner of workflows that n8n carries out: it starts them once, and writes their end when it is known.

Between the two the run waits (reason ``n8n``) and holds no worker. What looks at n8n is ``following``: it writes
what it sees, and lets the run go on when n8n has ended. So a start, a callback and a look that come at once end the run
once, here, under the lease of the run.
"""

import asyncio
import hashlib
import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from retinue.core.context import Context
from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject, loads
from retinue.core.outbound.client import OutboundFailedError, OutboundResponse
from retinue.engine.errors import failure
from retinue.engine.plan import N8nPlan, read_n8n_plan
from retinue.engine.records import LogLine, StepRecord, StepStart
from retinue.engine.redaction import Redactor
from retinue.integrations.n8n import following, repository, repository_runs
from retinue.integrations.n8n.access import client_of, get_access
from retinue.integrations.n8n.client import Access, said
from retinue.integrations.n8n.errors import (
    N8nConflictError,
    N8nExecutionFailedError,
    N8nExecutionLostError,
    N8nInactiveError,
    N8nLinkMissingError,
    N8nNotConnectedError,
    N8nNoWebhookError,
    N8nStartFailedError,
)
from retinue.integrations.n8n.reading import MARK, as_object, capped
from retinue.integrations.n8n.repository_runs import Followed
from retinue.integrations.n8n.types import Execution, N8nLink, N8nStatus
from retinue.runs.execution.services import Execution as Work
from retinue.runs.execution.services import ExecutionServices

T = TypeVar("T")
WAITING: Final[JsonObject] = {"status": "waiting", "waiting_reason": "n8n"}
_NAMESPACE = uuid.UUID("0b7d3b0e-6f52-5c1d-9a3e-6f1f0a4f6d11")
_MISSING: Final = 404
_OK: Final = 200
_REDIRECTION: Final = 300
_SERVER_ERROR: Final = 500
_CALL_SECONDS: Final = 60.0
_AT_ONCE: Final = "onReceived"
_REGISTERING_SECONDS: Final = (1.0, 2.0)


async def run_n8n(services: ExecutionServices, execution: Work) -> JsonObject:
    """Start the workflow in n8n, or write how it ended; see ``execution.Runner``."""
    claimed = execution.claimed
    plan = read_n8n_plan(claimed.plan)
    known = await services.database.read(claimed.organization_id, lambda ctx: repository_runs.get(ctx, claimed.run_id))
    if known is None:
        return await _start(services, execution, plan)
    if known.state == "calling":
        # A worker was lost while it called: whether n8n began is found by looking, and it is not called again.
        await _write(services, execution, partial(_called, claimed.run_id, None))
        return dict(WAITING)
    return await _end(services, execution, plan, known)


async def _start(services: ExecutionServices, execution: Work, plan: N8nPlan) -> JsonObject:
    claimed, token = execution.claimed, secrets.token_urlsafe(32)
    workflow_id = uuid.UUID(plan.workflow_id)

    async def enter(ctx: Context) -> tuple[Access, N8nLink, str | None]:
        access, link = await get_access(ctx), await repository.get_link(ctx, workflow_id)
        if link is None:
            raise N8nLinkMissingError
        await repository_runs.enter(
            ctx, claimed.run_id, workflow_id, state="calling", token_hash=hashlib.sha256(token.encode()).digest()
        )
        await following.look_soon(ctx, claimed.run_id, timedelta(seconds=2))
        found = await repository_runs.get(ctx, claimed.run_id)
        return access, link, found.retry_of_execution_id if found else None

    access, link, retried = await _write(services, execution, enter)
    try:
        is_begun = retried is not None and await _retry(services, execution, access, retried)
        answer = None if is_begun else await _call(services, execution, (access, link), token)
    except Error:
        await _write(services, execution, lambda ctx: repository_runs.end(ctx, claimed.run_id, None))
        raise
    await _write(services, execution, partial(_called, claimed.run_id, answer))
    return dict(WAITING)


async def _called(run_id: uuid.UUID, answer: JsonObject | None, ctx: Context) -> None:
    await repository_runs.note_called(ctx, run_id, answer)
    await following.look_soon(ctx, run_id, timedelta(seconds=0.3))


async def _retry(services: ExecutionServices, execution: Work, access: Access, retried: str) -> bool:
    """Have n8n go on from the node that failed, in a new execution, which is this run's; say whether it does.

    n8n retries what failed. What succeeded is started again by its webhook.
    """
    run_id, seconds = execution.claimed.run_id, max(1.0, execution.claimed.seconds_left)
    try:
        begun = await client_of(services.database.resources, access).retry(retried, seconds)
    except N8nConflictError:
        return False
    except OutboundFailedError as error:
        if not error.may_have_arrived:
            raise
        return True  # the outcome is found by looking
    if begun is not None:
        await _write(services, execution, lambda ctx: repository_runs.bind(ctx, run_id, begun.id))
    return True


async def _call(
    services: ExecutionServices, execution: Work, where: tuple[Access, N8nLink], token: str
) -> JsonObject | None:
    access, link = where
    if link.webhook_path is None or link.webhook_method is None:
        raise N8nNoWebhookError
    claimed = execution.claimed
    mark: JsonObject = {
        "run_id": str(claimed.run_id),
        "callback_url": f"{access.callback_url}{claimed.run_id}",
        "token": token,
    }
    seconds = _CALL_SECONDS if link.response_mode == _AT_ONCE else max(1.0, claimed.seconds_left)
    client = client_of(services.database.resources, access)
    try:
        body: JsonObject = {"input": claimed.input, MARK: mark}
        answer = await client.call_webhook(link.webhook_method, link.webhook_path, body, seconds)
        for pause in _REGISTERING_SECONDS if link.n8n_is_active else ():
            if answer.status == _MISSING:  # nothing has begun: n8n registers webhooks a moment after it has published
                await asyncio.sleep(pause)
                answer = await client.call_webhook(link.webhook_method, link.webhook_path, body, seconds)
    except OutboundFailedError as error:
        if not error.may_have_arrived:
            raise
        return None  # the outcome is found by looking
    return _read_answer(answer, link)


def _read_answer(answer: OutboundResponse, link: N8nLink) -> JsonObject | None:
    """Return what a webhook answered that ends the workflow; None when it only tells that it began."""
    if answer.status == _MISSING:
        raise N8nInactiveError(f"n8n answered with status 404{said(answer)}.")
    is_ok = _OK <= answer.status < _REDIRECTION
    if not is_ok and answer.status < _SERVER_ERROR:
        raise N8nStartFailedError(f"The webhook answered with status {answer.status}{said(answer)}.")
    if link.response_mode == _AT_ONCE:
        if not is_ok:
            raise N8nStartFailedError(f"The webhook answered with status {answer.status}{said(answer)}.")
        return None
    if not is_ok:
        return {"error": f"The webhook answered with status {answer.status}{said(answer)}."}
    try:
        output: Json = loads(answer.body)
    except ValueError:
        output = answer.text()
    return {"output": capped(output)}


async def _end(services: ExecutionServices, execution: Work, plan: N8nPlan, known: Followed) -> JsonObject:
    """Write the end of a run that n8n has ended: its nodes' runs as steps, its output or its error, its times."""
    told, seen = _received_end(known), None
    if known.execution_id is not None:
        seen = await _read(services, execution, known)
    if seen is None and told is None and known.state != "ended":
        return dict(WAITING)  # n8n cannot be reached now, or has not ended: the next look is set
    if seen is not None and not following.is_over(seen.status) and told is None:
        return dict(WAITING)
    await _write(services, execution, lambda ctx: repository_runs.end(ctx, known.run_id, seen.status if seen else None))
    if seen is not None:
        seen = await _redacted(services, execution, seen)
        _write_steps(execution, seen)
    if seen is not None and seen.status is N8nStatus.CANCELED:
        return {"status": "cancelled", **_times(seen)}
    why = _failure(plan, known, seen, told)
    if why is not None:
        return {"status": "failed", "error": why, **_times(seen)}
    output = told["output"] if told is not None and "output" in told else seen.output if seen is not None else None
    return {"status": "completed", "output": as_object(output), **_times(seen)}


async def _redacted(services: ExecutionServices, execution: Work, seen: Execution) -> Execution:
    """Return an execution without the secret that webhooks demand, which n8n shows to its nodes."""
    try:
        access = await services.database.read(execution.claimed.organization_id, get_access)
    except N8nNotConnectedError:
        return seen
    redactor = Redactor.of([access.api_key, *access.headers.values()])
    if redactor is None:
        return seen
    clean = redactor.document
    runs = tuple(
        replace(each, output=clean(each.output), error=None if each.error is None else redactor.text(each.error))
        for each in seen.node_runs
    )
    error = None if seen.error is None else as_object(clean(seen.error))
    return replace(seen, node_runs=runs, output=clean(seen.output), error=error)


def _received_end(known: Followed) -> JsonObject | None:
    """Return what n8n sent us of the end: by the callback, or in the webhook's answer."""
    return known.callback if known.callback is not None else known.answer


async def _read(services: ExecutionServices, execution: Work, known: Followed) -> Execution | None:
    organization_id = execution.claimed.organization_id
    try:
        access = await services.database.read(organization_id, get_access)
        return await client_of(services.database.resources, access).get_execution(known.execution_id or "", with_data=True)
    except Error as error:
        detail = error.detail

        async def note(ctx: Context) -> None:
            await repository_runs.note_look(ctx, known.run_id, error=detail)
            await following.look_soon(ctx, known.run_id, timedelta(seconds=60))

        await _write(services, execution, note)
        return None


def _failure(plan: N8nPlan, known: Followed, seen: Execution | None, told: JsonObject | None) -> JsonObject | None:
    error: Error | None = None
    if seen is not None and seen.status in {N8nStatus.ERROR, N8nStatus.CRASHED}:
        message = str(seen.error["message"]) if seen.error else f"The workflow {plan.name} {seen.status} in n8n."
        error = N8nExecutionFailedError(message)
    elif told is not None and told.get("error") is not None:
        error = N8nExecutionFailedError(str(told["error"]))
    elif seen is None and told is None:
        error = N8nExecutionLostError(known.last_error)
    if error is None:
        return None
    place = seen.error if seen is not None and seen.error is not None else {}
    told_more: JsonObject = {"description": place["description"]} if "description" in place else {}
    return {**failure(error, str(place["node"]) if "node" in place else None), **told_more}


def _times(seen: Execution | None) -> JsonObject:
    if seen is None:
        return {}
    times: JsonObject = {"external_execution_id": seen.id}
    if seen.started_at is not None:
        times["started_at"] = seen.started_at.isoformat()
    if seen.started_at is not None and seen.stopped_at is not None:
        times["ended_at"] = max(seen.started_at, seen.stopped_at).isoformat()
    return times


def _write_steps(execution: Work, seen: Execution) -> None:
    run_id = str(execution.claimed.run_id)
    for number, each in enumerate(seen.node_runs, start=1):
        step_id = uuid.uuid5(_NAMESPACE, f"{run_id}:{seen.id}:{each.name}:{each.number}")
        start = StepStart(
            step_id, each.name, "n8n", number, None, "", each.started_at, node_id=each.name[:200], visit=each.number
        )
        line = LogLine("error", each.error) if each.error is not None else LogLine("info", f"{each.name} ran in n8n.")
        execution.recorder.finished(
            StepRecord(
                start,
                "completed" if each.error is None else "failed",
                None,
                each.output,
                each.started_at + timedelta(milliseconds=each.duration_ms),
                error_message=each.error,
                logs=(line,),
            )
        )
    execution.totals = replace(execution.totals, steps=len(seen.node_runs))


async def _write(services: ExecutionServices, execution: Work, body: Callable[[Context], Awaitable[T]]) -> T:
    async with services.database.system_context([execution.claimed.organization_id]) as ctx:
        return await body(ctx)
