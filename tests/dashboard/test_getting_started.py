"""The first steps: each is done once the organization shows it, and they are dismissed by one person for themselves."""

from typing import Any

from tests.cast import Cast
from tests.client import Client
from tests.metrics.conftest import Meter


async def _steps(http: Client) -> Any:
    found = await http.get("/getting-started")
    assert found.status == 200, found.text
    return found.json


async def test_each_step_is_done_once_the_organization_shows_it(cast: Cast, meter: Any) -> None:
    del meter
    olga = cast.olga.http
    made = (await olga.post("/organizations", json={"name": "Fresh"})).json
    assert (await olga.post("/auth/organization", json={"organization_id": made["id"]})).status == 200
    fresh = await _steps(olga)
    assert set(fresh.values()) == {False}, "the starter agents are not your own"

    agent = await olga.post("/agents", json={"name": "Own", "status": "active"})
    assert (await olga.post("/api-keys", json={"name": "key", "scopes": ["agents:read"]})).status == 201
    assert (await olga.post("/invitations", json={"email": "new@example.com", "role": "viewer"})).status == 201
    provider = {"name": "P", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "save_untested": True}
    assert (await olga.post("/model-providers", json=provider)).status == 201
    before_run = await _steps(olga)
    run = {"type": "agent", "target_id": agent.json["id"], "input": {"prompt": "Go."}}
    assert (await olga.post("/runs", json=run)).status == 202

    assert before_run == {**dict.fromkeys(fresh, True), "has_run": False, "dismissed": False}
    assert await _steps(olga) == {**dict.fromkeys(fresh, True), "dismissed": False}


async def test_dismissing_hides_the_steps_from_one_person(cast: Cast) -> None:
    dismissed = await cast.olga.http.request("PUT", "/getting-started", json={"dismissed": True})

    assert (dismissed.status, dismissed.json["dismissed"]) == (200, True)
    assert (await _steps(cast.olga.http))["dismissed"] is True
    assert (await _steps(cast.anna.http))["dismissed"] is False
    again = await cast.olga.http.request("PUT", "/getting-started", json={"dismissed": False})
    assert again.json["dismissed"] is False
    assert (await _steps(cast.otto.http))["dismissed"] is False


async def test_an_api_key_has_no_first_steps(meter: Meter) -> None:
    scene = meter.scene
    key = (await scene.cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["dashboard:read"]})).json["key"]
    client = Client(scene.cast.olga.http.session, scene.cast.olga.http.base_url, headers={"Authorization": f"Bearer {key}"})

    refused = await client.get("/getting-started")

    assert (refused.status, refused.json["code"]) == (403, "permission_denied")
