"""The package's verbs: webhooks that are sent when runs end, by Standard Webhooks 1.0."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from retinue.core import audit, timers
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError, parse_url
from retinue.core.outbound.deliveries import GIVE_UP
from retinue.core.outbox import Event
from retinue.core.permissions import require
from retinue.core.webhooks import new_secret
from retinue.runs.endpoints import repository, rules, sending
from retinue.runs.endpoints.errors import (
    WebhookDeliveryMissingError,
    WebhookDeliveryWaitingError,
    WebhookExistsError,
    WebhookInvalidError,
    WebhookMissingError,
)
from retinue.runs.endpoints.permissions import READ, WRITE
from retinue.runs.endpoints.types import (
    IssuedWebhook,
    RunWebhook,
    WebhookDefinition,
    WebhookDelivery,
    WebhookStatus,
    WebhookTest,
)

MAX_WEBHOOKS = 50
_FORMER_VALID = timedelta(hours=24)


async def list_all(ctx: Context) -> list[RunWebhook]:
    """Return the webhooks of the organization, by name."""
    require(ctx, READ)
    return await repository.list_all(ctx)


async def get(ctx: Context, webhook_id: UUID) -> RunWebhook:
    """Return one webhook. Raises ``WebhookMissingError``."""
    require(ctx, READ)
    return await _hold(ctx, webhook_id, lock=False)


async def find(ctx: Context, webhook_id: UUID) -> RunWebhook | None:
    """Return one webhook. For the platform itself."""
    return await repository.get(ctx, webhook_id)


async def create(ctx: Context, definition: WebhookDefinition) -> IssuedWebhook:
    """Create a webhook; its signing secret is in the result alone.

    Raises ``WebhookInvalidError`` and ``WebhookExistsError``.
    """
    require(ctx, WRITE)
    if await repository.count(ctx) >= MAX_WEBHOOKS:
        remedy = "Delete some first."
        raise WebhookInvalidError.of(FieldProblem("name", f"is one more than {MAX_WEBHOOKS} webhooks", remedy))
    await _check(ctx, definition)
    secret = new_secret()
    sealed = ctx.resources.secrets.seal(secret)
    webhook_id = await repository.insert(ctx, definition, _status(definition), sealed)
    if webhook_id is None:
        raise WebhookExistsError
    await audit.record(ctx, "webhook.created", ("webhook", webhook_id), after=_facts(definition))
    return IssuedWebhook(await get(ctx, webhook_id), secret)


async def update(ctx: Context, webhook_id: UUID, changes: Mapping[str, Any]) -> RunWebhook:
    """Change a webhook; what is not named stays. Raises as ``create`` does, and ``WebhookMissingError``."""
    require(ctx, WRITE)
    row = await _hold(ctx, webhook_id, lock=True)
    names = [name for name in WebhookDefinition.__slots__ if name not in ("enabled", "events")]
    before = WebhookDefinition(
        events=tuple(row.events),
        enabled=row.status is WebhookStatus.ACTIVE,
        **{name: getattr(row, name) for name in names},
    )
    after = replace(before, **changes)
    await _check(ctx, after)
    named = await repository.find_named(ctx, after.name)
    if named is not None and named != webhook_id:
        raise WebhookExistsError
    status = _status(after) if "enabled" in changes else row.status
    await repository.update(ctx, webhook_id, after, status)
    was, now = _facts(before), _facts(after)
    changed = [name for name in now if was[name] != now[name]]
    await audit.record(
        ctx, "webhook.updated", ("webhook", webhook_id),
        before={name: was[name] for name in changed}, after={name: now[name] for name in changed},
    )  # fmt: skip
    return await get(ctx, webhook_id)


async def delete(ctx: Context, webhook_id: UUID) -> None:
    """Delete a webhook, its deliveries, and what waits for it. Raises ``WebhookMissingError``."""
    require(ctx, WRITE)
    row = await _hold(ctx, webhook_id, lock=True)
    await repository.delete(ctx, webhook_id)
    await audit.record(ctx, "webhook.deleted", ("webhook", webhook_id), before={"name": row.name, "url": row.url})


async def rotate_secret(ctx: Context, webhook_id: UUID) -> IssuedWebhook:
    """Make another signing secret; for 24 hours messages carry a signature of the former one too."""
    require(ctx, WRITE)
    await _hold(ctx, webhook_id, lock=True)
    secret = new_secret()
    await repository.rotate(ctx, webhook_id, ctx.resources.secrets.seal(secret), ctx.now + _FORMER_VALID)
    await audit.record(ctx, "webhook.secret_rotated", ("webhook", webhook_id))
    return IssuedWebhook(await get(ctx, webhook_id), secret)


async def test(database: Database, actor: Actor, webhook_id: UUID) -> WebhookTest:
    """Send a test message now, once; return the answer. Raises ``WebhookMissingError``."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        await _hold(ctx, webhook_id, lock=False)
        sender = await repository.get_sender(ctx, webhook_id)
        if sender is None:
            raise WebhookMissingError
        payload: JsonObject = {
            "type": "webhook.test",
            "timestamp": ctx.now.isoformat(),
            "organization_id": str(ctx.organization_id),
            "data": {"webhook_id": str(webhook_id), "message": "This is a test. No run has ended."},
        }
    began = time.monotonic()
    name, now = f"test-{secrets.token_hex(8)}", database.clock.now()
    told = await sending.send(database.resources, sender, name, payload, now=now)
    milliseconds = int((time.monotonic() - began) * 1000)
    return WebhookTest(told.outcome == "sent", told.status_code, told.response, told.error, milliseconds)


async def list_deliveries(ctx: Context, webhook_id: UUID, *, cursor: str | None, limit: int) -> Page[WebhookDelivery]:
    """Return a page of deliveries, newest first, with each attempt. Raises ``WebhookMissingError``."""
    await get(ctx, webhook_id)
    rows = await repository.list_deliveries(ctx, webhook_id, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def redeliver(ctx: Context, delivery_id: UUID) -> WebhookDelivery:
    """Have a delivery sent again under its id, whether it was sent or not.

    Raises ``WebhookDeliveryMissingError``, ``WebhookDeliveryWaitingError``.
    """
    require(ctx, WRITE)
    found = await repository.get_delivery(ctx, delivery_id)
    if found is None:
        raise WebhookDeliveryMissingError
    if not await repository.send_again(ctx, delivery_id, ctx.now + GIVE_UP):
        raise WebhookDeliveryWaitingError
    await timers.schedule(ctx, sending.SEND, delivery_id, ctx.now)
    await audit.record(ctx, "webhook_delivery.redelivered", ("webhook_delivery", delivery_id))
    return await repository.get_delivery(ctx, delivery_id) or found


async def note_end(ctx: Context, event: Event) -> None:
    """Queue what is sent about the end of a run. The same event may be handed on twice: each webhook is sent it once."""
    run_id = UUID(str(event.payload["run_id"]))
    wanting = await repository.list_wanting(ctx, run_id, event.type)
    run = await repository.get_run(ctx, run_id) if wanting else None
    if run is None or f"run.{run['status']}" != event.type:
        return  # it goes on already, after a resume
    console = ctx.resources.core.public_url
    for webhook_id, includes_output in wanting:
        payload = rules.payload_of(event.type, run, console, includes_output=includes_output)
        give_up_at = ctx.now + GIVE_UP
        made = await repository.queue(ctx, webhook_id, (run_id, event.id, event.type), payload, give_up_at)
        if made is not None:
            await timers.schedule(ctx, sending.SEND, made, ctx.now)


async def _check(ctx: Context, definition: WebhookDefinition) -> None:
    try:
        parse_url(definition.url)
    except OutboundRefusedError as error:
        raise WebhookInvalidError.of(FieldProblem("url", "is not a URL of http or https", error.remedy_text)) from None
    if definition.target_id is not None and not await repository.has_target(ctx, definition.target_id):
        remedy = "Choose an agent, a team or a workflow of the organization."
        raise WebhookInvalidError.of(FieldProblem("target_id", "does not exist", remedy))


def _status(definition: WebhookDefinition) -> WebhookStatus:
    return WebhookStatus.ACTIVE if definition.enabled else WebhookStatus.DISABLED


def _facts(definition: WebhookDefinition) -> JsonObject:
    return {
        "name": definition.name,
        "url": definition.url,
        "events": [each.value for each in definition.events],
        "target_id": None if definition.target_id is None else str(definition.target_id),
        "includes_output": definition.includes_output,
        "enabled": definition.enabled,
    }


async def _hold(ctx: Context, webhook_id: UUID, *, lock: bool) -> RunWebhook:
    row = await repository.get(ctx, webhook_id, lock=lock)
    if row is None:
        raise WebhookMissingError
    return row
