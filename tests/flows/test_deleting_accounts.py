"""Deleting an account: nothing personal stays in any table or file; what an organization must keep stays."""

import io
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import psycopg
import pytest

from retinue.identity.accounts import service as accounts
from retinue.identity.two_factor import rules
from retinue.process import Process
from tests.cast import PASSWORD
from tests.client import Client
from tests.conversations.conftest import hand_on, played, scene
from tests.conversations.test_talking import begin, say, upload
from tests.flows.searching import places_of
from tests.runs.scene import Scene
from tests.together import together

__all__ = ["hand_on", "played", "scene"]

HandOn = Callable[[], Awaitable[int]]


async def _delete(client: Client, password: str = PASSWORD) -> int:
    return (await client.post("/users/me/delete", json={"password": password})).status


async def _leave_marks(scene: Scene, mark: str) -> tuple[Client, str, list[str]]:
    """Do everything as Anna that leaves something personal behind; return her client, her address and what a run said."""
    cast, email = scene.cast, f"{mark}@example.com"
    anna = Client(cast.anna.http.session, cast.anna.http.base_url, headers={"User-Agent": f"Browser/{mark}"})
    await anna.post("/auth/sign-in", json={"email": cast.anna.email, "password": "wrong password"})
    await anna.post("/auth/sign-in", json={"email": cast.anna.email, "password": PASSWORD})
    await anna.patch("/users/me", json={"full_name": f"Person {mark}", "username": f"user-{mark}"})
    changed = await anna.post("/auth/email", json={"email": email, "password": PASSWORD})
    assert changed.status == 200, changed.text
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(b"GIF89a" + mark.encode()), filename="picture.gif")
    assert (await anna.request("PUT", "/users/me/avatar", data=form)).status == 200
    made = await anna.post("/auth/two-factor", json={"password": PASSWORD})
    async with scene.process.database.context(cast.anna.actor) as ctx:
        step = int(ctx.now.timestamp() // 30)
    confirmed = await anna.post("/auth/two-factor/confirm", json={"code": rules.code_at(made.json["secret"], step)})
    assert confirmed.status == 200, confirmed.text
    assert (await cast.olga.http.post(f"/users/{cast.anna.user_id}/password-reset")).status == 201
    invited = await cast.otto.http.post("/invitations", json={"email": email, "role": "viewer"})
    assert invited.status == 201
    return anna, email, [made.json["secret"], *confirmed.json["recovery_codes"]]


async def _delete_own(scene: Scene, anna: Client) -> tuple[int, Any]:
    del scene
    return await _delete(anna), "self"


async def _delete_as_superuser(scene: Scene, anna: Client) -> tuple[int, Any]:
    del anna
    otto = scene.cast.otto
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE users SET is_superuser = true WHERE id = %s", (otto.user_id,))
        try:
            deleted = await otto.http.delete(f"/users/{scene.cast.anna.user_id}")
            entries = (await otto.http.get(f"/audit-log?scope=installation&target_id={scene.cast.anna.user_id}")).json[
                "items"
            ]
        finally:
            owner.execute("UPDATE users SET is_superuser = false WHERE id = %s", (otto.user_id,))
    assert [(each["action"], each["actor_id"]) for each in entries][:1] == [("user.deleted", str(otto.user_id))]
    return deleted.status, str(otto.user_id)


async def _delete_as_operator(scene: Scene, anna: Client) -> tuple[int, Any]:
    del anna
    await accounts.delete_as_operator(scene.process.database, scene.cast.anna.user_id)
    return 204, None


@pytest.mark.parametrize("delete", [_delete_own, _delete_as_superuser, _delete_as_operator])
async def test_deleted_account_leaves_nothing_personal(
    played: Scene, process: Process, hand_on: HandOn, delete: Callable[[Scene, Client], Awaitable[tuple[int, Any]]]
) -> None:
    mark = f"mark{secrets.token_hex(8)}"
    anna, email, shown = await _leave_marks(played, mark)
    conversation = await begin(played, "Done.")
    sent = await upload(anna, "note.txt", f"note {mark}".encode(), "text/plain")
    unsent = await upload(anna, f"{mark}.txt", f"unsent {mark}".encode(), "text/plain")
    said = await say(played, conversation, f"I am {mark}", by=anna, attachment_ids=[sent.json["id"]])
    assert said.status in {200, 201, 202}, said.text
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()
    assert {"public.users", "public.audit_log", "public.messages", "public.runs"} <= set(places_of(played.postgres, mark))
    agent_runs = (await played.cast.olga.http.get("/runs")).json["items"]
    keys = await _storage_keys(played)

    status, actor = await delete(played, anna)
    while await hand_on():
        pass

    assert status == 204
    for word in (mark, email, *shown, str(played.cast.anna.email)):
        assert places_of(played.postgres, word) == []
    assert len(keys) >= 2
    for key in keys:
        with pytest.raises(Exception, match="content is no longer in the storage"):
            await process.resources.storage.read(key)
    assert (await anna.get("/users/me")).status == 401
    members = (await played.cast.olga.http.get("/members")).json["items"]
    assert str(played.cast.anna.user_id) not in {each["user"]["id"] for each in members}
    entries = (await played.cast.olga.http.get(f"/audit-log?target_id={played.cast.anna.user_id}")).json["items"]
    anna_id = str(played.cast.anna.user_id)
    assert entries[0]["action"] == "user.deleted"
    assert entries[0]["actor_id"] == (anna_id if actor == "self" else actor)
    assert all(each["ip"] is None and each["user_agent"] is None for each in entries if each["actor_id"] == anna_id)
    assert agent_runs == []
    assert unsent.status == 201


async def _storage_keys(scene: Scene) -> list[str]:
    query = "SELECT storage_key FROM attachments WHERE user_id = %s"
    with psycopg.connect(scene.postgres.owner_url) as connection:
        return [row[0] for row in connection.execute(query, (scene.cast.anna.user_id,)).fetchall()]


async def test_runs_started_for_the_organization_stay_without_their_starter(played: Scene) -> None:
    agent = await played.agent("Done.")
    run = await played.started(agent)
    await played.until(run, "completed")

    assert await _delete(played.cast.anna.http) == 204

    kept = await played.run(run)
    assert (kept["status"], kept["triggered_by_id"]) == ("completed", None)


async def test_only_owner_is_not_deleted_and_the_organization_is_named(scene: Scene) -> None:
    cast = scene.cast
    refused = await cast.olga.http.post("/users/me/delete", json={"password": PASSWORD})

    assert (refused.status, refused.json["code"]) == (409, "sole_owner")
    assert f"Acme {cast.marker}" in refused.json["detail"]
    assert (await cast.olga.http.get("/users/me")).status == 200
    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})
    assert await _delete(cast.olga.http) == 204


async def test_of_two_owners_who_delete_their_accounts_at_once_one_stays(scene: Scene) -> None:
    cast = scene.cast
    await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})
    clients = [cast.olga.http, cast.adam.http]
    for client in clients:
        await client.get("/users/me")

    statuses = await together(2, lambda number: _delete(clients[number]))

    assert sorted(statuses) == [204, 409]


async def test_deleting_asks_for_the_password_and_for_a_person(scene: Scene) -> None:
    vera = scene.cast.vera
    key = (await scene.cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]})).json["key"]
    by_key = Client(vera.http.session, vera.http.base_url, headers={"Authorization": f"Bearer {key}"})

    wrong = await vera.http.post("/users/me/delete", json={"password": "wrong password"})

    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "password")
    assert await _delete(by_key) == 403
    assert (await scene.cast.olga.http.delete(f"/users/{vera.user_id}")).status == 403
    assert (await vera.http.get("/users/me")).status == 200
