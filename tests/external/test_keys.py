"""The key of an external agent: shown once, for this agent's own calls alone, replaced and revoked."""

from typing import Any

import pytest

from retinue.api import create_app
from retinue.process import Process
from tests.external.conftest import Outside, external_agent, holding, with_key

_PUBLIC = ("/auth/", "/realtime")
"""What is for anyone: how one signs in, and where clients of the realtime protocol connect."""
_OWN = ("heartbeat", "executions", "metrics", "work/")


async def _issue(outside: Outside) -> Any:
    return (await outside.scene.cast.anna.http.post(f"/agents/{outside.agent}/keys", json={})).json


async def test_a_key_is_shown_once_and_stored_as_a_hash(outside: Outside) -> None:
    issued = await _issue(outside)
    listed = await outside.scene.cast.vera.http.get(f"/agents/{outside.agent}/keys")
    audit = await outside.scene.cast.olga.http.get("/audit-log?limit=5")
    rows = await outside.scene.owner(
        "SELECT row_to_json(k)::text FROM agent_keys k WHERE id = %s", issued["agent_key"]["id"]
    )

    key = issued["key"]
    assert key.startswith(issued["agent_key"]["prefix"] + "_")
    assert issued["agent_key"]["prefix"] in [each["prefix"] for each in listed.json["items"]]
    for text in (listed.text, audit.text, rows[0][0]):
        assert key not in text


async def test_a_replaced_key_is_accepted_for_the_time_that_was_agreed(outside: Outside) -> None:
    issued = await _issue(outside)
    path = f"/agents/{outside.agent}/keys/{issued['agent_key']['id']}/rotate"
    second = (await outside.scene.cast.anna.http.post(path, json={"overlap_seconds": 600})).json
    statuses = [await _beat(outside, key) for key in (issued["key"], second["key"])]
    path = f"/agents/{outside.agent}/keys/{second['agent_key']['id']}/rotate"
    third = (await outside.scene.cast.anna.http.post(path, json={"overlap_seconds": 0})).json
    statuses += [await _beat(outside, key) for key in (second["key"], third["key"])]

    assert statuses == [200, 200, 401, 200]


async def test_a_revoked_key_is_refused(outside: Outside) -> None:
    issued = await _issue(outside)
    before = await _beat(outside, issued["key"])
    path = f"/agents/{outside.agent}/keys/{issued['agent_key']['id']}"
    revoked = await outside.scene.cast.anna.http.delete(path)
    refused = await with_key(outside.scene.cast, issued["key"]).post(f"/agents/{outside.agent}/heartbeat", json={})

    assert (before, revoked.status) == (200, 204)
    assert (refused.status, refused.json["code"]) == (401, "agent_key_refused")


async def test_an_agent_that_becomes_hosted_has_no_key_any_more(outside: Outside) -> None:
    changed = await outside.scene.cast.anna.http.patch(f"/agents/{outside.agent}", json={"runtime": "hosted"})

    assert changed.status == 200
    assert (await outside.post("heartbeat")).status == 401


async def test_viewers_create_no_keys_and_hosted_agents_have_none(outside: Outside) -> None:
    cast = outside.scene.cast
    hosted = await outside.scene.agent("Done.")

    assert (await cast.vera.http.post(f"/agents/{outside.agent}/keys", json={})).status == 403
    assert (await cast.anna.http.post(f"/agents/{hosted}/keys", json={})).json["code"] == "agent_hosted"
    assert (await cast.otto.http.post(f"/agents/{outside.agent}/keys", json={})).status == 404


async def test_an_agent_cannot_act_for_another(outside: Outside) -> None:
    run = await outside.parked()
    work = await outside.claim()
    other = await external_agent(outside.scene.cast, name="Other")
    http = await holding(outside.scene.cast, other)
    lease = {"lease": work["lease"]}
    sent = {
        f"/agents/{outside.agent}/work/{run}/complete": {**lease, "output": "stolen"},
        f"/agents/{outside.agent}/work/{run}/fail": {**lease, "message": "stolen"},
        f"/agents/{outside.agent}/work/{run}/extend": lease,
        f"/agents/{outside.agent}/work/{run}/logs": {"lines": [{"message": "forged"}]},
        f"/agents/{outside.agent}/work/claim": {},
        f"/agents/{outside.agent}/heartbeat": {},
        f"/agents/{outside.agent}/metrics": {"points": [{"metric_type": "cost", "value": 1}]},
        f"/agents/{outside.agent}/executions": {"status": "success"},
    }
    refused = [await http.post(path, json=body) for path, body in sent.items()]
    by_own_path = await http.post(f"/agents/{other}/work/{run}/complete", json={**lease, "output": "stolen"})

    assert {(each.status, each.json["code"]) for each in refused} == {(403, "agent_key_denied")}
    assert (by_own_path.status, by_own_path.json["code"]) == (404, "work_missing")
    assert (await outside.scene.run(run))["status"] == "waiting"


async def test_a_key_of_another_organization_finds_nothing(outside: Outside) -> None:
    cast = outside.scene.cast
    run = await outside.parked()
    work = await outside.claim()
    made = await cast.otto.http.post("/agents", json={"name": "Spy", "runtime": "external", "status": "active"})
    issued = await cast.otto.http.post(f"/agents/{made.json['id']}/keys", json={})
    spy = with_key(cast, issued.json["key"])
    body = {"lease": work["lease"], "output": "stolen"}

    assert (await spy.post(f"/agents/{outside.agent}/work/{run}/complete", json=body)).status == 403
    assert (await spy.post(f"/agents/{made.json['id']}/work/{run}/complete", json=body)).status == 404
    assert (await spy.post(f"/agents/{made.json['id']}/work/claim", json={})).json == {"work": None}
    assert (await cast.otto.http.post(f"/agents/{outside.agent}/work/claim", json={})).status == 404


async def test_an_agents_key_opens_no_other_route(outside: Outside, process: Process) -> None:
    opened: list[str] = []
    document = create_app(process).openapi()
    for path, methods in document["paths"].items():
        plain = path.removeprefix("/api/v1")
        own = plain.removeprefix("/agents/{agent_id}/")
        if (own != plain and own.startswith(_OWN) and own != "heartbeats") or plain.startswith(_PUBLIC):
            continue
        for method in methods:
            if method == "parameters":
                continue
            filled = plain.replace("{agent_id}", outside.agent)
            while "{" in filled:
                head, _, rest = filled.partition("{")
                filled = f"{head}01a20000-0000-7000-8000-000000000000{rest.partition('}')[2]}"
            answer = await outside.http.request(method.upper(), filled)
            if answer.status < 400 or answer.status >= 500:
                opened.append(f"{method} {plain}: {answer.status}")

    assert opened == []


async def _beat(outside: Outside, key: str) -> int:
    return (await with_key(outside.scene.cast, key).post(f"/agents/{outside.agent}/heartbeat", json={})).status


@pytest.mark.parametrize("key", ["rta_", "rta_aaaaaaaa_unknown", "rta_" + "x" * 500])
async def test_an_unknown_key_is_refused(outside: Outside, key: str) -> None:
    assert await _beat(outside, key) == 401
