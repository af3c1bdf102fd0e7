"""Operations of webhooks. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, path
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


class WebhooksApi(Resource):
    """Operations of webhooks."""

    def send_delivery(self, webhook_delivery_id: str, /) -> WebhookDelivery:
        """Send a delivery again, under the same ``webhook-id``."""
        return self._connection.json("POST", path("webhook-deliveries", webhook_delivery_id, "redeliver"))

    def list(self) -> RunWebhookPage:
        """List the webhooks that are sent when runs end."""
        return self._connection.json("GET", "/webhooks")

    def create(self, **body: Unpack[CreateWebhook]) -> IssuedWebhook:
        """Create a webhook that is sent when runs end, signed by Standard Webhooks."""
        return self._connection.json("POST", "/webhooks", body=body)

    def get(self, webhook_id: str, /) -> RunWebhook:
        """Return one webhook."""
        return self._connection.json("GET", path("webhooks", webhook_id))

    def update(self, webhook_id: str, /, **body: Unpack[UpdateWebhook]) -> RunWebhook:
        """Change a webhook, or enable one that was disabled after errors."""
        return self._connection.json("PATCH", path("webhooks", webhook_id), body=body)

    def delete(self, webhook_id: str, /) -> None:
        """Delete a webhook and its deliveries."""
        self._connection.nothing("DELETE", path("webhooks", webhook_id))

    def list_deliveries(
        self, webhook_id: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> WebhookDeliveryPage:
        """List deliveries of a webhook, newest first, with each attempt."""
        return self._connection.json(
            "GET", path("webhooks", webhook_id, "deliveries"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_deliveries(self, webhook_id: str, /, *, limit: int | None = None) -> Iterator[WebhookDelivery]:
        """Iterate over what ``list_deliveries`` lists, page after page."""
        return self._connection.items(path("webhooks", webhook_id, "deliveries"), query={"limit": limit})

    def renew_signing_secret(self, webhook_id: str, /) -> IssuedWebhook:
        """Create another signing secret; for 24 hours messages carry a signature of the former one too."""
        return self._connection.json("POST", path("webhooks", webhook_id, "rotate-secret"))

    def test(self, webhook_id: str, /) -> WebhookTest:
        """Send a test message once, now, and return the receiver's answer."""
        return self._connection.json("POST", path("webhooks", webhook_id, "test"))
