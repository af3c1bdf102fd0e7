import pytest

from tests.cast import PASSWORD, Cast, Person
from tests.client import Client, Response
from tests.identity.conftest import Installation
from tests.together import together


async def _invite(person: Person, email: str, role: str = "viewer") -> Response:
    return await person.http.post("/invitations", json={"email": email, "role": role})


def _token(response: Response) -> str:
    return str(response.json["accept_url"]).partition("?token=")[2]


def _account(token: str, **other: str) -> dict[str, str]:
    return {"token": token, "full_name": "Nina New", "password": PASSWORD, **other}


async def test_a_new_person_makes_an_account_and_is_in(cast: Cast) -> None:
    email = f"nina.{cast.marker}@example.com"
    invited = await _invite(cast.adam, email, "agent_manager")
    preview = await cast.nobody.get(f"/invitations/preview?token={_token(invited)}")

    accepted = await cast.nobody.post("/invitations/accept", json=_account(_token(invited)))

    assert invited.status == 201
    assert preview.json["organization_name"].startswith("Acme")
    assert (preview.json["email"], preview.json["role"], preview.json["has_account"]) == (email, "agent_manager", False)
    assert accepted.status == 200, accepted.text
    assert accepted.json["user"]["email"] == email
    assert accepted.json["user"]["is_superuser"] is False
    assert (accepted.json["organization_id"], accepted.json["role"]) == (str(cast.acme), "agent_manager")
    assert (await cast.nobody.get("/members")).status == 200
    member = await cast.olga.http.get("/members?limit=200")
    (nina,) = [each for each in member.json["items"] if each["user"]["email"] == email]
    assert nina["granted_by"] == str(cast.adam.user_id)


async def test_a_person_who_is_signed_in_joins_with_that_account(cast: Cast) -> None:
    invited = await _invite(cast.olga, cast.otto.email.upper(), "admin")

    accepted = await cast.otto.http.post("/invitations/accept", json={"token": _token(invited)})

    assert accepted.status == 200, accepted.text
    assert (accepted.json["organization_id"], accepted.json["role"]) == (str(cast.acme), "admin")
    assert {each["id"] for each in accepted.json["organizations"]} == {str(cast.acme), str(cast.globex)}
    back = await cast.otto.http.get("/organizations/current", headers={"X-Retinue-Organization": str(cast.globex)})
    assert back.json["id"] == str(cast.globex)


async def test_a_browser_with_a_session_of_long_ago_makes_an_account(cast: Cast) -> None:
    invited = await _invite(cast.olga, f"nina.{cast.marker}@example.com")
    cast.nobody.cookies = {"retinue_session": "long-gone", "retinue_csrf": "long-gone"}

    accepted = await cast.nobody.post("/invitations/accept", json=_account(_token(invited)))

    assert accepted.status == 200, accepted.text
    assert (await cast.nobody.get("/auth/session")).status == 200


async def test_an_invitation_is_for_its_address_alone(cast: Cast) -> None:
    invited = await _invite(cast.olga, f"nina.{cast.marker}@example.com")

    response = await cast.otto.http.post("/invitations/accept", json=_account(_token(invited)))

    assert (response.status, response.json["code"]) == (403, "invitation_for_other")
    assert (await cast.nobody.get(f"/invitations/preview?token={_token(invited)}")).status == 200


async def test_who_has_an_account_signs_in_first(cast: Cast) -> None:
    invited = await _invite(cast.olga, cast.otto.email)

    response = await cast.nobody.post("/invitations/accept", json=_account(_token(invited)))

    assert (response.status, response.json["code"]) == (409, "account_exists")
    assert (await cast.nobody.get(f"/invitations/preview?token={_token(invited)}")).json["has_account"] is True


async def test_a_new_account_needs_a_name_and_a_good_password(cast: Cast) -> None:
    invited = await _invite(cast.olga, f"nina.{cast.marker}@example.com")

    needed = await cast.nobody.post("/invitations/accept", json={"token": _token(invited)})
    weak = await cast.nobody.post("/invitations/accept", json=_account(_token(invited), password="short"))

    assert (needed.status, needed.json["code"]) == (422, "account_needed")
    assert (weak.status, weak.json["errors"][0]["field"]) == (422, "password")
    assert (await cast.nobody.post("/invitations/accept", json=_account(_token(invited)))).status == 200


async def test_an_invitation_is_accepted_once_by_simultaneous_requests(cast: Cast) -> None:
    invited = await _invite(cast.olga, f"nina.{cast.marker}@example.com")
    clients = [Client(cast.nobody.session, cast.nobody.base_url) for _ in range(4)]

    responses = await together(4, lambda n: clients[n].post("/invitations/accept", json=_account(_token(invited))))

    assert sum(response.status == 200 for response in responses) == 1
    assert all(response.status in {200, 404, 409} for response in responses)
    assert (await cast.nobody.get(f"/invitations/preview?token={_token(invited)}")).status == 404


async def test_a_revoked_invitation_is_refused(cast: Cast) -> None:
    invited = await _invite(cast.olga, f"nina.{cast.marker}@example.com")
    assert len((await cast.vera.http.get("/invitations")).json["items"]) == 1

    assert (await cast.adam.http.delete(f"/invitations/{invited.json['id']}")).status == 204

    assert (await cast.nobody.post("/invitations/accept", json=_account(_token(invited)))).status == 404
    assert (await cast.vera.http.get("/invitations")).json["items"] == []
    assert (await cast.adam.http.delete(f"/invitations/{invited.json['id']}")).status == 404


async def test_an_expired_invitation_is_neither_shown_nor_accepted_and_can_be_replaced(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    body = {"email": "nina@example.com", "role": "viewer"}
    first = await installation.http.post("/invitations", json=body)
    open_still = await installation.http.post("/invitations", json=body)
    installation.clock.move(days=8)

    preview = await installation.client().get(f"/invitations/preview?token={_token(first)}")
    late = await installation.client().post("/invitations/accept", json=_account(_token(first)))
    second = await installation.http.post("/invitations", json=body)

    assert (open_still.status, open_still.json["code"]) == (409, "invitation_open")
    assert (preview.status, late.status) == (404, 404)
    assert second.status == 201
    assert (await installation.client().post("/invitations/accept", json=_account(_token(second)))).status == 200


async def test_a_member_is_not_invited_again(cast: Cast) -> None:
    response = await _invite(cast.olga, cast.vera.email.upper())

    assert (response.status, response.json["code"]) == (409, "already_member")


async def test_only_the_hash_of_a_token_is_stored(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    made = await installation.http.post("/invitations", json={"email": "nina@example.com", "role": "viewer"})

    rows = installation.owner.execute(
        "SELECT i::text FROM invitations i UNION ALL SELECT a::text FROM audit_log a"
    ).fetchall()

    assert all(_token(made) not in row[0] for row in rows)


@pytest.mark.parametrize("email", ["nonsense", "a@", "@b", "a@b@c", "", "a b@example.com"])
async def test_an_address_that_is_none_is_named(cast: Cast, email: str) -> None:
    response = await _invite(cast.olga, email)

    assert (response.status, response.json["errors"][0]["field"]) == (422, "email")


async def test_viewers_and_managers_invite_nobody(cast: Cast) -> None:
    assert (await _invite(cast.vera, "x@example.com")).status == 403
    assert (await _invite(cast.anna, "x@example.com")).status == 403
