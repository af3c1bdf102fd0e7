"""Operations of webhooks, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
from retinue.client.types.webhooks import (
    CreateWebhook,
    IssuedWebhook,
    RunWebhook,
    RunWebhookPage,
    UpdateWebhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookTest,
)


class AsyncWebhooksApi(AsyncResource):
    """Operations of webhooks."""

    async def send_delivery(self, webhook_delivery_id: str, /) -> WebhookDelivery:
        """Send a delivery again, under the same ``webhook-id``."""
        return await self._connection.json("POST", path("webhook-deliveries", webhook_delivery_id, "redeliver"))

    async def list(self) -> RunWebhookPage:
        """List the webhooks that are sent when runs end."""
        return await self._connection.json("GET", "/webhooks")

    async def create(self, **body: Unpack[CreateWebhook]) -> IssuedWebhook:
        """Create a webhook that is sent when runs end, signed by Standard Webhooks."""
        return await self._connection.json("POST", "/webhooks", body=body)

    async def get(self, webhook_id: str, /) -> RunWebhook:
        """Return one webhook."""
        return await self._connection.json("GET", path("webhooks", webhook_id))

    async def update(self, webhook_id: str, /, **body: Unpack[UpdateWebhook]) -> RunWebhook:
        """Change a webhook, or enable one that was disabled after errors."""
        return await self._connection.json("PATCH", path("webhooks", webhook_id), body=body)

    async def delete(self, webhook_id: str, /) -> None:
        """Delete a webhook and its deliveries."""
        await self._connection.nothing("DELETE", path("webhooks", webhook_id))

    async def list_deliveries(
        self, webhook_id: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> WebhookDeliveryPage:
        """List deliveries of a webhook, newest first, with each attempt."""
        return await self._connection.json(
            "GET", path("webhooks", webhook_id, "deliveries"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_deliveries(self, webhook_id: str, /, *, limit: int | None = None) -> AsyncIterator[WebhookDelivery]:
        """Iterate over what ``list_deliveries`` lists, page after page."""
        return self._connection.items(path("webhooks", webhook_id, "deliveries"), query={"limit": limit})

    async def renew_signing_secret(self, webhook_id: str, /) -> IssuedWebhook:
        """Create another signing secret; for 24 hours messages carry a signature of the former one too."""
        return await self._connection.json("POST", path("webhooks", webhook_id, "rotate-secret"))

    async def test(self, webhook_id: str, /) -> WebhookTest:
        """Send a test message once, now, and return the receiver's answer."""
        return await self._connection.json("POST", path("webhooks", webhook_id, "test"))
