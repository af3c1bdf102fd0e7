import pytest

from tests.cast import PASSWORD, Cast
from tests.client import Client


async def _rename(client: Client, **headers: str) -> tuple[int, str | None]:
    response = await client.patch("/users/me", json={"full_name": "Olga"}, headers=headers)
    return response.status, response.json.get("code")


async def test_an_unsafe_request_needs_the_sessions_token(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    forged = Client(cast.olga.http.session, cast.olga.http.base_url, cookies=dict(cast.olga.http.cookies))
    forged.cookies.pop("retinue_csrf")

    assert await _rename(forged) == (403, "csrf_token")
    assert await _rename(forged, **{"X-CSRF-Token": ""}) == (403, "csrf_token")
    assert await _rename(forged, **{"X-CSRF-Token": "0" * 64}) == (403, "csrf_token")
    assert await _rename(forged, **{"X-CSRF-Token": "ä"}) == (403, "csrf_token")


async def test_another_sessions_token_does_not_fit(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    await cast.adam.http.get("/users/me")
    foreign = cast.adam.http.csrf_token or ""

    assert await _rename(cast.olga.http, **{"X-CSRF-Token": foreign}) == (403, "csrf_token")
    planted = Client(
        cast.olga.http.session,
        cast.olga.http.base_url,
        cookies={**cast.olga.http.cookies, "retinue_csrf": "planted"},
        csrf_token="planted",
    )
    assert await _rename(planted) == (403, "csrf_token")


async def test_the_token_is_in_the_cookie_and_in_the_session(cast: Cast) -> None:
    session = (await cast.olga.http.get("/auth/session")).json

    assert session["csrf_token"] == cast.olga.http.cookies["retinue_csrf"]
    assert (await _rename(cast.olga.http, **{"X-CSRF-Token": session["csrf_token"]}))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:1"])
async def test_pages_of_other_origins_are_refused(cast: Cast, origin: str) -> None:
    assert await _rename(cast.olga.http, Origin=origin) == (403, "origin_foreign")
    body = {"email": cast.olga.email, "password": PASSWORD}
    signed_in = await cast.nobody.post("/auth/sign-in", json=body, headers={"Origin": origin})
    assert signed_in.status == 403
    assert cast.nobody.cookies == {}


async def test_our_own_pages_are_let_in(cast: Cast) -> None:
    own = cast.olga.http.base_url

    assert (await _rename(cast.olga.http, Origin=own))[0] == 200
    assert (await _rename(cast.olga.http, Origin="http://127.0.0.1:8600"))[0] == 200


async def test_a_browser_that_sends_no_origin_still_says_cross_site(cast: Cast) -> None:
    assert await _rename(cast.olga.http, **{"Sec-Fetch-Site": "cross-site"}) == (403, "origin_foreign")
    assert (await _rename(cast.olga.http, **{"Sec-Fetch-Site": "same-origin"}))[0] == 200


async def test_reading_needs_no_token(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    reader = Client(cast.olga.http.session, cast.olga.http.base_url)
    reader.cookies["retinue_session"] = cast.olga.http.cookies["retinue_session"]

    assert (await reader.get("/users/me", headers={"Origin": "https://evil.example"})).status == 200


async def test_a_key_needs_no_token_and_no_origin(cast: Cast) -> None:
    body = {"name": "key", "scopes": ["organization:write", "organization:read"]}
    key = (await cast.olga.http.post("/api-keys", json=body)).json["key"]
    client = Client(cast.olga.http.session, cast.olga.http.base_url, headers={"Authorization": f"Bearer {key}"})

    response = await client.patch("/organizations/current", json={"name": "Acme"}, headers={"Origin": "https://app.example"})

    assert response.status == 200
