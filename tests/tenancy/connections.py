"""Connections of Acme, for the tests of tenancy: no authorization server is reached."""

from typing import Any

from tests.tenancy.world import World

_URL = "https://mcp.example.com/mcp"


async def connection(world: World) -> str:
    made = await world.cast.anna.http.post("/connections/mcp", json={"url": f"{_URL}/{world.cast.marker}"})
    assert made.status == 201, made.text
    return made.json["id"]


BODIES: dict[str, Any] = {
    "POST /connections/mcp": {"url": _URL},
    "POST /connections/callback": {"state": "not a state", "code": "code"},
    "POST /connections/{connection_id}/authorize": {},
}
