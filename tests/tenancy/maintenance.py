"""Maintenance windows of Acme, for the tests of tenancy."""

from typing import Any

from tests.tenancy.world import Factory, World

_DAILY = {"frequency": "daily", "timezone": "UTC"}


async def _window(world: World) -> str:
    body = {"name": f"window {world.cast.marker}", "recurrence": _DAILY, "duration_minutes": 1}
    made = await world.cast.olga.http.post("/alert-maintenance", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


FACTORIES: dict[str, Factory] = {"window_id": _window}
BODIES: dict[str, Any] = {
    "POST /alert-maintenance": {"name": "Nights", "recurrence": _DAILY, "duration_minutes": 1},
    "PATCH /alert-maintenance/{window_id}": {"reason": "other"},
}
