from typing import Any
from urllib.parse import quote

import pytest

from tests.cast import PASSWORD, Cast
from tests.client import Client
from tests.identity.conftest import Installation


async def _entries(client: Client, query: str = "") -> list[dict[str, Any]]:
    response = await client.get(f"/audit-log?limit=200{query}")
    assert response.status == 200, response.text
    return response.json["items"]


async def test_a_change_is_told_with_who_what_where_and_before_and_after(cast: Cast) -> None:
    await cast.adam.http.patch(
        f"/members/{cast.vera.user_id}", json={"role": "agent_manager"}, headers={"User-Agent": "Console"}
    )

    (entry,) = await _entries(cast.olga.http, "&action=member.updated")

    assert entry["actor_id"] == str(cast.adam.user_id)
    assert entry["actor_name"].startswith("Adam")
    assert (entry["actor_kind"], entry["target_type"], entry["target_id"]) == ("user", "user", str(cast.vera.user_id))
    assert (entry["before"], entry["after"]) == ({"role": "viewer"}, {"role": "agent_manager"})
    assert (entry["ip"], entry["user_agent"]) == ("127.0.0.1", "Console")
    assert entry["request_id"]


async def test_every_kind_of_change_leaves_an_entry(cast: Cast) -> None:
    key = (await cast.olga.http.post("/api-keys", json={"name": "k", "scopes": ["organization:write"]})).json
    by_key = Client(cast.nobody.session, cast.nobody.base_url, headers={"Authorization": f"Bearer {key['key']}"})
    await by_key.patch("/organizations/current", json={"name": "Acme Ltd"})
    await cast.olga.http.delete(f"/api-keys/{key['id']}")
    invitation = (await cast.olga.http.post("/invitations", json={"email": "x@example.com", "role": "viewer"})).json
    await cast.olga.http.delete(f"/invitations/{invitation['id']}")
    await cast.olga.http.patch("/users/me", json={"full_name": "Olga"})
    await cast.olga.http.post("/auth/password", json={"current_password": PASSWORD, "new_password": "quite another phrase"})
    await cast.olga.http.delete(f"/members/{cast.anna.user_id}")

    entries = await _entries(cast.olga.http)

    assert {each["action"] for each in entries} >= {
        "organization.created",
        "member.added",
        "session.created",
        "api_key.created",
        "organization.updated",
        "api_key.revoked",
        "invitation.created",
        "invitation.deleted",
        "user.updated",
        "user.password_changed",
        "sessions.ended",
        "member.removed",
    }
    (by_its_key,) = [each for each in entries if each["action"] == "organization.updated"]
    assert (by_its_key["actor_kind"], by_its_key["api_key_id"]) == ("api_key", key["id"])
    text = str(entries)
    assert PASSWORD not in text
    assert key["key"] not in text


async def test_failed_sign_ins_of_members_are_told_to_their_organizations(cast: Cast) -> None:
    await cast.nobody.post("/auth/sign-in", json={"email": cast.vera.email, "password": "wrong password"})

    (entry,) = await _entries(cast.adam.http, "&action=session.refused")

    assert entry["target_id"] == str(cast.vera.user_id)
    assert (entry["actor_kind"], entry["actor_id"]) == ("anonymous", None)
    assert entry["after"] == {"email": cast.vera.email}
    assert await _entries(cast.otto.http, "&action=session.refused") == []


async def test_failed_sign_ins_of_strangers_are_told_to_superusers(installation: Installation) -> None:
    await installation.claim(installation.issue_claim())
    await installation.client().post("/auth/sign-in", json={"email": "eve@example.com", "password": "wrong password"})

    (entry,) = await _entries(installation.http, "&scope=installation&action=session.refused")

    assert entry["after"] == {"email": "eve@example.com"}
    assert await _entries(installation.http, "&action=session.refused") == []


async def test_the_installations_entries_are_not_an_owners(cast: Cast) -> None:
    assert (await cast.olga.http.get("/audit-log?scope=installation")).status == 403


@pytest.mark.parametrize("name", ["anna", "vera"])
async def test_managers_and_viewers_do_not_read_it(cast: Cast, name: str) -> None:
    assert (await getattr(cast, name).http.get("/audit-log")).status == 403


async def test_it_is_narrowed_down_and_read_in_pages(cast: Cast) -> None:
    for role in ("admin", "viewer", "admin", "viewer"):
        await cast.olga.http.patch(f"/members/{cast.vera.user_id}", json={"role": role})
    await cast.adam.http.patch(f"/members/{cast.vera.user_id}", json={"role": "agent_manager"})
    query = f"action=member.updated&actor_id={cast.olga.user_id}&target_id={cast.vera.user_id}"

    listed: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await cast.olga.http.get(f"/audit-log?limit=3&{query}{f'&cursor={cursor}' if cursor else ''}")).json
        listed += page["items"]
        cursor = page["next_cursor"]

    assert [each["after"]["role"] for each in listed] == ["viewer", "admin", "viewer", "admin"]
    assert (await cast.olga.http.get("/audit-log?actor_id=x")).status == 422


async def test_entries_are_narrowed_to_a_kind_of_action_and_a_time(cast: Cast) -> None:
    agent = (await cast.anna.http.post("/agents", json={"name": "Scribe"})).json
    await cast.anna.http.patch(f"/agents/{agent['id']}", json={"description": "Writes."})
    await cast.olga.http.post("/teams", json={"name": "Desk", "type": "route"})

    async def actions(query: str) -> list[str]:
        return [entry["action"] for entry in (await cast.olga.http.get(f"/audit-log?{query}")).json["items"]]

    of_agents = await actions("action=agent.*")
    assert of_agents[0] == "agent.updated"
    assert {each.split(".")[0] for each in of_agents} == {"agent"}
    assert await actions("action=agent.updated") == ["agent.updated"]
    entries = (await cast.olga.http.get(f"/audit-log?target_id={agent['id']}")).json["items"]
    updated, created = (quote(each["created_at"]) for each in entries[:2])
    assert await actions(f"target_id={agent['id']}&created_after={updated}") == ["agent.updated"]
    assert "agent.updated" not in await actions(f"created_before={updated}&target_id={agent['id']}")
    assert await actions(f"action=agent.created&created_after={created}&created_before={updated}") == ["agent.created"]
