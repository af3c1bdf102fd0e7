"""Webhooks of Acme, for the tests of tenancy."""

from typing import Any

from tests.tenancy.world import Factory, World


async def _webhook(world: World) -> str:
    body = {"name": f"webhook {world.cast.marker}", "url": f"http://127.0.0.1:9/{world.cast.marker}"}
    made = await world.cast.olga.http.post("/webhooks", json=body)
    assert made.status == 201, made.text
    return made.json["webhook"]["id"]


async def _delivery(world: World) -> str:
    await world.id_of("webhook_id")
    await world.id_of("run_id")
    return str(world.filler().ensure("webhook_deliveries")["id"])


FACTORIES: dict[str, Factory] = {"webhook_id": _webhook, "webhook_delivery_id": _delivery}
BODIES: dict[str, Any] = {
    "POST /webhooks": {"name": "Ends", "url": "http://127.0.0.1:9/ends"},
    "PATCH /webhooks/{webhook_id}": {"includes_output": False},
}
