"""Webhooks over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.runs.endpoints import service
from retinue.runs.endpoints.schemas import CreateWebhook, UpdateWebhook
from retinue.runs.endpoints.types import IssuedWebhook, RunWebhook, WebhookDelivery, WebhookTest

router = APIRouter(tags=["webhooks"])


@router.get("/webhooks")
async def list_webhooks(request: Request) -> Page[RunWebhook]:
    """List the webhooks that are sent when runs end."""
    async with open_context(request) as ctx:
        return Page(await service.list_all(ctx), None)


@router.post("/webhooks", status_code=201)
async def create_webhook(request: Request, body: CreateWebhook) -> IssuedWebhook:
    """Create a webhook that is sent when runs end, signed by Standard Webhooks. The secret is returned only here."""
    async with open_context(request) as ctx:
        return await service.create(ctx, body.to_definition())


@router.get("/webhooks/{webhook_id}")
async def get_webhook(request: Request, webhook_id: UUID) -> RunWebhook:
    """Return one webhook."""
    async with open_context(request) as ctx:
        return await service.get(ctx, webhook_id)


@router.patch("/webhooks/{webhook_id}")
async def update_webhook(request: Request, webhook_id: UUID, body: UpdateWebhook) -> RunWebhook:
    """Change a webhook, or enable one that was disabled after errors."""
    async with open_context(request) as ctx:
        return await service.update(ctx, webhook_id, body.to_changes())


@router.delete("/webhooks/{webhook_id}", status_code=204)
async def delete_webhook(request: Request, webhook_id: UUID) -> None:
    """Delete a webhook and its deliveries."""
    async with open_context(request) as ctx:
        await service.delete(ctx, webhook_id)


@router.post("/webhooks/{webhook_id}/test")
async def test_webhook(request: Request, webhook_id: UUID) -> WebhookTest:
    """Send a test message once, now, and return the receiver's answer."""
    return await service.test(database_of(request), await actor_of(request), webhook_id)


@router.post("/webhooks/{webhook_id}/rotate-secret")
async def renew_signing_secret(request: Request, webhook_id: UUID) -> IssuedWebhook:
    """Create another signing secret; for 24 hours messages carry a signature of the former one too."""
    async with open_context(request) as ctx:
        return await service.rotate_secret(ctx, webhook_id)


@router.get("/webhooks/{webhook_id}/deliveries")
async def list_webhook_deliveries(
    request: Request, webhook_id: UUID, *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[WebhookDelivery]:
    """List deliveries of a webhook, newest first, with each attempt."""
    async with open_context(request) as ctx:
        return await service.list_deliveries(ctx, webhook_id, cursor=cursor, limit=limit)


@router.post("/webhook-deliveries/{webhook_delivery_id}/redeliver", status_code=202)
async def send_webhook_delivery(request: Request, webhook_delivery_id: UUID) -> WebhookDelivery:
    """Send a delivery again, under the same ``webhook-id``."""
    async with open_context(request) as ctx:
        return await service.redeliver(ctx, webhook_delivery_id)
