import asyncio
import time
from unittest.mock import patch

import bcrypt
import pytest

from retinue.core.http import limits
from retinue.process import Process
from tests.cast import PASSWORD, Cast
from tests.client import Client, Response
from tests.identity.conftest import Installation
from tests.together import together


async def _try(client: Client, email: str, password: str) -> Response:
    return await client.post("/auth/sign-in", json={"email": email, "password": password})


async def test_a_person_signs_in_and_sees_their_account(cast: Cast) -> None:
    response = await _try(cast.nobody, cast.olga.email.upper(), PASSWORD)

    assert response.status == 200
    assert response.json["user"]["id"] == str(cast.olga.user_id)
    assert response.json["organization_id"] == str(cast.acme)
    assert response.json["role"] == "owner"
    assert "organization:delete" in response.json["permissions"]
    assert [each["id"] for each in response.json["organizations"]] == [str(cast.acme)]
    assert response.json["instance"]["is_claimed"] is True
    again = await cast.nobody.get("/auth/session")
    assert again.json == response.json


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(cast: Cast) -> None:
    response = await _try(cast.nobody, cast.olga.email, PASSWORD)

    cookies = {line.partition("=")[0]: line for line in response.headers.getall("Set-Cookie")}
    assert "HttpOnly" in cookies["retinue_session"]
    assert "SameSite=lax" in cookies["retinue_session"]
    assert "Secure" not in cookies["retinue_session"]
    assert "HttpOnly" not in cookies["retinue_csrf"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_under_https_the_cookies_are_secure(process: Process, cast: Cast) -> None:
    core = process.resources.core
    process.resources.core = core.model_copy(update={"public_url": "https://retinue.example.com"})
    try:
        response = await _try(cast.nobody, cast.olga.email, PASSWORD)
    finally:
        process.resources.core = core

    assert all("Secure" in line for line in response.headers.getall("Set-Cookie"))


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD.upper(), f"{PASSWORD} "])
async def test_a_wrong_password_is_refused(cast: Cast, password: str) -> None:
    response = await _try(cast.nobody, cast.olga.email, password)

    assert response.status == (401 if password else 422)
    assert "Set-Cookie" not in response.headers
    assert (await cast.nobody.get("/auth/session")).status == 401


async def test_an_unknown_address_is_refused_with_the_same_words(cast: Cast) -> None:
    wrong = await _try(cast.nobody, cast.olga.email, "wrong password")
    unknown = await _try(cast.nobody, f"unknown.{cast.marker}@example.com", "wrong password")

    assert wrong.status == unknown.status == 401
    assert {**wrong.json, "request_id": ""} == {**unknown.json, "request_id": ""}


async def test_a_refusal_takes_its_least_time_whatever_its_reason(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    settings = installation.process.resources.settings
    from retinue.identity.sessions.settings import SessionSettings  # noqa: PLC0415 - named where it is replaced

    settings[SessionSettings] = SessionSettings(sign_in_failure_ms=150)
    spent: list[float] = []
    for email in ("olga@example.com", "unknown@example.com"):
        began = time.monotonic()
        assert (await _try(installation.client(), email, "wrong password")).status == 401
        spent.append(time.monotonic() - began)

    assert min(spent) >= 0.15


async def test_a_bcrypt_hash_from_elsewhere_verifies_and_is_upgraded(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    for prefix in (b"2a", b"2b"):
        old = bcrypt.hashpw(b"from the old world", bcrypt.gensalt(4, prefix=prefix)).decode()
        installation.owner.execute("UPDATE users SET password_hash = %s", (old,))

        assert (await _try(installation.client(), "olga@example.com", "from the older world")).status == 401
        assert (await _try(installation.client(), "olga@example.com", "from the old world")).status == 200

        row = installation.owner.execute("SELECT password_hash FROM users").fetchone()
        assert row is not None
        assert row[0].startswith("$argon2id$")
        assert (await _try(installation.client(), "olga@example.com", "from the old world")).status == 200


async def test_a_bcrypt_hash_of_php_verifies(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    old = bcrypt.hashpw(b"from the old world", bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")
    installation.owner.execute("UPDATE users SET password_hash = %s", (old,))

    assert (await _try(installation.client(), "olga@example.com", "from the old world")).status == 200


async def test_a_cheaper_hash_is_renewed_at_sign_in(installation: Installation) -> None:
    from retinue.identity.users.settings import UserSettings  # noqa: PLC0415 - named where it is replaced

    await installation.claim(installation.issue_claim())
    settings = installation.process.resources.settings
    settings[UserSettings] = UserSettings(password_memory_kib=64, password_iterations=2)

    assert (await _try(installation.client(), "olga@example.com", PASSWORD)).status == 200

    row = installation.owner.execute("SELECT password_hash FROM users").fetchone()
    assert row is not None
    assert "m=64,t=2" in row[0]


async def test_a_malformed_hash_fits_nothing(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    for broken in ("", "plain", "$argon2id$broken", "$2b$broken"):
        installation.owner.execute("UPDATE users SET password_hash = %s", (broken,))

        assert (await _try(installation.client(), "olga@example.com", "plain")).status == 401


async def test_passwords_are_checked_off_the_event_loop(cast: Cast) -> None:
    longest = 0.0

    def slow(*_args: object) -> bool:
        time.sleep(0.3)
        return False

    async def beat() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

    with patch("retinue.identity.users.rules.verify", slow):
        beating = asyncio.create_task(beat())
        await _try(cast.nobody, cast.olga.email, "wrong password")
        beating.cancel()

    assert longest < 0.25


async def test_after_several_failures_the_next_attempt_must_wait(cast: Cast) -> None:
    statuses = [(await _try(cast.nobody, cast.vera.email, "wrong password")).status for _ in range(7)]

    assert statuses[:5] == [401] * 5
    assert 429 in statuses[5:]
    limited = await _try(cast.nobody, cast.vera.email, PASSWORD)
    assert limited.status == 429
    assert limited.json["code"] == "sign_in_limited"
    assert 1 <= int(limited.headers["Retry-After"]) <= 4
    assert (await _try(cast.nobody, cast.anna.email, PASSWORD)).status == 200


async def test_attempts_made_at_once_do_not_slip_past_the_limit(cast: Cast) -> None:
    responses = await together(20, lambda _: _try(cast.nobody, cast.vera.email, "wrong password"))

    assert sum(response.status == 401 for response in responses) <= 6
    assert all(response.status in {401, 429} for response in responses)


async def test_a_right_password_resets_the_wrong_ones(cast: Cast) -> None:
    for _ in range(2):
        for _ in range(3):
            await _try(cast.nobody, cast.vera.email, "wrong password")
        assert (await _try(Client(cast.nobody.session, cast.nobody.base_url), cast.vera.email, PASSWORD)).status == 200


def test_the_wait_grows_to_a_quarter_of_an_hour() -> None:
    waits = [limits.wait_seconds(attempts, 5) for attempts in range(40)]

    assert waits[:5] == [0] * 5
    assert waits[5:9] == [1, 2, 4, 8]
    assert waits == sorted(waits)
    assert max(waits) == 900


@pytest.mark.parametrize(
    ("ip", "origin"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ff", "2001:db8:1:2::/64"),
        (None, "unknown"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(ip: str | None, origin: str) -> None:
    assert limits.origin_of(ip) == origin


async def test_who_is_disabled_cannot_sign_in(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    installation.owner.execute("UPDATE users SET is_active = false")

    assert (await _try(installation.client(), "olga@example.com", PASSWORD)).status == 401
    assert (await installation.http.get("/auth/session")).status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a@example.com"}, "password"),
        ({"email": "a@example.com", "password": "x", "remember": True}, "remember"),
        ({"email": 7, "password": "x"}, "email"),
        ({"email": "a@example.com", "password": "x" * 1001}, "password"),
    ],
)
async def test_a_malformed_request_names_its_field(server: Client, body: object, field: str) -> None:
    response = await Client(server.session, server.base_url).post("/auth/sign-in", json=body)

    assert response.status == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json["errors"][0]["field"] == field
