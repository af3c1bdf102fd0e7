"""MCP servers by OAuth, as the MCP specification has it, against server and authorization server of the official SDK."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.cast import Cast, Person
from tests.conftest import Postgres
from tests.connections.conftest import connect, consent, pending_of, settled, start
from tests.connections.mcp_auth_server import Authority, mcp_auth_server
from tests.connections.naming_server import naming_server
from tests.flows.searching import places_of
from tests.tools.conftest import try_tool


@pytest.fixture
async def notes() -> AsyncIterator[Authority]:
    """Serve an MCP server and its authorization server for one test."""
    async with mcp_auth_server() as made:
        yield made


async def _import(person: Person, notes: Authority, **credentials: Any) -> Any:
    body = {
        "url": f"{notes.url}/mcp",
        "credentials": {"type": "oauth", **credentials},
        "create": [{"tool": "whoami", "effect": "read_only"}],
    }
    return await person.http.post("/tools/import-mcp", json=body)


async def test_server_is_discovered_client_registered_and_tools_are_called_under_the_grant(
    cast: Cast, notes: Authority, postgres: Postgres
) -> None:
    before = await _import(cast.anna, notes)
    made = await cast.anna.http.post("/connections/mcp", json={"url": f"{notes.url}/mcp"})
    await connect(cast.anna, made.json["id"])
    imported = await _import(cast.anna, notes)
    tool = imported.json["created"][0]
    called = await try_tool(cast.anna, tool["id"], {})
    secret = [*notes.access, *notes.refresh, *(each.client_secret or "" for each in notes.clients.values())]

    assert (before.status, before.json["code"]) == (409, "connection_needed")
    assert made.json["connect_url"] in before.json["remedy"]
    assert (imported.status, tool["connection_id"]) == (200, made.json["id"]), imported.text
    assert (called["ok"], called["output"]) == (True, {"result": "one"}) or called["output"] == "one", called
    assert notes.resources == [f"{notes.url}/mcp"]
    assert len(notes.clients) == 1
    assert [each.client_name for each in notes.clients.values()] == ["Retinue"]
    assert [each for each in secret if each and places_of(postgres, each)] == []


async def test_refused_token_is_refreshed_within_the_session(cast: Cast, notes: Authority) -> None:
    made = await cast.anna.http.post("/connections/mcp", json={"url": f"{notes.url}/mcp"})
    await connect(cast.anna, made.json["id"])
    tool = (await _import(cast.anna, notes)).json["created"][0]
    notes.access.clear()

    called = await try_tool(cast.anna, tool["id"], {})

    assert called["ok"], called
    assert notes.refreshed == 1


@pytest.mark.usefixtures("worker")
async def test_each_member_calls_the_server_with_an_account_of_their_own(cast: Cast, notes: Authority) -> None:
    made = await cast.anna.http.post("/connections/mcp", json={"url": f"{notes.url}/mcp", "owner": "user"})
    notes.user = "anna"
    await connect(cast.anna, made.json["id"])
    imported = await _import(cast.anna, notes, owner="user")
    assert imported.status == 200, imported.text
    by_anna = await start(cast.anna, "whoami")
    by_adam = await start(cast.adam, "whoami")

    first = await settled(cast.anna, by_anna)
    waiting = await settled(cast.adam, by_adam)
    asked = await pending_of(cast.adam, by_adam)
    notes.user = "adam"
    await connect(cast.adam, made.json["id"])
    second = await settled(cast.adam, by_adam, in_addition="waiting")
    said = [(await cast.anna.http.get(f"/runs/{each}/tool-calls")).text for each in (by_anna, by_adam)]

    assert (first["status"], waiting["status"], second["status"]) == ("completed", "waiting", "completed")
    assert [each["kind"] for each in asked] == ["connect"]
    assert ("anna" in said[0], "adam" in said[0], "adam" in said[1]) == (True, False, True)


async def test_nothing_of_one_authorization_server_is_sent_to_another(cast: Cast) -> None:
    async with naming_server() as server:
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp", "owner": "user"})
        page = f"/connections/{made.json['id']}"
        await connect(cast.anna, made.json["id"])
        told = await consent(cast.adam, made.json["id"])
        server.named = "two"
        again = await cast.olga.http.post(f"{page}/authorize", json={})  # the other one is discovered

        late = await cast.adam.http.post("/connections/callback", json=told)
        credentials = {"type": "oauth", "owner": "user"}
        used = await cast.anna.http.post("/tools/import-mcp", json={"url": f"{server.url}/mcp", "credentials": credentials})
        shown = await cast.anna.http.get(page)

    assert again.json["authorize_url"].startswith(f"{server.url}/two/")
    assert (late.status, late.json["code"]) == (409, "connection_attempt_invalid")
    assert (used.status, used.json["code"]) == (409, "connection_needed")
    assert server.asked == [("one", "authorization_code")]
    assert "another authorization server" in shown.json["last_error"]


@pytest.mark.parametrize("endpoint", ["registration_endpoint", "token_endpoint"])
async def test_no_endpoint_of_an_authorization_server_is_in_the_inner_network(cast: Cast, endpoint: str) -> None:
    async with naming_server() as server:
        server.metadata = {endpoint: "http://169.254.169.254/latest"}
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp"})
        begun = await cast.anna.http.post(f"/connections/{made.json['id']}/authorize", json={})
        told = {} if begun.status != 200 else await consent(cast.anna, made.json["id"])
        ended = await cast.anna.http.post("/connections/callback", json=told) if told else begun

    assert ended.status == (503 if endpoint == "registration_endpoint" else 422), ended.text
    assert "169.254.169.254" in ended.json["detail"]
    assert server.asked == []


@pytest.mark.parametrize(
    "named",
    [
        {"resource": "http://elsewhere.example/mcp", "authorization_servers": ["http://elsewhere.example"]},
        {"authorization_servers": ["http://169.254.169.254"]},
        {"authorization_servers": ["http://localhost:1"]},
    ],
)
async def test_no_url_that_a_server_names_reaches_the_inner_network(cast: Cast, named: dict[str, Any]) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/.well-known/oauth-protected-resource/mcp":
            return web.json_response({"resource": f"http://{request.host}/mcp", **named})
        return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
    made = await cast.anna.http.post("/connections/mcp", json={"url": url})

    refused = await cast.anna.http.post(f"/connections/{made.json['id']}/authorize", json={})
    await runner.cleanup()

    assert (refused.status, refused.json["code"]) == (503, "oauth_failed"), refused.text
    assert asked[:2] == ["/mcp", "/.well-known/oauth-protected-resource/mcp"]
