"""The connection to n8n, its workflows, and links."""

from typing import Any

import pytest

from tests.integrations.n8n.conftest import SECRET, Bridge
from tests.integrations.n8n.stand_in import KEY


async def test_connection_is_saved_and_its_secrets_are_never_returned(idle: Bridge) -> None:
    saved = await idle.connect(webhook_header="X-Retinue", webhook_secret=SECRET)

    read = await idle.scene.cast.vera.http.get("/n8n/connection")
    assert (read.json["base_url"], read.json["webhook_header"], read.json["has_webhook_secret"]) == (
        *(idle.n8n.url, "X-Retinue"),
        True,
    )
    audit = await idle.scene.cast.olga.http.get("/audit-log")
    assert "n8n_connection.saved" in audit.text
    for text in (saved.text, read.text, audit.text):
        assert KEY not in text
        assert SECRET not in text


async def test_connection_test_tells_whether_n8n_accepts_the_key(idle: Bridge) -> None:
    good = await idle.anna.post("/n8n/connection/test", json={})
    assert good.json["is_ok"], good.text

    await idle.connect(api_key="another")
    bad = await idle.anna.post("/n8n/connection/test", json={})
    assert (bad.json["is_ok"], "refuses the API key" in bad.json["message"]) == (False, True)
    assert "Settings → n8n API" in bad.json["remedy"]
    assert "refuses the API key" in (await idle.anna.get("/n8n/connection")).json["last_error"]


async def test_key_stays_while_the_address_does_and_is_demanded_for_another(idle: Bridge) -> None:
    body = {"base_url": idle.n8n.url, "callback_url": "http://other.example.com"}
    assert (await idle.anna.request("PUT", "/n8n/connection", json=body)).status == 200
    assert (await idle.anna.post("/n8n/connection/test", json={})).json["is_ok"]

    moved = await idle.anna.request("PUT", "/n8n/connection", json={"base_url": "http://127.0.0.1:9"})
    assert (moved.status, moved.json["errors"][0]["field"]) == (422, "api_key")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"base_url": "ftp://n8n.example.com"}, "base_url"),
        ({"base_url": "https://n8n.example.com/?a=1"}, "base_url"),
        ({"webhook_header": "X-Retinue"}, "webhook_secret"),
        ({"webhook_secret": "secret"}, "webhook_header"),
        ({"webhook_header": "X Retinue"}, "webhook_header"),
        ({"api_key": "key\nX-Evil: 1"}, "api_key"),
    ],
)
async def test_connection_that_cannot_work_is_refused_by_field(idle: Bridge, fields: Any, field: str) -> None:
    refused = await idle.connect(**fields)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field), refused.text


async def test_workflows_of_n8n_are_listed_in_pages_and_linked(idle: Bridge) -> None:
    for number in range(3):
        idle.n8n.add(f"Orders {number}", is_active=number > 0)
    first = await idle.scene.cast.vera.http.get("/n8n/workflows?limit=2")
    rest = await idle.scene.cast.vera.http.get(f"/n8n/workflows?limit=2&cursor={first.json['next_cursor']}")
    listed = first.json["items"] + rest.json["items"]
    assert [(each["name"], each["is_active"], each["can_start"]) for each in listed] == [
        *(("Orders 0", False, True), ("Orders 1", True, True)),
        ("Orders 2", True, True),
    ]
    assert rest.json["next_cursor"] is None

    workflow = await idle.link(listed[1]["id"])

    shown = (await idle.scene.cast.vera.http.get(f"/workflows/{workflow}")).json
    assert (shown["name"], shown["n8n_workflow_id"], shown["status"]) == ("Orders 1", listed[1]["id"], "active")
    link = (await idle.scene.cast.vera.http.get(f"/n8n/links/{workflow}")).json
    assert [node["name"] for node in link["nodes"]] == ["Webhook", "Edit"]
    assert link["connections"] == [{"source": "Webhook", "target": "Edit"}]
    assert link["url"] == f"{idle.n8n.url}/workflow/{listed[1]['id']}"
    again = await idle.anna.post("/n8n/links", json={"n8n_workflow_id": listed[1]["id"]})
    assert (again.status, again.json["code"]) == (409, "n8n_linked")
    page = await idle.anna.get("/n8n/workflows?name=Orders 1")
    assert [each["workflow_id"] for each in page.json["items"]] == [workflow]


@pytest.mark.parametrize("is_old", [False, True])
async def test_workflow_is_published_and_unpublished_in_n8n(idle: Bridge, *, is_old: bool) -> None:
    idle.n8n.is_old = is_old
    n8n_id, workflow = await idle.linked(is_active=False)

    on = await idle.anna.post(f"/n8n/workflows/{n8n_id}/publish", json={})
    assert (on.json["is_active"], on.json["workflow_id"], idle.n8n.workflows[n8n_id]["active"]) == (True, workflow, True)
    assert (await idle.anna.get(f"/n8n/links/{workflow}")).json["n8n_is_active"]
    off = await idle.anna.post(f"/n8n/workflows/{n8n_id}/unpublish", json={})
    assert (off.json["is_active"], idle.n8n.workflows[n8n_id]["active"]) == (False, False)


async def test_reason_of_n8n_against_publishing_is_shown(idle: Bridge) -> None:
    n8n_id = idle.n8n.add("Orders")
    idle.n8n.conflict = "A review of this workflow is open"

    refused = await idle.anna.post(f"/n8n/workflows/{n8n_id}/publish", json={})

    assert (refused.status, refused.json["code"]) == (409, "n8n_conflict")
    assert "A review of this workflow is open" in refused.json["detail"]


async def test_linked_workflow_keeps_its_definition_and_its_nodes_are_edited_in_n8n(idle: Bridge) -> None:
    n8n_id = idle.n8n.add("Orders")
    own: Any = {
        "format": "retinue.workflow/1",
        "name": "Own",
        "state": {"k": {}},
        "nodes": [{"id": "a", "type": "transform", "set": {"k": "1"}}],
        "edges": [{"from": "START", "to": "a"}, {"from": "a", "to": "END"}],
    }
    made = (await idle.anna.post("/workflows", json={"definition": own})).json["id"]
    await idle.link(n8n_id, workflow_id=made)

    renamed = await idle.anna.patch(f"/workflows/{made}", json={"definition": own | {"name": "Renamed"}})
    assert (renamed.status, renamed.json["name"]) == (200, "Renamed")
    nodes = [{"id": "b", "type": "transform", "set": {"k": "1"}}]
    edges = [{"from": "START", "to": "b"}, {"from": "b", "to": "END"}]
    refused = await idle.anna.patch(f"/workflows/{made}", json={"definition": own | {"nodes": nodes, "edges": edges}})
    assert (refused.status, refused.json["code"]) == (409, "workflow_linked")
    deployed = await idle.anna.post("/deployments", json={"target_type": "workflow", "target_id": made})
    assert (deployed.status, deployed.json["code"]) == (409, "workflow_linked"), deployed.text

    assert (await idle.anna.delete(f"/n8n/links/{made}")).status == 204
    read = (await idle.anna.get(f"/workflows/{made}")).json
    assert (read["n8n_workflow_id"], read["definition"]["nodes"][0]["id"]) == (None, "a")


async def test_linked_workflow_has_no_dry_run_no_pins_and_no_known_cost(idle: Bridge) -> None:
    _, workflow = await idle.linked()

    for field, value in (("dry_run", True), ("pins", {"one": 1})):
        refused = await idle.anna.post(f"/workflows/{workflow}/runs", json={"input": {"n": 21}, field: value})
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, field), refused.text
        assert "n8n carries out" in refused.text
    cost = await idle.anna.get(f"/workflows/{workflow}/cost-preview")

    assert (cost.status, cost.json["code"]) == (409, "workflow_linked")
    assert await idle.runs_of(workflow) == []
    assert idle.n8n.executions == {}


async def test_connection_that_links_use_is_not_deleted(idle: Bridge) -> None:
    _, workflow = await idle.linked()
    refused = await idle.anna.delete("/n8n/connection")
    assert (refused.status, refused.json["code"]) == (409, "n8n_in_use")

    await idle.anna.delete(f"/n8n/links/{workflow}")
    assert (await idle.anna.delete("/n8n/connection")).status == 204
    assert (await idle.anna.get("/n8n/workflows")).json["code"] == "n8n_not_connected"


async def test_viewer_reads_and_changes_nothing(idle: Bridge) -> None:
    n8n_id, workflow = await idle.linked()
    vera = idle.scene.cast.vera.http

    assert (await vera.get("/n8n/links")).json["items"][0]["workflow_id"] == workflow
    for method, path, body in (
        ("PUT", "/n8n/connection", {"base_url": idle.n8n.url}),
        ("POST", "/n8n/connection/test", {}),
        ("POST", f"/n8n/workflows/{n8n_id}/publish", {}),
        ("POST", "/n8n/links", {"n8n_workflow_id": n8n_id}),
        ("DELETE", f"/n8n/links/{workflow}", None),
    ):
        assert (await vera.request(method, path, json=body)).status == 403, (method, path)
