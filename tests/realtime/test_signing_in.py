"""Signing in with the unmodified client of Supabase: what holds for our sign-in holds there."""

import time

from retinue.identity.two_factor import rules
from tests.cast import PASSWORD
from tests.realtime.conftest import Realtime, table


async def test_person_signs_in_refreshes_and_signs_out(realtime: Realtime) -> None:
    olga = realtime.cast.olga
    async with realtime.client() as client:
        signed = await client.do("signIn", email=olga.email, password=PASSWORD)
        assert (signed["user"], signed["role"], signed["error"]) == (str(olga.user_id), "authenticated", None)
        assert (await client.do("user"))["email"] == olga.email
        before = (await client.do("session"))["session"]
        refreshed = await client.do("refresh")
        assert "error" not in refreshed
        listed = await olga.http.get("/auth/sessions")
        assert len(listed.json["items"]) == 2
        assert (await client.do("signOut", scope="local"))["error"] is None
        assert len((await olga.http.get("/auth/sessions")).json["items"]) == 1
        nobody = realtime.cast.nobody
        headers = {"apikey": realtime.key, "Authorization": f"Bearer {before['access_token']}"}
        async with nobody.session.get(f"{realtime.url}/auth/v1/user", headers=headers) as response:
            assert response.status == 403


async def test_wrong_password_is_refused_and_guessing_is_slowed_down(realtime: Realtime) -> None:
    async with realtime.client() as client:
        answers = [(await client.do("signIn", email=realtime.cast.adam.email, password="wrong"))["error"] for _ in range(7)]

    assert answers[0] == {"code": "invalid_credentials", "status": 400, "message": "Invalid login credentials"}
    assert (answers[-1]["code"], answers[-1]["status"]) == ("over_request_rate_limit", 429)


async def test_disabled_user_is_refused(realtime: Realtime) -> None:
    cast = realtime.cast
    async with realtime.client() as client:
        await client.sign_in(cast.vera)
        async with realtime.process.database.context(cast.vera.actor) as ctx:
            assert ctx.user_id == cast.vera.user_id
        await realtime.owner("UPDATE users SET is_active = false WHERE id = %s", cast.vera.user_id)

        refused = await client.do("signIn", email=cast.vera.email, password=PASSWORD)
        refreshed = await client.do("refresh")

    assert refused["error"]["code"] == "invalid_credentials"
    assert refreshed["error"] == "refresh_token_not_found"


async def test_second_factor_is_needed(realtime: Realtime) -> None:
    anna = realtime.cast.anna
    enrolled = await anna.http.post("/auth/two-factor", json={"password": PASSWORD})
    code = rules.code_at(enrolled.json["secret"], int(time.time() // 30))
    confirmed = await anna.http.post("/auth/two-factor/confirm", json={"code": code})
    assert confirmed.status == 200, confirmed.text
    async with realtime.client() as client:
        asked = await client.do("signIn", email=anna.email, password=PASSWORD)
        wrong = await client.do("signIn", email=anna.email, password=PASSWORD, captchaToken="000000")
        right = await client.do(
            "signIn", email=anna.email, password=PASSWORD, captchaToken=confirmed.json["recovery_codes"][0]
        )

    assert asked["error"]["code"] == "mfa_verification_needed"
    assert wrong["error"]["code"] == "mfa_verification_failed"
    assert right["error"] is None


async def test_key_of_another_installation_is_refused(realtime: Realtime) -> None:
    body = {"email": realtime.cast.olga.email, "password": PASSWORD}
    url = f"{realtime.url}/auth/v1/token?grant_type=password"
    session = realtime.cast.nobody.session
    async with session.post(url, json=body, headers={"apikey": "sb_publishable_of_another"}) as response:
        assert response.status == 401
    async with session.options(url, headers={"Origin": "https://elsewhere.example"}) as response:
        assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (204, "*")


async def test_settings_show_the_url_and_the_key(realtime: Realtime) -> None:
    shown = await realtime.cast.vera.http.get("/realtime")

    assert shown.json["publishable_key"] == realtime.key
    assert "notifications" in shown.json["tables"]


async def test_channel_joined_before_signing_in_becomes_live_by_signing_in(realtime: Realtime) -> None:
    olga = realtime.cast.olga
    async with realtime.client() as client:
        await client.subscribe("early", table("agents"))
        await client.sign_in(olga)
        await client.wait(lambda told: told.get("system", {}).get("status") == "ok")
        await realtime.agent(olga)
        changes = await client.wait_changes("early", 1)

    assert changes[0]["eventType"] == "INSERT"
