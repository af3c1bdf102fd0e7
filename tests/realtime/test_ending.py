"""A subscription ends soon after its reader may no longer read, whatever ended the access."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from retinue.realtime import tokens
from tests.cast import PASSWORD
from tests.client import Client, Response
from tests.realtime.conftest import Realtime, table
from tests.realtime.socket import connected, token_of

_ENDS_SECONDS = 15


async def _sign_out_everywhere(realtime: Realtime) -> Response:
    return await realtime.cast.adam.http.post("/auth/sign-out-everywhere")


async def _change_the_password(realtime: Realtime) -> Response:
    body = {"current_password": PASSWORD, "new_password": "another horse, another battery"}
    return await realtime.cast.adam.http.post("/auth/password", json=body)


async def _end_the_session(realtime: Realtime) -> Response:
    adam = realtime.cast.adam.http
    sessions = (await adam.get("/auth/sessions")).json["items"]
    (other,) = [each["id"] for each in sessions if not each["is_current"]]
    return await adam.delete(f"/auth/sessions/{other}")


async def _remove_the_member(realtime: Realtime) -> Response:
    return await realtime.cast.olga.http.delete(f"/members/{realtime.cast.adam.user_id}")


async def _lower_the_role(realtime: Realtime) -> Response:
    return await realtime.cast.olga.http.patch(f"/members/{realtime.cast.adam.user_id}", json={"role": "viewer"})


async def _delete_the_account(realtime: Realtime) -> Response:
    return await realtime.cast.adam.http.post("/users/me/delete", json={"password": PASSWORD})


async def _require_a_second_factor(realtime: Realtime) -> Response:
    olga = realtime.cast.olga
    await olga.http.get("/auth/session")
    await realtime.owner("UPDATE users SET has_two_factor = true WHERE id = %s", olga.user_id)
    return await olga.http.patch("/organizations/current", json={"require_two_factor": True})


_CASES: dict[str, Callable[[Realtime], Awaitable[Response]]] = {
    "signed out everywhere": _sign_out_everywhere,
    "the password changed": _change_the_password,
    "the session ended elsewhere": _end_the_session,
    "the member removed": _remove_the_member,
    "a role without the permission": _lower_the_role,
    "the account deleted": _delete_the_account,
    "a second factor required": _require_a_second_factor,
}


@pytest.mark.parametrize("case", _CASES)
async def test_channel_ends_when_the_access_of_its_reader_ends(realtime: Realtime, case: str) -> None:
    adam = realtime.cast.adam
    await adam.http.get("/auth/session")
    token = await token_of(realtime, adam)
    async with connected(realtime) as socket:
        assert (await socket.join("usage", token, table("api_usage")))[4]["status"] == "ok"

        ended = await _CASES[case](realtime)
        assert ended.status < 300, ended.text
        async with asyncio.timeout(_ENDS_SECONDS):
            closed = await socket.event("phx_close")
        again = await socket.join("usage", token, table("api_usage"))

    assert closed[2] == "realtime:usage"
    told = again[4]["status"] == "error" or "role" in case or "member" in case or "factor" in case
    assert told, again


def _short_token(realtime: Realtime, token: str) -> str:
    """Return a token of the same session that expires in two seconds."""
    box, now = realtime.process.resources.secrets, time.time()
    claims = tokens.read(box, token, now=now)
    assert claims is not None
    return tokens.issue(box, replace(claims, expires_at=int(now) + 2), issuer="x", email="x", now=int(now))


async def test_channel_ends_when_its_token_or_session_expires_and_goes_on_with_a_new_token(realtime: Realtime) -> None:
    adam, olga = realtime.cast.adam, realtime.cast.olga
    token = await token_of(realtime, olga)
    async with connected(realtime) as socket:
        await socket.join("of a session", await token_of(realtime, adam), table("agents"))
        await socket.join("not refreshed", _short_token(realtime, token), table("agents"))
        await socket.join("refreshed", _short_token(realtime, token), table("agents"))
        await socket.send("1", "2", "realtime:refreshed", "access_token", {"access_token": token})
        await realtime.owner("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = %s", adam.user_id)

        async with asyncio.timeout(_ENDS_SECONDS):
            closed = {(await socket.event("phx_close"))[2] for _ in range(2)}
        await realtime.agent(olga)
        told = await socket.event("postgres_changes")

    assert closed == {"realtime:of a session", "realtime:not refreshed"}
    assert told[2] == "realtime:refreshed"


async def test_channels_of_others_go_on(realtime: Realtime) -> None:
    cast = realtime.cast
    async with realtime.client() as client:
        await client.sign_in(cast.vera)
        await client.subscribe("agents", table("agents"))
        other = Client(cast.adam.http.session, cast.adam.http.base_url, email=cast.adam.email, password=PASSWORD)
        assert (await other.post("/auth/sign-out-everywhere")).status == 204
        await realtime.agent(cast.olga)

        changes = await client.wait_changes("agents", 1)

    assert changes[0]["eventType"] == "INSERT"
