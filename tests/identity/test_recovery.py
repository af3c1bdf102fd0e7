"""Password reset links: who may create one, that it works once, and what it ends."""

import psycopg
import pytest

from tests.cast import PASSWORD, Cast, Person
from tests.client import Client, Response
from tests.conftest import Postgres
from tests.identity.conftest import Installation
from tests.together import together

NEW = "twelve grey geese at noon"


async def _link(person: Person, of: Person) -> str:
    made = await person.http.post(f"/users/{of.user_id}/password-reset")
    assert made.status == 201, made.text
    return str(made.json["url"]).partition("/reset-password?token=")[2]


async def _use(client: Client, token: str, password: str = NEW) -> Response:
    return await client.post("/auth/password-reset", json={"token": token, "new_password": password})


async def _sign_in(client: Client, person: Person, password: str) -> Response:
    other = Client(client.session, client.base_url)
    return await other.post("/auth/sign-in", json={"email": person.email, "password": password})


async def test_link_sets_a_new_password_and_ends_every_session(cast: Cast) -> None:
    await cast.vera.http.get("/members")
    token = await _link(cast.adam, cast.vera)
    state = await cast.nobody.get(f"/auth/password-reset?token={token}")

    used = await _use(cast.nobody, token)

    assert (state.json, used.status) == ({"valid": True, "email": cast.vera.email}, 204)
    assert (await cast.vera.http.get("/members")).status == 401
    assert (await _sign_in(cast.nobody, cast.vera, PASSWORD)).status == 401
    assert (await _sign_in(cast.nobody, cast.vera, NEW)).status == 200
    actions = [each["action"] for each in (await cast.olga.http.get("/audit-log")).json["items"]]
    assert {"user.password_reset_created", "user.password_reset"} <= set(actions)


async def test_link_works_once_even_for_requests_at_once(cast: Cast) -> None:
    token = await _link(cast.olga, cast.vera)
    clients = [Client(cast.nobody.session, cast.nobody.base_url) for _ in range(4)]

    used = await together(4, lambda number: _use(clients[number], token, f"{NEW} {number}"))

    assert sorted(each.status for each in used) == [204, 422, 422, 422]
    winner = next(number for number, each in enumerate(used) if each.status == 204)
    assert (await _sign_in(cast.nobody, cast.vera, f"{NEW} {winner}")).status == 200
    assert (await cast.nobody.get(f"/auth/password-reset?token={token}")).json == {"valid": False, "email": None}


async def test_newer_link_ends_the_older_one(cast: Cast) -> None:
    first, second = await _link(cast.olga, cast.vera), await _link(cast.adam, cast.vera)

    refused = await _use(cast.nobody, first)

    assert (refused.status, refused.json["code"]) == (422, "password_reset_invalid")
    assert (await _use(cast.nobody, second)).status == 204


async def test_link_expires(installation: Installation) -> None:
    claimed = (await installation.claim(installation.issue_claim())).json
    made = await installation.http.post(f"/users/{claimed['user']['id']}/password-reset")
    token = made.json["url"].partition("token=")[2]
    row = installation.owner.execute("SELECT r::text FROM password_resets r").fetchone()

    installation.clock.move(hours=24)

    assert row is not None
    assert token not in row[0]
    assert (await _use(installation.client(), token)).status == 422
    assert (await installation.client().get(f"/auth/password-reset?token={token}")).json["valid"] is False


async def test_weak_password_is_refused_and_leaves_the_link_valid(cast: Cast) -> None:
    token = await _link(cast.olga, cast.vera)

    for weak in ("short", "password123", f"{cast.vera.email} 12"):
        refused = await _use(cast.nobody, token, weak)
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, "new_password"), refused.text
    assert (await _use(cast.nobody, token)).status == 204


async def test_guesses_at_links_are_limited(installation: Installation) -> None:
    client = installation.client()
    statuses = [(await client.get(f"/auth/password-reset?token=guess{number}")).status for number in range(8)]

    assert statuses[:4] == [200] * 4
    assert 429 in statuses


async def test_links_in_a_row_are_limited(installation: Installation) -> None:
    claimed = (await installation.claim(installation.issue_claim())).json
    path = f"/users/{claimed['user']['id']}/password-reset"

    statuses = [(await installation.http.post(path)).status for _ in range(8)]

    assert statuses[:4] == [201] * 4
    assert 429 in statuses


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        ("olga", "adam", 201),
        ("olga", "vera", 201),
        ("adam", "anna", 201),
        ("adam", "olga", 403),
        ("anna", "vera", 403),
        ("vera", "vera", 403),
        ("otto", "vera", 404),
    ],
)
async def test_only_anyone_who_may_help_a_person_creates_a_link(cast: Cast, who: str, whom: str, status: int) -> None:
    acting, person = getattr(cast, who), getattr(cast, whom)

    made = await acting.http.post(f"/users/{person.user_id}/password-reset")

    assert made.status == status, made.text
    assert status == 201 or made.json["remedy"]


async def test_no_link_for_a_person_of_two_organizations_or_a_superuser(cast: Cast, postgres: Postgres) -> None:
    invited = await cast.olga.http.post("/invitations", json={"email": cast.otto.email, "role": "viewer"})
    await cast.otto.http.post("/invitations/accept", json={"token": invited.json["accept_url"].partition("token=")[2]})
    _make_superuser(postgres.owner_url, cast.vera, is_superuser=True)

    of_two = await cast.olga.http.post(f"/users/{cast.otto.user_id}/password-reset")
    of_superuser = await cast.olga.http.post(f"/users/{cast.vera.user_id}/password-reset")
    by_superuser = await cast.vera.http.post(f"/users/{cast.otto.user_id}/password-reset")
    _make_superuser(postgres.owner_url, cast.vera, is_superuser=False)

    assert (of_two.status, of_two.json["code"]) == (403, "recovery_denied")
    assert (of_superuser.status, of_superuser.json["code"]) == (403, "recovery_denied")
    assert by_superuser.status == 201, by_superuser.text


async def test_key_creates_no_link(cast: Cast) -> None:
    scopes = sorted((await cast.olga.http.get("/auth/session")).json["permissions"])
    made = await cast.olga.http.post("/api-keys", json={"name": "key", "scopes": scopes})
    key = Client(cast.nobody.session, cast.nobody.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})

    assert (await key.post(f"/users/{cast.vera.user_id}/password-reset")).status == 403
    assert (await key.delete(f"/users/{cast.vera.user_id}/two-factor")).status == 403


def _make_superuser(owner_url: str, person: Person, *, is_superuser: bool) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("UPDATE users SET is_superuser = %s WHERE id = %s", (is_superuser, person.user_id))
