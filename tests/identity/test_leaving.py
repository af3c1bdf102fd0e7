"""What ends with a membership, permanently: API keys, the place of sessions, invitations that the member had sent."""

import pytest

from tests.cast import Cast, Person
from tests.client import Client


async def _key(person: Person, scope: str = "members:read") -> Client:
    made = await person.http.post("/api-keys", json={"name": "key", "scopes": [scope]})
    assert made.status == 201, made.text
    headers = {"Authorization": f"Bearer {made.json['key']}"}
    return Client(person.http.session, person.http.base_url, headers=headers)


async def _come_back(cast: Cast, person: Person, role: str) -> None:
    invited = await cast.olga.http.post("/invitations", json={"email": person.email, "role": role})
    token = str(invited.json["accept_url"]).partition("token=")[2]
    accepted = await person.http.post("/invitations/accept", json={"token": token})
    assert accepted.status == 200, accepted.text


@pytest.mark.parametrize("remover_name", ["olga", "adam"])
async def test_api_keys_of_a_removed_member_stay_revoked_after_a_new_invitation(cast: Cast, remover_name: str) -> None:
    key = await _key(cast.adam)
    assert (await key.get("/members")).status == 200

    remover = cast.adam if remover_name == "adam" else cast.olga
    assert (await remover.http.delete(f"/members/{cast.adam.user_id}")).status == 204
    await _come_back(cast, cast.adam, "admin")

    refused = await key.get("/members")
    assert (refused.status, refused.json["code"]) == (401, "api_key_refused")
    listed = (await cast.olga.http.get("/api-keys")).json["items"]
    assert [each["revoked_at"] is not None for each in listed] == [True]
    assert (await (await _key(cast.adam)).get("/members")).status == 200


async def test_api_keys_of_other_members_and_organizations_stay(cast: Cast) -> None:
    olgas = await _key(cast.olga)
    await _come_back(cast, cast.otto, "admin")
    back = {"X-Retinue-Organization": str(cast.globex)}
    made = await cast.otto.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]}, headers=back)
    ottos = Client(cast.otto.http.session, cast.otto.http.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})

    assert (await cast.olga.http.delete(f"/members/{cast.otto.user_id}")).status == 204

    assert (await olgas.get("/members")).status == 200
    assert (await ottos.get("/members")).status == 200


async def test_session_of_a_removed_member_leaves_the_organization(cast: Cast) -> None:
    assert (await cast.adam.http.get("/auth/session")).json["organization_id"] == str(cast.acme)

    await cast.olga.http.delete(f"/members/{cast.adam.user_id}")

    session = (await cast.adam.http.get("/auth/session")).json
    assert (session["organization_id"], session["organizations"], session["permissions"]) == (None, [], [])


async def test_open_invitations_of_a_removed_member_end(cast: Cast) -> None:
    invited = await cast.adam.http.post("/invitations", json={"email": "friend@example.com", "role": "admin"})
    token = str(invited.json["accept_url"]).partition("token=")[2]

    await cast.olga.http.delete(f"/members/{cast.adam.user_id}")

    assert (await cast.nobody.get(f"/invitations/preview?token={token}")).status == 404
    assert (await cast.olga.http.get("/invitations")).json["items"] == []


async def test_open_invitations_end_that_a_lowered_member_could_no_longer_send(cast: Cast) -> None:
    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})
    for role in ("owner", "viewer"):
        await cast.adam.http.post("/invitations", json={"email": f"{role}@example.com", "role": role})

    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "admin"})
    left = [each["role"] for each in (await cast.olga.http.get("/invitations")).json["items"]]
    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "agent_manager"})

    assert left == ["viewer"]
    assert (await cast.olga.http.get("/invitations")).json["items"] == []
