"""Runs of workflows that signed requests start, by Standard Webhooks (https://www.standardwebhooks.com).

The signature is an HMAC-SHA-256 over the message's id, its time and its body. A message that is older than the tolerance is
refused; one that comes again is known by its id and starts nothing again.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from retinue.core.context import Actor, ActorKind
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem, UnauthenticatedError
from retinue.core.json import loads
from retinue.runs import permissions, service
from retinue.runs.errors import WebhookBodyInvalidError
from retinue.runs.types import RunType, Started, StartRun, Trigger
from retinue.workflows import service as workflows

_TOLERANCE_SECONDS: Final = 300
_ID_CHARACTERS: Final = 150
_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"


class WebhookRefusedError(UnauthenticatedError):
    """The request is not signed with the secret of a workflow that accepts webhooks, or its time is not now."""

    code = "webhook_refused"
    remedy = "Send webhook-id, webhook-timestamp and webhook-signature by Standard Webhooks, signed with the current secret."


async def receive(database: Database, sender: Actor, workflow_id: UUID, headers: Mapping[str, str], body: bytes) -> Started:
    """Start a run with the body as its input. May be repeated with the same id.

    Raises ``WebhookRefusedError``, ``WebhookBodyInvalidError``, and what ``service.start`` raises.
    """
    found = await workflows.find_webhook(database, workflow_id)
    message_id = headers.get("webhook-id", "")
    if found is None or not _is_signed(found[1], headers, body) or not _is_now(headers, database.clock.now().timestamp()):
        raise WebhookRefusedError
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
        idempotency_key=f"webhook:{workflow_id}:{message_id}",
        request_hash=hashlib.sha256(body).digest(),
    )
    async with database.context(actor) as ctx:
        return await service.start(ctx, asked)


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 0 < len(message_id) <= _ID_CHARACTERS:
        return False
    signed = f"{message_id}.{sent_at}.".encode() + body
    wanted = b64encode(hmac.digest(b64decode(secret.removeprefix(_PREFIX)), signed, hashlib.sha256))
    given = headers.get("webhook-signature", "").split()
    signatures = [each.removeprefix(_VERSION).encode() for each in given if each.startswith(_VERSION)]
    return any(hmac.compare_digest(wanted, each) for each in signatures)


def _is_now(headers: Mapping[str, str], now: float) -> bool:
    sent_at = headers.get("webhook-timestamp", "")
    return sent_at.isascii() and sent_at.isdigit() and abs(now - int(sent_at[:12])) <= _TOLERANCE_SECONDS
