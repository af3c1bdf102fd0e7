"""Tools under OAuth 2, against a real authorization server: runs wait for a person to connect, tokens are refreshed once."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.connections.conftest import connect, consent, make_mail, pending_of, settled, start
from tests.connections.oauth_server import SECRET, AuthServer, forged
from tests.flows.searching import places_of
from tests.together import together
from tests.tools.conftest import try_tool


async def test_client_credentials_are_exchanged_once_and_again_when_the_token_is_refused(
    cast: Cast, authority: AuthServer, postgres: Postgres
) -> None:
    tool = await make_mail(cast.anna, authority, credentials=authority.client_credentials())

    answers = [await try_tool(cast.anna, tool["id"], {}) for _ in range(3)]
    authority.access.clear()
    after = await try_tool(cast.anna, tool["id"], {})

    assert [each["ok"] for each in [*answers, after]] == [True] * 4, (answers, after)
    assert answers[0]["output"]["echo"] == "Bearer [secret]"
    assert authority.asked == {"client_credentials": 2}
    assert [each for each in [*authority.issued, SECRET] if places_of(postgres, each)] == []


@pytest.mark.usefixtures("worker")
async def test_run_waits_until_a_person_connects_and_then_goes_on(
    cast: Cast, authority: AuthServer, postgres: Postgres
) -> None:
    tool = await make_mail(cast.anna, authority)
    run_id = await start(cast.anna, "mail")
    waiting = await settled(cast.anna, run_id)
    asked = (await pending_of(cast.anna, run_id))[0]
    by_hand = await cast.anna.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "approve"})

    granted = await connect(cast.anna, asked["arguments"]["connection_id"], return_to=f"/runs/{run_id}")
    ended = await settled(cast.anna, run_id, in_addition="waiting")
    calls = (await cast.anna.http.get(f"/runs/{run_id}/tool-calls")).json["items"]

    assert (waiting["status"], asked["kind"], asked["tool_name"]) == ("waiting", "connect", "mail")
    assert asked["arguments"]["connection_id"] == tool["connection_id"]
    assert by_hand.status == 422
    assert granted["return_to"] == f"/runs/{run_id}"
    assert (granted["connection"]["status"], granted["connection"]["tools"][0]["name"]) == ("connected", "mail")
    assert ended["status"] == "completed", ended
    assert [each["state"] for each in calls] == ["succeeded"]
    assert authority.bodies[0]["code_verifier"]
    assert [each for each in [*authority.issued, *authority.refresh, SECRET] if places_of(postgres, each)] == []


@pytest.mark.usefixtures("worker")
async def test_person_who_does_not_connect_is_told_to_the_model(cast: Cast, authority: AuthServer) -> None:
    await make_mail(cast.anna, authority)
    run_id = await start(cast.anna, "mail")
    await settled(cast.anna, run_id)
    asked = (await pending_of(cast.anna, run_id))[0]

    decided = await cast.anna.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "reject", "comment": "No."})
    ended = await settled(cast.anna, run_id, in_addition="waiting")
    calls = (await cast.anna.http.get(f"/runs/{run_id}/steps")).text

    assert (decided.status, ended["status"], authority.called) == (200, "completed", [])
    assert "did not connect the service" in calls


@pytest.mark.usefixtures("worker")
async def test_connections_of_members_are_used_in_their_own_runs_alone(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority, credentials=authority.credentials(owner="user"))
    authority.user = "anna"
    await connect(cast.anna, tool["connection_id"])
    by_anna = await settled(cast.anna, await start(cast.anna, "mail"))

    second = await start(cast.adam, "mail", limits={})
    waiting = await settled(cast.adam, second)
    asked = (await pending_of(cast.adam, second))[0]
    of_others = await cast.anna.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "reject"})
    authority.user = "adam"
    await connect(cast.adam, tool["connection_id"])
    by_adam = await settled(cast.adam, second, in_addition="waiting")

    assert (by_anna["status"], waiting["status"], by_adam["status"]) == ("completed", "waiting", "completed")
    assert [each["full_name"] for each in asked["assignees"]] == [f"Adam {cast.marker}"]
    assert of_others.status == 403
    assert [each["user"] for each in authority.called] == ["anna", "adam"]


async def test_tokens_are_refreshed_once_for_many_calls_at_once_and_rotated(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    authority.expires_in = 10  # within the margin: each use refreshes first
    await connect(cast.anna, tool["connection_id"])
    authority.expires_in = 3600
    authority.held = asyncio.Event()

    async def call(_: int) -> dict[str, Any]:
        return await try_tool(cast.anna, tool["id"], {})

    calling = asyncio.create_task(together(10, call))
    async with asyncio.timeout(20):
        while not authority.asked["refresh_token"]:
            await asyncio.sleep(0.02)
    authority.held.set()
    answers = await calling

    assert [each["ok"] for each in answers] == [True] * 10
    assert authority.asked["refresh_token"] == 1
    assert len(authority.refresh) == 1  # the first one was rotated away, and the new one is kept


@pytest.mark.usefixtures("worker")
async def test_revoked_grant_asks_again_and_the_run_goes_on_when_it_is_given(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    await connect(cast.anna, tool["connection_id"])
    first = await settled(cast.anna, await start(cast.anna, "mail"))
    authority.end_all()

    second = await start(cast.anna, "mail")
    waiting = await settled(cast.anna, second)
    shown = (await cast.anna.http.get(f"/connections/{tool['connection_id']}")).json
    await connect(cast.anna, tool["connection_id"])
    ended = await settled(cast.anna, second, in_addition="waiting")

    assert (first["status"], waiting["status"], ended["status"]) == ("completed", "waiting", "completed")
    assert shown["status"] == "revoked"
    assert "invalid_grant" in shown["last_error"]


async def test_answer_counts_once_in_the_session_that_asked_and_within_its_time(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    told = await consent(cast.anna, tool["connection_id"])
    key = (
        await cast.olga.http.post("/api-keys", json={"name": "k", "scopes": ["connections:read", "connections:write"]})
    ).json
    by_key = {"Authorization": f"Bearer {key['key']}"}

    of_another = await cast.adam.http.post("/connections/callback", json=told)
    forged_state = await cast.anna.http.post("/connections/callback", json={**told, "state": forged()})
    elsewhere = await cast.otto.http.post("/connections/callback", json=told)
    first = await cast.anna.http.post("/connections/callback", json=told)
    second = await cast.anna.http.post("/connections/callback", json=told)
    without_session = await cast.nobody.post(f"/connections/{tool['connection_id']}/authorize", json={}, headers=by_key)

    assert [each.status for each in (of_another, forged_state, elsewhere, first, second)] == [409, 409, 409, 200, 409]
    assert without_session.status in {401, 403}
    assert second.json["code"] == "connection_attempt_invalid"


async def test_attempt_that_began_before_an_upgrade_is_refused(cast: Cast, process: Process, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    told = await consent(cast.anna, tool["connection_id"])
    box = process.resources.secrets
    of_before = box.seal(json.dumps(json.loads(box.open(told["state"].encode()))[:-1])).decode()

    refused = await cast.anna.http.post("/connections/callback", json={**told, "state": of_before})

    assert (refused.status, refused.json["code"]) == (409, "connection_attempt_invalid"), refused.text


@pytest.mark.parametrize(
    "page", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\n//b", "/x//evil"]
)
async def test_nobody_is_sent_elsewhere_after_connecting(cast: Cast, authority: AuthServer, page: str) -> None:
    tool = await make_mail(cast.anna, authority)
    refused = await cast.anna.http.post(f"/connections/{tool['connection_id']}/authorize", json={"return_to": page})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "return_to")


async def test_refusal_of_the_server_is_told_and_nothing_is_granted(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    told = await consent(cast.anna, tool["connection_id"])
    body = {"state": told["state"], "error": "access_denied", "error_description": "Not today"}

    refused = await cast.anna.http.post("/connections/callback", json=body)
    shown = (await cast.anna.http.get(f"/connections/{tool['connection_id']}")).json

    assert (refused.status, refused.json["code"], shown["status"]) == (409, "consent_refused", "missing")
    assert "Not today" in refused.json["detail"]


async def test_tools_with_the_same_settings_share_a_connection_to_the_same_host(cast: Cast, authority: AuthServer) -> None:
    first = await make_mail(cast.anna, authority)
    same = await make_mail(cast.anna, authority, name="other")
    moved = await make_mail(cast.anna, authority, name="moved", configuration={"url": "https://elsewhere.example/mail"})
    other = await make_mail(cast.anna, authority, name="narrow", credentials=authority.credentials(scopes=["mail.read"]))

    assert first["connection_id"] == same["connection_id"]
    assert len({first["connection_id"], moved["connection_id"], other["connection_id"]}) == 3


async def test_disconnecting_revokes_at_the_server_and_deleting_the_last_tool_forgets(
    cast: Cast, authority: AuthServer
) -> None:
    tool = await make_mail(cast.anna, authority)
    await connect(cast.anna, tool["connection_id"])
    refresh = next(iter(authority.refresh))
    by_viewer = await cast.vera.http.delete(f"/connections/{tool['connection_id']}/grant")
    in_use = await cast.anna.http.delete(f"/connections/{tool['connection_id']}")

    gone = await cast.anna.http.delete(f"/connections/{tool['connection_id']}/grant")
    called = await try_tool(cast.anna, tool["id"], {})
    await cast.anna.http.delete(f"/tools/{tool['id']}")
    forgotten = await cast.anna.http.get(f"/connections/{tool['connection_id']}")

    assert (by_viewer.status, in_use.status, gone.status, forgotten.status) == (403, 409, 204, 404)
    assert authority.revoked == [refresh]
    assert not called["ok"]
    assert "not connected" in called["error"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"token_url": "ftp://127.0.0.1/token"}, "credentials.oauth2.token_url"),
        ({"token_url": "http://a:b@127.0.0.1/token"}, "credentials.oauth2.token_url"),
        ({"authorize_url": "javascript:alert(1)"}, "credentials.oauth2.authorize_url"),
        ({"authorize_url": None}, "credentials.oauth2"),
        ({"grant": "password"}, "credentials.oauth2.grant"),
        ({"scopes": ["a b"]}, "credentials.oauth2.scopes.0"),
        ({"grant": "client_credentials", "owner": "user"}, "credentials.oauth2"),
        ({"auth_method": "post", "client_secret": None}, "credentials.oauth2"),
    ],
)
async def test_wrong_credentials_are_refused_by_field(
    cast: Cast, authority: AuthServer, change: dict[str, Any], field: str
) -> None:
    body = {
        "name": "mail",
        "tool_type": "api",
        "configuration": {"url": f"{authority.url}/api/mail"},
        "credentials": authority.credentials(**change),
    }
    refused = await cast.anna.http.post("/tools", json=body)

    assert refused.status == 422, refused.text
    assert refused.json["errors"][0]["field"] == field
    assert SECRET not in refused.text
    assert (await cast.anna.http.get("/connections")).json["items"] == []


async def test_no_token_url_reaches_the_inner_network(cast: Cast, authority: AuthServer) -> None:
    inner = await make_mail(
        cast.anna, authority, credentials=authority.client_credentials(token_url="http://169.254.169.254/latest/token")
    )
    redirected = await make_mail(cast.anna, authority, name="redirected", credentials=authority.client_credentials())
    authority.location = "http://169.254.169.254/latest/token"

    answers = [await try_tool(cast.anna, each["id"], {}) for each in (inner, redirected)]

    assert [each["ok"] for each in answers] == [False, False]
    assert "169.254.169.254" in answers[0]["error"]
    assert "307" in answers[1]["error"]
    assert not authority.called


async def test_no_revocation_url_reaches_the_inner_network(cast: Cast, authority: AuthServer) -> None:
    inside = authority.credentials(revoke_url=f"{authority.inner_url}/revoke")
    inner = await make_mail(cast.anna, authority, credentials=inside)
    redirected = await make_mail(cast.anna, authority, name="redirected")
    for each in (inner, redirected):
        await connect(cast.anna, each["connection_id"])

    first = await cast.anna.http.delete(f"/connections/{inner['connection_id']}/grant")
    authority.location = f"{authority.url}/token"
    second = await cast.anna.http.delete(f"/connections/{redirected['connection_id']}/grant")

    assert (first.status, second.status, authority.revoked) == (204, 204, [])
    assert authority.asked == {"authorization_code": 2, "revoke": 1}


async def test_token_that_expires_at_once_is_used_without_asking_again_and_again(cast: Cast, authority: AuthServer) -> None:
    authority.expires_in = 5
    tool = await make_mail(cast.anna, authority)
    itself = await make_mail(cast.anna, authority, name="itself", credentials=authority.client_credentials())
    await connect(cast.anna, tool["connection_id"])

    answers = [await try_tool(cast.anna, each["id"], {}) for each in (tool, itself)]

    assert [each["ok"] for each in answers] == [True, True], answers
    assert authority.asked == {"authorization_code": 1, "refresh_token": 1, "client_credentials": 1}


async def test_late_answer_grants_nothing(cast: Cast, authority: AuthServer, postgres: Postgres) -> None:
    tool = await make_mail(cast.anna, authority)
    page = f"/connections/{tool['connection_id']}"
    began = datetime.now(UTC)
    attempt = await cast.anna.http.post(f"{page}/authorize", json={})
    life = datetime.fromisoformat(attempt.json["expires_at"]) - began
    told = await consent(cast.anna, tool["connection_id"])
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE connection_attempts SET expires_at = expires_at - interval '10 min' WHERE connection_id = %s",
            (tool["connection_id"],),
        )

    late = await cast.anna.http.post("/connections/callback", json=told)
    shown = await cast.anna.http.get(page)

    assert timedelta(minutes=9, seconds=59) < life < timedelta(minutes=11)
    assert (late.status, late.json["code"]) == (409, "connection_attempt_invalid")
    assert (shown.json["status"], authority.asked) == ("missing", {})


async def test_no_one_of_another_organization_reaches_a_connection(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    page = f"/connections/{tool['connection_id']}"
    otto = cast.otto.http

    answers = [
        await otto.get(page),
        await otto.post(f"{page}/authorize", json={}),
        await otto.delete(f"{page}/grant"),
        await otto.delete(page),
    ]

    assert [each.status for each in answers] == [404] * 4


async def test_scopes_that_are_none_are_left_out(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    authority.more = {"scope": f"mail.read mail\x00send {'x' * 5000} é"}

    granted = await connect(cast.anna, tool["connection_id"])

    assert granted["connection"]["status"] == "connected"


async def test_connection_without_a_secret_takes_none_from_another(cast: Cast, authority: AuthServer) -> None:
    body = {"url": f"{authority.url}/mcp", "client_id": "known"}
    with_secret = await cast.anna.http.post("/connections/mcp", json={**body, "client_secret": SECRET})
    without = await cast.anna.http.post("/connections/mcp", json=body)

    assert (with_secret.status, without.status) == (201, 201)
    assert with_secret.json["id"] != without.json["id"]


async def test_refusal_of_the_token_endpoint_tells_no_secret(cast: Cast, authority: AuthServer) -> None:
    wrong = f"{SECRET}-of-another"
    tool = await make_mail(cast.anna, authority, credentials=authority.client_credentials(client_secret=wrong))

    called = await try_tool(cast.anna, tool["id"], {})

    assert not called["ok"]
    assert "invalid_client" in called["error"]
    assert wrong not in str(called)


@pytest.mark.usefixtures("worker")
async def test_no_door_and_no_log_tells_a_token_or_the_secret(
    cast: Cast, authority: AuthServer, capfd: pytest.CaptureFixture[str]
) -> None:
    tool = await make_mail(cast.anna, authority)
    told = await consent(cast.anna, tool["connection_id"])
    granted = await cast.anna.http.post("/connections/callback", json=told)
    run = await settled(cast.anna, await start(cast.anna, "mail"))
    authority.end_all()
    await settled(cast.anna, await start(cast.anna, "mail"))
    code, verifier = authority.bodies[0]["code"], authority.bodies[0]["code_verifier"]
    doors = [
        "/connections",
        f"/connections/{tool['connection_id']}",
        "/tools",
        f"/tools/{tool['id']}",
        "/audit-log",
        "/export",
    ]
    doors += [f"/tools/{tool['id']}/{each}" for each in ("versions", "versions/1", "calls", "used-by")]
    doors += [f"/runs/{run['id']}{each}" for each in ("", "/steps", "/events", "/logs", "/tool-calls", "/overview")]
    answers = [await cast.olga.http.get(each) for each in doors]
    said = "".join(each.text for each in [granted, *answers]) + "".join(capfd.readouterr())

    assert [each.status for each in answers] == [200] * len(doors)
    assert run["status"] == "completed"
    secrets = [
        SECRET,
        code,
        verifier,
        told["state"],
        *authority.issued,
        *(each.get("refresh_token") for each in authority.bodies),
    ]
    assert [each for each in secrets if each and each in said] == []


async def test_authorization_server_sends_nobody_to_a_host_that_a_request_names(cast: Cast, authority: AuthServer) -> None:
    tool = await make_mail(cast.anna, authority)
    page = f"/connections/{tool['connection_id']}/authorize"
    forged_hosts = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}

    plain = await cast.anna.http.post(page, json={})
    odd = await cast.anna.http.post(page, json={}, headers=forged_hosts)

    urls: list[str] = [each.json["authorize_url"] for each in (plain, odd)]
    asked = [dict(parse_qsl(urlsplit(each).query)) for each in urls]
    assert asked[0]["redirect_uri"] == asked[1]["redirect_uri"]
    assert asked[0]["redirect_uri"].endswith("/connect/callback")
    assert "evil" not in odd.json["authorize_url"]
    assert asked[0]["state"] != asked[1]["state"]
