import asyncio

from tests.identity.conftest import Installation
from tests.together import together


async def test_the_link_makes_the_first_owner_once(installation: Installation) -> None:
    token = installation.issue_claim()
    before = await installation.http.get(f"/auth/claim?token={token}")

    claimed = await installation.claim(token)

    assert before.json == {"valid": True, "claimed": False}
    assert claimed.status == 200, claimed.text
    assert claimed.json["user"]["is_superuser"] is True
    assert claimed.json["user"]["username"] == "olga"
    assert claimed.json["role"] == "owner"
    assert claimed.json["organizations"][0]["name"] == "Acme"
    assert claimed.json["organizations"][0]["slug"] == "acme"
    assert (await installation.http.get("/auth/session")).json == claimed.json
    assert (await installation.http.get(f"/auth/claim?token={token}")).json == {"valid": False, "claimed": True}
    again = await installation.claim(token, installation.client(), email="eve@example.com")
    assert (again.status, again.json["code"]) == (409, "already_claimed")


async def test_only_the_newest_link_is_valid(installation: Installation) -> None:
    first, second, third = (installation.issue_claim() for _ in range(3))

    valid = [(await installation.http.get(f"/auth/claim?token={token}")).json["valid"] for token in (first, second, third)]
    refused = await installation.claim(first)

    assert valid == [False, False, True]
    assert (refused.status, refused.json["code"]) == (422, "claim_invalid")
    assert (await installation.claim(third)).status == 200


async def test_links_issued_at_once_leave_one_valid(installation: Installation) -> None:
    tokens = await asyncio.gather(*(asyncio.to_thread(installation.issue_claim_apart) for _ in range(6)))

    states = [(await installation.http.get(f"/auth/claim?token={token}")).json["valid"] for token in tokens]

    assert sum(states) == 1


async def test_of_claims_at_once_one_wins(installation: Installation) -> None:
    token = installation.issue_claim()
    clients = [installation.client() for _ in range(6)]

    responses = await together(
        6, lambda number: installation.claim(token, clients[number], email=f"person{number}@example.com")
    )

    assert sum(response.status == 200 for response in responses) == 1
    assert all(response.status in {200, 409, 422} for response in responses)
    assert installation.owner.execute("SELECT count(*) FROM users").fetchone() == (1,)
    assert installation.owner.execute("SELECT count(*) FROM organizations").fetchone() == (1,)


async def test_a_wrong_or_used_link_is_refused(installation: Installation) -> None:
    old = installation.issue_claim(hours=1)
    installation.clock.move(hours=2)

    for token in (old, "made-up"):
        response = await installation.claim(token)
        assert (response.status, response.json["code"]) == (422, "claim_invalid")
        assert (await installation.http.get(f"/auth/claim?token={token}")).json == {"valid": False, "claimed": False}
    assert (await installation.http.get("/auth/claim")).json == {"valid": False, "claimed": False}
    assert installation.owner.execute("SELECT count(*) FROM users").fetchone() == (0,)


async def test_a_bad_claim_names_its_field_and_leaves_the_link_good(installation: Installation) -> None:
    token = installation.issue_claim()

    weak = await installation.claim(token, password="short")
    malformed = await installation.claim(token, email="not an address")

    assert (weak.status, weak.json["errors"][0]["field"]) == (422, "password")
    assert (malformed.status, malformed.json["errors"][0]["field"]) == (422, "email")
    assert (await installation.claim(token)).status == 200


async def test_no_link_is_issued_where_someone_has_an_account(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())

    token = installation.issue_claim()

    assert (await installation.http.get(f"/auth/claim?token={token}")).json == {"valid": False, "claimed": True}
    assert installation.owner.execute("SELECT count(*) FROM claim_tokens WHERE used_at IS NULL").fetchone() == (0,)


async def test_what_begins_with_an_organization_is_laid_down_by_its_listeners(installation: Installation) -> None:
    from retinue.core.context import Context  # noqa: PLC0415 - for the listener below

    seen: list[tuple[object, object, str]] = []

    async def listener(ctx: Context) -> None:
        row = await (await ctx.tx.execute("SELECT id FROM organizations")).fetchone()
        assert row == (ctx.organization_id,)
        seen.append((ctx.organization_id, ctx.user_id, ctx.actor.kind.value))

    installation.process.resources.organization_created = (listener,)
    claimed = (await installation.claim(installation.issue_claim())).json

    assert [(str(organization), str(user), kind) for organization, user, kind in seen] == [
        (claimed["organization_id"], claimed["user"]["id"], "system")
    ]


async def test_a_listener_that_fails_leaves_nothing_behind(installation: Installation) -> None:
    from retinue.core.context import Context  # noqa: PLC0415 - for the listener below
    from retinue.core.errors import UnavailableError  # noqa: PLC0415 - for the listener below

    async def failing(ctx: Context) -> None:
        raise UnavailableError

    token = installation.issue_claim()
    listeners = installation.process.resources.organization_created
    installation.process.resources.organization_created = (failing,)
    assert (await installation.claim(token)).status == 503
    assert installation.owner.execute("SELECT count(*) FROM users").fetchone() == (0,)

    installation.process.resources.organization_created = listeners

    assert (await installation.claim(token)).status == 200
