"""Runs of workflows that signed requests start, by Standard Webhooks (see ``core.webhooks``).

A message that is not of now is refused; one that comes again is known by its id and starts nothing again.
"""

import hashlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from retinue.core.context import Actor, ActorKind
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem, LimitedError, UnauthenticatedError
from retinue.core.http.limits import RateLimitedError
from retinue.core.json import loads
from retinue.core.webhooks import ID_HEADER, is_signed
from retinue.runs import permissions, service
from retinue.runs.errors import WebhookBodyInvalidError
from retinue.runs.types import RunType, Started, StartRun, Trigger
from retinue.workflows import service as workflows

_REQUESTS_PER_MINUTE: Final = 300


class WebhookRefusedError(UnauthenticatedError):
    """The request is not signed with the secret of a workflow that accepts webhooks, or its time is not now."""

    code = "webhook_refused"
    remedy = "Send webhook-id, webhook-timestamp and webhook-signature by Standard Webhooks, signed with the current secret."


class WebhookLimitedError(LimitedError):
    """The webhook of this workflow has reached its rate limit."""

    code = "webhook_limited"
    remedy = "Wait for the seconds in Retry-After, then send the message again under the same webhook-id."


async def receive(database: Database, sender: Actor, workflow_id: UUID, headers: Mapping[str, str], body: bytes) -> Started:
    """Start a run with the body as its input. May be repeated with the same id.

    Raises ``WebhookRefusedError``, ``WebhookLimitedError``, ``WebhookBodyInvalidError``, and what ``service.start`` raises.
    """
    found = await workflows.find_webhook(database, workflow_id)
    if found is None or not is_signed(found[1], headers, database.clock.now().timestamp(), body):
        raise WebhookRefusedError
    try:
        await database.resources.limits.take(f"webhook:{workflow_id}", _REQUESTS_PER_MINUTE)
    except RateLimitedError as error:
        raise WebhookLimitedError(retry_after_seconds=error.retry_after_seconds) from None
    try:
        run_input = loads(body)
    except ValueError:
        run_input = None
    if not isinstance(run_input, dict):
        raise WebhookBodyInvalidError(fields=(FieldProblem("body", "is not a JSON object", WebhookBodyInvalidError.remedy),))
    actor = Actor(
        ActorKind.VISITOR,
        organization_id=found[0],
        permissions=frozenset({permissions.READ, permissions.WRITE}),
        ip=sender.ip,
        user_agent=sender.user_agent,
        request_id=sender.request_id,
    )
    asked = StartRun(
        type=RunType.WORKFLOW,
        target_id=workflow_id,
        input=run_input,
        trigger=Trigger.WEBHOOK,
        idempotency_key=f"webhook:{workflow_id}:{headers[ID_HEADER]}",
        request_hash=hashlib.sha256(body).digest(),
    )
    async with database.context(actor) as ctx:
        return await service.start(ctx, asked)
