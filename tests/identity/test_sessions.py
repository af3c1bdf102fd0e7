import hashlib

from retinue.process import Process
from tests.cast import PASSWORD, Cast
from tests.client import Client
from tests.identity.conftest import Installation
from tests.together import together

NEW = "an entirely different phrase"


def _another(client: Client, cast: Cast) -> Client:
    return Client(client.session, client.base_url, email=cast.olga.email, password=PASSWORD)


async def test_only_the_hash_of_a_token_is_stored(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    token = installation.http.cookies["retinue_session"]

    row = installation.owner.execute("SELECT s::text FROM sessions s").fetchone()

    assert row is not None
    assert len(token) >= 43
    assert token not in row[0]


async def test_sessions_are_listed_and_ended_one_by_one(cast: Cast) -> None:
    other = _another(cast.olga.http, cast)
    await other.get("/users/me", headers={"User-Agent": "Phone"})
    await cast.olga.http.get("/users/me")

    listed = (await cast.olga.http.get("/auth/sessions")).json["items"]
    (phone,) = [each for each in listed if not each["is_current"]]
    ended = await cast.olga.http.delete(f"/auth/sessions/{phone['id']}")

    assert len(listed) == 2
    assert phone["ip"] == "127.0.0.1"
    assert ended.status == 204
    assert (await other.get("/users/me")).status == 401
    assert (await cast.olga.http.get("/users/me")).status == 200
    assert (await cast.olga.http.delete(f"/auth/sessions/{phone['id']}")).status == 404


async def test_nobody_ends_a_another_members_session(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    listed = (await cast.olga.http.get("/auth/sessions")).json["items"]

    response = await cast.adam.http.delete(f"/auth/sessions/{listed[0]['id']}")

    assert response.status == 404
    assert (await cast.olga.http.get("/users/me")).status == 200


async def test_signing_out_ends_the_session_and_clears_the_cookies(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    stolen = Client(cast.olga.http.session, cast.olga.http.base_url, cookies=dict(cast.olga.http.cookies))

    response = await cast.olga.http.post("/auth/sign-out")

    assert response.status == 204
    assert cast.olga.http.cookies == {}
    assert (await stolen.get("/auth/session")).status == 401


async def test_signing_out_everywhere_ends_every_session(cast: Cast) -> None:
    other = _another(cast.olga.http, cast)
    await other.get("/users/me")

    assert (await cast.olga.http.post("/auth/sign-out-everywhere")).status == 204

    assert (await other.get("/users/me")).status == 401


async def test_a_new_sign_in_takes_the_place_of_the_browsers_old_session(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    before = Client(cast.olga.http.session, cast.olga.http.base_url, cookies=dict(cast.olga.http.cookies))

    await cast.olga.http.post("/auth/sign-in", json={"email": cast.olga.email, "password": PASSWORD})

    assert (await before.get("/users/me")).status == 401
    assert (await cast.olga.http.get("/users/me")).status == 200


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(cast: Cast) -> None:
    other = _another(cast.olga.http, cast)
    await other.get("/users/me")

    response = await cast.olga.http.post("/auth/password", json={"current_password": PASSWORD, "new_password": NEW})

    assert response.status == 204
    assert (await cast.olga.http.get("/users/me")).status == 200
    assert (await other.get("/users/me")).status == 401
    old = await cast.nobody.post("/auth/sign-in", json={"email": cast.olga.email, "password": PASSWORD})
    new = await cast.nobody.post("/auth/sign-in", json={"email": cast.olga.email, "password": NEW})
    assert (old.status, new.status) == (401, 200)


async def test_a_password_change_names_what_is_wrong(cast: Cast) -> None:
    async def change(current: str, new: str) -> tuple[int, str]:
        body = {"current_password": current, "new_password": new}
        response = await cast.olga.http.post("/auth/password", json=body)
        return response.status, response.json["errors"][0]["field"]

    assert await change("wrong password", NEW) == (422, "current_password")
    assert await change(PASSWORD, "short") == (422, "new_password")
    assert await change(PASSWORD, "aaaaaaaaaaaaaaaa") == (422, "new_password")
    assert await change(PASSWORD, cast.olga.email) == (422, "new_password")
    assert await change(PASSWORD, PASSWORD) == (422, "new_password")


async def test_the_address_changes_with_the_password_alone(cast: Cast) -> None:
    address = f"olga.new.{cast.marker}@example.com"

    refused = await cast.olga.http.post("/auth/email", json={"email": address, "password": "wrong password"})
    taken = await cast.olga.http.post("/auth/email", json={"email": cast.adam.email, "password": PASSWORD})
    changed = await cast.olga.http.post("/auth/email", json={"email": address, "password": PASSWORD})

    assert (refused.status, taken.status, changed.status) == (422, 409, 200)
    assert changed.json["email"] == address
    assert (await cast.nobody.post("/auth/sign-in", json={"email": address, "password": PASSWORD})).status == 200


async def test_an_unused_session_ends_and_a_used_one_slides(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    for _ in range(5):
        installation.clock.move(days=10)
        assert (await installation.http.get("/auth/session")).status == 200

    installation.clock.move(days=15)

    expired = await installation.http.get("/auth/session")
    assert expired.status == 401
    assert expired.json["code"] == "session_expired"


async def test_no_session_outlives_its_longest_time(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    for _ in range(8):
        installation.clock.move(days=10)
        assert (await installation.http.get("/auth/session")).status == 200

    installation.clock.move(days=11)

    assert (await installation.http.get("/auth/session")).status == 401


async def test_expired_sessions_are_swept(installation: Installation) -> None:
    from retinue.identity.sessions import service  # noqa: PLC0415 - the door under test

    await installation.claim(installation.issue_claim())
    await service.delete_expired(installation.process.database)
    assert installation.owner.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    installation.clock.move(days=15)

    await service.delete_expired(installation.process.database)

    assert installation.owner.execute("SELECT count(*) FROM sessions").fetchone() == (0,)


async def test_that_a_session_was_seen_is_noted_at_most_once_a_minute(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())

    def seen() -> object:
        return installation.owner.execute("SELECT last_seen_at FROM sessions").fetchone()

    first = seen()
    installation.clock.move(seconds=59)
    await installation.http.get("/auth/session")
    assert seen() == first
    installation.clock.move(seconds=1)
    await installation.http.get("/auth/session", headers={"User-Agent": "Elsewhere"})
    assert seen() != first
    (item,) = (await installation.http.get("/auth/sessions")).json["items"]
    assert item["user_agent"] == "Elsewhere"


async def test_what_a_session_is_known_by_is_in_the_store_until_it_ends(process: Process, cast: Cast) -> None:
    await cast.olga.http.get("/users/me")
    (item,) = (await cast.olga.http.get("/auth/sessions")).json["items"]

    key = f"session:{hashlib.sha256(item['id'].encode()).hexdigest()}"
    facts = await process.resources.kv.get(key)
    await cast.olga.http.post("/auth/sign-out")

    assert facts is not None
    assert str(cast.olga.user_id) in facts
    assert await process.resources.kv.get(key) is None


async def test_switching_changes_the_sessions_organization(cast: Cast) -> None:
    made = (await cast.olga.http.post("/organizations", json={"name": "Initech"})).json

    switched = await cast.olga.http.post("/auth/organization", json={"organization_id": made["id"]})

    assert switched.json["organization_id"] == made["id"]
    assert (await cast.olga.http.get("/auth/session")).json["organization_id"] == made["id"]
    assert (await cast.olga.http.get("/organizations/current")).json["id"] == made["id"]
    by_header = await cast.olga.http.get("/organizations/current", headers={"X-Retinue-Organization": str(cast.acme)})
    assert by_header.json["id"] == str(cast.acme)


async def test_a_header_that_is_no_id_is_named(cast: Cast) -> None:
    response = await cast.olga.http.get("/members", headers={"X-Retinue-Organization": "acme"})

    assert response.status == 422
    assert response.json["errors"][0]["field"] == "X-Retinue-Organization"


async def test_requests_at_once_share_a_session(cast: Cast) -> None:
    await cast.olga.http.get("/users/me")

    responses = await together(30, lambda _: cast.olga.http.get("/users/me"))

    assert {response.status for response in responses} == {200}


async def test_the_list_of_sessions_has_pages(cast: Cast) -> None:
    for _ in range(3):
        await _another(cast.olga.http, cast).get("/users/me")

    first = (await cast.olga.http.get("/auth/sessions?limit=3")).json
    second = (await cast.olga.http.get(f"/auth/sessions?limit=3&cursor={first['next_cursor']}")).json

    ids = [each["id"] for each in [*first["items"], *second["items"]]]
    assert len(set(ids)) == len(ids) == 4
    assert second["next_cursor"] is None
    assert (await cast.olga.http.get("/auth/sessions?cursor=nonsense")).status == 422
