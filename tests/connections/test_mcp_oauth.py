"""MCP servers by OAuth, as the MCP specification has it, against server and authorization server of the official SDK."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from retinue.process import Process
from retinue.tools.oauth.rules import is_less_safe
from tests.cast import Cast, Person
from tests.conftest import Postgres
from tests.connections.conftest import connect, consent, pending_of, settled, start
from tests.connections.mcp_auth_server import Authority, mcp_auth_server
from tests.connections.naming_server import naming_server
from tests.flows.searching import places_of
from tests.serving import serve
from tests.tools.conftest import try_tool

_RESOURCE = "/.well-known/oauth-protected-resource/mcp"
_METADATA = "/.well-known/oauth-authorization-server/one"


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


@pytest.mark.parametrize(
    ("named", "promised", "status"),
    [
        ("one", True, 200),
        ("one", False, 200),
        ("two", False, 409),
        ("two", True, 409),
        (None, True, 409),
        (None, False, 200),
    ],
)
async def test_code_of_another_authorization_server_is_not_taken(
    cast: Cast, named: str | None, promised: int, status: int
) -> None:
    async with naming_server() as server:
        server.metadata = {"authorization_response_iss_parameter_supported": bool(promised)}
        server.iss = None if named is None else f"{server.url}/{named}"
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp"})
        told = await consent(cast.anna, made.json["id"])

        finished = await cast.anna.http.post("/connections/callback", json=told)

    assert (finished.status, bool(server.asked)) == (status, status == 200), finished.text
    assert status == 200 or finished.json["code"] == "consent_refused"


async def test_challenge_that_names_metadata_in_the_inner_network_is_not_followed(cast: Cast) -> None:
    async with naming_server() as server:
        server.challenge = f'Bearer resource_metadata="{server.inner_url}{_RESOURCE}"'
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp"})

        refused = await cast.anna.http.post(f"/connections/{made.json['id']}/authorize", json={})

    assert (refused.status, refused.json["code"]) == (503, "oauth_failed"), refused.text
    assert "127.0.0.2" in refused.json["detail"]
    assert server.inner_paths == []


@pytest.mark.parametrize("path", [_RESOURCE, _METADATA, "/one/register"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (302, b""),
        (200, b" " * 300_000 + b"{}"),
        (200, b'{"a":' * 50_000),
        (200, b"[" * 100_000 + b"]" * 100_000),
        (200, b'{"issuer": 1e999, "authorization_servers": 7, "client_id": []}'),
        (500, b"no"),
    ],
)
async def test_document_that_is_huge_deep_or_a_loop_ends_the_attempt_at_once(
    cast: Cast, path: str, status: int, body: bytes
) -> None:
    async with naming_server() as server:
        location = {"Location": path} if status == 302 else {}
        server.answers[path] = web.Response(
            status=status, body=body, headers={"Content-Type": "application/json", **location}
        )
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp"})

        refused = await cast.anna.http.post(f"/connections/{made.json['id']}/authorize", json={})

    assert (refused.status, refused.json["code"]) == (503, "oauth_failed"), refused.text
    assert len(server.paths) < 12
    assert len(refused.text) < 2_000


async def test_scopes_without_end_are_cut(cast: Cast) -> None:
    async with naming_server() as server:
        server.metadata = {"scopes_supported": [f"s{number}" for number in range(5_000)]}
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp"})

        begun = await cast.anna.http.post(f"/connections/{made.json['id']}/authorize", json={})
        shown = await cast.anna.http.get(f"/connections/{made.json['id']}")

    assert (begun.status, len(shown.json["scopes"])) == (200, 100), begun.text
    assert len(begun.json["authorize_url"]) < 4_000


async def test_client_is_registered_once_for_as_long_as_the_callback_has_the_same_url(
    cast: Cast, environ: dict[str, str]
) -> None:
    async with naming_server() as server:
        made = await cast.anna.http.post("/connections/mcp", json={"url": f"{server.url}/mcp"})
        page = f"/connections/{made.json['id']}/authorize"
        for _ in range(2):
            assert (await cast.anna.http.post(page, json={})).status == 200
        before = len(server.registered)
        moved = Process({**environ, "RETINUE_PUBLIC_URL": "http://retinue.example:8000"})
        await moved.start()
        async with serve(moved) as client:
            anna = replace(cast.anna.http, session=client.session, base_url=client.base_url)
            begun = await anna.post(page, json={})
        await moved.stop()

    assert begun.status == 200, begun.text
    assert (before, len(server.registered)) == (1, 2)
    assert "retinue.example" in begun.json["authorize_url"]


@pytest.mark.parametrize(
    ("named", "by", "is_less"),
    [
        ("http://as.example/token", "https://mcp.example/mcp", 1),
        ("https://as.example/token", "https://mcp.example/mcp", 0),
        ("https://as.example/token", "http://127.0.0.1/mcp", 0),
        ("http://127.0.0.1/token", "http://127.0.0.1/mcp", 0),
    ],
)
def test_server_with_tls_names_no_endpoint_without(named: str, by: str, is_less: int) -> None:
    assert is_less_safe(named, by) == bool(is_less)
