import pytest

from retinue.identity.api_keys import service as api_keys
from retinue.process import Process
from tests.cast import Cast, Person
from tests.client import Client, Response
from tests.identity.conftest import Installation
from tests.together import together


async def _make(person: Person, *scopes: str, **other: object) -> Response:
    return await person.http.post("/api-keys", json={"name": "key", "scopes": list(scopes), **other})


def _with(client: Client, key: str, **headers: str) -> Client:
    return Client(client.session, client.base_url, headers={"Authorization": f"Bearer {key}", **headers})


async def test_a_key_is_shown_once_and_acts_in_its_organization(cast: Cast) -> None:
    made = await _make(cast.olga, "members:read")

    assert made.status == 201
    key = made.json["key"]
    assert key.startswith("rtn_")
    assert key.startswith(made.json["prefix"])
    assert len(made.json["prefix"]) == 12
    listed = (await cast.olga.http.get("/api-keys")).json["items"]
    assert listed == [{name: value for name, value in made.json.items() if name != "key"}]
    members = await _with(cast.nobody, key).get("/members")
    assert members.status == 200
    assert len(members.json["items"]) == 4


async def test_only_the_hash_of_a_key_is_stored(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    made = await installation.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})

    rows = installation.owner.execute("SELECT k::text FROM api_keys k UNION ALL SELECT a::text FROM audit_log a").fetchall()

    secret = made.json["key"].removeprefix(made.json["prefix"])
    assert all(secret not in row[0] for row in rows)


async def test_a_key_does_what_its_scopes_say_and_nothing_else(cast: Cast) -> None:
    client = _with(cast.nobody, (await _make(cast.olga, "members:read")).json["key"])

    assert (await client.get("/members")).status == 200
    assert (await client.get("/organizations/current")).status == 403
    assert (await client.post("/invitations", json={"email": "x@example.com", "role": "viewer"})).status == 403


async def test_a_keys_scopes_are_cut_by_its_creators_current_role(cast: Cast) -> None:
    client = _with(cast.nobody, (await _make(cast.adam, "members:read", "members:write", "audit:read")).json["key"])
    assert (await client.get("/audit-log")).status == 200

    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "viewer"})

    assert (await client.get("/audit-log")).status == 403
    assert (await client.get("/members")).status == 200
    await cast.olga.http.delete(f"/members/{cast.adam.user_id}")
    gone = await client.get("/members")
    assert (gone.status, gone.json["code"]) == (401, "api_key_refused")


@pytest.mark.parametrize("scopes", [["agents:fly"], ["members:read", "*"], [""], ["organization:delete"], []])
async def test_a_scope_that_is_unknown_or_not_ones_own_is_refused(cast: Cast, scopes: list[str]) -> None:
    response = await _make(cast.adam, *scopes)

    assert response.status == 422
    assert response.json["errors"][0]["field"].startswith("scopes")
    assert response.json["errors"][0]["remedy"] or scopes == []


async def test_a_key_makes_no_key_that_may_do_more_than_itself(cast: Cast) -> None:
    first = _with(cast.nobody, (await _make(cast.olga, "api_keys:write", "members:read")).json["key"])

    more = await first.post("/api-keys", json={"name": "more", "scopes": ["members:write"]})
    same = await first.post("/api-keys", json={"name": "same", "scopes": ["members:read"]})

    assert (more.status, more.json["code"]) == (422, "scope_invalid")
    assert same.status == 201


async def test_a_viewer_makes_no_keys_and_sees_their_names(cast: Cast) -> None:
    await _make(cast.olga, "members:read")

    assert (await _make(cast.vera, "members:read")).status == 403
    assert (await _make(cast.anna, "members:read")).status == 403
    assert len((await cast.vera.http.get("/api-keys")).json["items"]) == 1


async def test_a_revoked_key_is_refused_at_once(cast: Cast) -> None:
    made = (await _make(cast.olga, "members:read")).json
    client = _with(cast.nobody, made["key"])
    assert (await client.get("/members")).status == 200

    for _ in range(2):
        assert (await cast.adam.http.delete(f"/api-keys/{made['id']}")).status == 204

    assert (await client.get("/members")).status == 401
    (listed,) = (await cast.olga.http.get("/api-keys")).json["items"]
    assert listed["revoked_at"] is not None


async def test_a_key_expires(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    expires_at = installation.clock.now().isoformat()
    body = {"name": "key", "scopes": ["members:read"], "expires_at": expires_at}
    past = await installation.http.post("/api-keys", json=body)
    assert (past.status, past.json["errors"][0]["field"]) == (422, "expires_at")

    installation.clock.move(hours=-1)
    made = await installation.http.post("/api-keys", json=body)
    client = _with(installation.http, made.json["key"])
    assert (await client.get("/members")).status == 200
    installation.clock.move(hours=1)

    assert (await client.get("/members")).status == 401


async def test_an_expiry_without_a_zone_is_refused(cast: Cast) -> None:
    response = await _make(cast.olga, "members:read", expires_at="2999-01-01T00:00:00")

    assert (response.status, response.json["errors"][0]["field"]) == (422, "expires_at")


async def test_that_a_key_was_used_is_noted_at_most_once_a_minute(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    made = await installation.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})
    client = _with(installation.http, made.json["key"])

    async def used() -> object:
        await client.get("/members")
        return installation.owner.execute("SELECT last_used_at FROM api_keys").fetchone()

    assert made.json["last_used_at"] is None
    first = await used()
    assert first is not None
    installation.clock.move(seconds=59)
    assert await used() == first
    installation.clock.move(seconds=1)
    assert await used() != first


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic b2xnYTpvbGdh", "Bearer rtn_unknown", "rtn_x", "Bearer sk-foreign", "Bearer ä"]
)
async def test_a_malformed_or_unknown_key_is_refused_even_with_a_session(cast: Cast, header: str) -> None:
    response = await cast.olga.http.get("/members", headers={"Authorization": header})

    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json["remedy"]


async def test_a_key_stands_in_its_own_organization_alone(cast: Cast) -> None:
    key = (await _make(cast.olga, "members:read")).json["key"]

    own = await _with(cast.nobody, key, **{"X-Retinue-Organization": str(cast.acme)}).get("/members")
    other = await _with(cast.nobody, key, **{"X-Retinue-Organization": str(cast.globex)}).get("/members")

    assert (own.status, other.status) == (200, 404)


async def test_a_key_may_not_change_its_creator(cast: Cast) -> None:
    client = _with(cast.nobody, (await _make(cast.olga, "members:read")).json["key"])

    for method, path, body in (
        ("GET", "/users/me", None),
        ("PATCH", "/users/me", {"full_name": "Eve"}),
        ("POST", "/auth/password", {"current_password": "a", "new_password": "an entirely new phrase"}),
        ("POST", "/auth/sign-out-everywhere", None),
        ("POST", "/organizations", {"name": "Eve's"}),
        ("GET", "/auth/sessions", None),
        ("GET", "/auth/session", None),
    ):
        options = {} if body is None else {"json": body}
        assert (await client.request(method, path, **options)).status == 403, path


async def test_a_key_that_asks_too_often_must_wait(installation: Installation) -> None:
    from retinue.identity.users.settings import UserSettings  # noqa: PLC0415 - named where it is replaced

    await installation.claim(installation.issue_claim())
    made = await installation.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})
    settings = installation.process.resources.settings
    settings[UserSettings] = UserSettings(subscription_tiers="free=5,pro=40")
    client = _with(installation.http, made.json["key"])

    statuses = [(await client.get("/members")).status for _ in range(7)]

    assert statuses == [200] * 5 + [429] * 2
    limited = await client.get("/members")
    assert limited.json["code"] == "rate_limited"
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert (await installation.http.get("/members")).status == 200


async def test_keys_are_listed_in_pages(cast: Cast) -> None:
    made = [(await _make(cast.olga, "members:read")).json["id"] for _ in range(5)]

    listed: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await cast.olga.http.get(f"/api-keys?limit=2{f'&cursor={cursor}' if cursor else ''}")).json
        listed += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]

    assert listed == made[::-1]


async def test_key_shows_its_own_organization_and_nothing_of_its_creator(cast: Cast) -> None:
    other = await cast.olga.http.post("/organizations", json={"name": f"Other {cast.marker}"})
    client = _with(cast.nobody, (await _make(cast.olga, "agents:read")).json["key"])

    listed = await client.get("/organizations")
    me = await client.get("/users/me")
    own = await client.get("/auth/key")

    assert [each["id"] for each in listed.json["items"]] == [str(cast.acme)]
    assert (me.status, me.json["code"]) == (403, "permission_denied")
    assert "/auth/key" in me.json["remedy"]
    assert (own.status, own.json["scopes"], own.json["organization_id"]) == (200, ["agents:read"], str(cast.acme))
    for response in (listed, me, own):
        for personal in (cast.olga.email, f"Olga {cast.marker}", str(cast.olga.user_id), other.json["id"]):
            assert personal not in response.text


async def test_only_a_key_asks_what_it_is(cast: Cast) -> None:
    assert (await cast.olga.http.get("/auth/key")).status == 404


async def test_key_of_a_superuser_has_no_superuser_rights_in_the_database(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    await installation.http.post("/auth/sign-in", json={"email": "stranger@example.com", "password": "wrong"})
    scopes = ["audit:read", "members:read"]
    made = await installation.http.post("/api-keys", json={"name": "key", "scopes": scopes})
    holder = await api_keys.find_holder(installation.process.database, made.json["key"])
    actor = api_keys.actor_of(holder, frozenset(scopes))

    async with installation.process.database.context(actor) as ctx:
        row = await (await ctx.tx.execute("SELECT auth.is_superuser(), auth.uid() IS NOT NULL")).fetchone()
        entries = await (await ctx.tx.execute("SELECT count(*) FROM audit_log WHERE organization_id IS NULL")).fetchone()

    assert row == (False, True)
    assert entries == (0,)


async def test_a_key_that_comes_with_many_requests_at_one_moment_is_looked_up_once(cast: Cast, process: Process) -> None:
    made = await _make(cast.olga, "agents:read")
    key = _with(cast.nobody, made.json["key"])
    taken = process.database.pool.get_stats()["requests_num"]

    answers = await together(20, lambda _: key.get("/agents"))

    taken = process.database.pool.get_stats()["requests_num"] - taken
    assert [answer.status for answer in answers] == [200] * 20
    assert taken - process.database.pool.max_size < 30  # a look-up, and a transaction for each request; it was 40


async def test_a_key_that_is_revoked_while_others_present_it_is_refused_from_then_on(cast: Cast) -> None:
    made = await _make(cast.olga, "agents:read")
    key = _with(cast.nobody, made.json["key"])

    async def request(n: int) -> Response:
        return await (cast.olga.http.delete(f"/api-keys/{made.json['id']}") if n == 5 else key.get("/agents"))

    answers = await together(12, request)
    after = await together(12, lambda _: key.get("/agents"))

    assert answers[5].status == 204
    assert [answer.status for answer in after] == [401] * 12
