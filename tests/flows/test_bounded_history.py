"""History is bounded: runs that wait and messages follow the retention of runs, the audit log has its own."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from retinue.conversations import expiry
from retinue.core.errors import Error
from retinue.identity.audit import tasks as audit_tasks
from retinue.process import Process
from retinue.runs import tasks as run_tasks
from tests.conversations.conftest import hand_on, played, scene
from tests.conversations.test_talking import begin, messages_of, say, upload
from tests.flows.searching import places_of
from tests.runs.scene import Scene

__all__ = ["hand_on", "played", "scene"]

HandOn = Callable[[], Awaitable[int]]

_ASK = {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}
_AGED = {
    "runs": "UPDATE runs SET created_at = created_at - make_interval(days => %s) WHERE organization_id = %s",
    "events": "UPDATE run_events SET created_at = created_at - make_interval(days => %s) WHERE organization_id = %s",
    "messages": "UPDATE messages SET created_at = created_at - make_interval(days => %s) WHERE organization_id = %s",
    "conversations": "UPDATE conversations SET last_message_time = last_message_time - make_interval(days => %s),"
    " created_at = created_at - interval '400 days' WHERE organization_id = %s",
}


async def _age(scene: Scene, days: int, *tables: str) -> None:
    for table in tables or _AGED:
        await scene.owner(_AGED[table], days, scene.cast.acme)


async def _expire(process: Process, hand_on: HandOn) -> None:
    """Do the periodic work of deletion, as workers do it each hour, and hand on the news of it."""
    await run_tasks.delete_expired(process.database)
    await expiry.delete_expired(process.database)
    while await hand_on():
        pass


async def _exchange(scene: Scene, conversation: str, hand_on: HandOn, text: str) -> str:
    """Send a message with a file and wait for the answer; return the storage key of the file."""
    sent = await upload(scene.cast.anna.http, "note.txt", f"note {text}".encode(), "text/plain")
    said = await say(scene, conversation, text, attachment_ids=[sent.json["id"]])
    assert said.status in {200, 201, 202}, said.text
    await scene.until(said.json["run"]["id"], "completed")
    await hand_on()
    ((key,),) = await scene.owner("SELECT storage_key FROM attachments WHERE id = %s", sent.json["id"])
    return str(key)


async def test_conversation_that_rests_for_longer_than_the_retention_is_deleted_with_all_it_had(
    played: Scene, process: Process, hand_on: HandOn
) -> None:
    mark = f"mark{secrets.token_hex(8)}"
    conversation = await begin(played, "Done.")
    key = await _exchange(played, conversation, hand_on, mark)
    await _age(played, 89)
    await _expire(process, hand_on)
    assert len(await messages_of(played, conversation)) == 2

    await _age(played, 2)
    await _expire(process, hand_on)

    assert (await played.cast.anna.http.get(f"/conversations/{conversation}")).status == 404
    assert places_of(played.postgres, mark) == []
    with pytest.raises(Error, match="content is no longer in the storage"):
        await process.resources.storage.read(key)


async def test_old_messages_of_a_conversation_that_goes_on_are_deleted_with_their_files(
    played: Scene, process: Process, hand_on: HandOn
) -> None:
    old, new = f"old{secrets.token_hex(8)}", f"new{secrets.token_hex(8)}"
    conversation = await begin(played, "Done.")
    old_key = await _exchange(played, conversation, hand_on, old)
    await _age(played, 91)
    new_key = await _exchange(played, conversation, hand_on, new)

    await _expire(process, hand_on)

    assert [each["content"] for each in await messages_of(played, conversation)] == [new, "Done."]
    # The title is the conversation's own, and the new run keeps what its model was sent until it expires itself.
    assert {"public.messages", "public.attachments"}.isdisjoint(places_of(played.postgres, old))
    with pytest.raises(Error, match="content is no longer in the storage"):
        await process.resources.storage.read(old_key)
    assert await process.resources.storage.read(new_key)
    await _exchange(played, conversation, hand_on, "again")
    assert len(await messages_of(played, conversation)) == 4


async def test_run_that_waits_for_longer_than_the_retention_is_cancelled_and_then_deleted(
    played: Scene, process: Process, hand_on: HandOn
) -> None:
    played.tools["send"] = lambda _: "sent"
    run = await played.started(await played.agent(_ASK, "Done.", tools=("send:approval",)))
    await played.until(run, "waiting")
    await _age(played, 91)

    await run_tasks.delete_expired(process.database)
    cancelled = await played.run(run)
    approvals = (await played.cast.anna.http.get(f"/runs/{run}/approvals")).json["items"]
    await _expire(process, hand_on)

    assert cancelled["status"] == "cancelled"
    assert [each["status"] for each in approvals] == ["expired"]
    assert (await played.cast.vera.http.get(f"/runs/{run}")).status == 404
    entries = (await played.cast.olga.http.get("/audit-log?action=run.cancelled")).json["items"]
    assert [(each["actor_kind"], each["target_id"]) for each in entries] == [("system", run)]


async def test_old_run_that_has_waited_for_a_short_time_is_kept(played: Scene, process: Process) -> None:
    played.tools["send"] = lambda _: "sent"
    run = await played.started(await played.agent(_ASK, "Done.", tools=("send:approval",)))
    await played.until(run, "waiting")
    await _age(played, 91, "runs")

    await run_tasks.delete_expired(process.database)

    assert (await played.run(run))["status"] == "waiting"


async def test_conversation_whose_answer_waits_goes_after_the_answer_has_ended(
    played: Scene, process: Process, hand_on: HandOn
) -> None:
    played.tools["send"] = lambda _: "sent"
    conversation = await begin(played, _ASK, "Done.", tools=("send:approval",))
    said = await say(played, conversation, "Send it.")
    await played.until(said.json["run"]["id"], "waiting")
    await _age(played, 91)

    await expiry.delete_expired(process.database)
    kept = await messages_of(played, conversation)
    await _expire(process, hand_on)
    await _expire(process, hand_on)

    assert [each["status"] for each in kept] == ["complete", "waiting"]
    assert (await played.cast.anna.http.get(f"/conversations/{conversation}")).status == 404
    assert (await played.cast.anna.http.get(f"/runs/{said.json['run']['id']}")).status == 404


async def _actions(scene: Scene) -> list[Any]:
    entries = (await scene.cast.olga.http.get("/audit-log?limit=200")).json["items"]
    return [each["action"] for each in entries]


async def test_audit_log_is_kept_as_long_as_the_organization_says(scene: Scene, process: Process) -> None:
    olga = scene.cast.olga.http
    shown = (await olga.get("/organizations/current")).json["audit_retention_days"]
    short = await olga.patch("/organizations/current", json={"audit_retention_days": 29})
    await olga.patch("/organizations/current", json={"audit_retention_days": 60})
    aged = (
        "UPDATE audit_log SET created_at = created_at - make_interval(days => %s) WHERE organization_id = %s"
        " AND action = 'member.added'"
    )
    await scene.owner(aged, 59, scene.cast.acme)
    await audit_tasks.delete_expired(process.database)
    before = await _actions(scene)

    await scene.owner(aged, 2, scene.cast.acme)
    await audit_tasks.delete_expired(process.database)

    assert shown == 365
    assert (short.status, short.json["errors"][0]["field"]) == (422, "audit_retention_days")
    assert "member.added" in before
    assert await _actions(scene) == [each for each in before if each != "member.added"]
    (changed,) = (await olga.get("/audit-log?action=organization.updated")).json["items"]
    assert (changed["before"]["audit_retention_days"], changed["after"]["audit_retention_days"]) == (365, 60)


async def test_audit_entries_of_no_organization_are_kept_for_a_year(scene: Scene, process: Process) -> None:
    email = f"{secrets.token_hex(8)}@example.com"
    for name in ("old", "young"):
        await scene.cast.nobody.post("/auth/sign-in", json={"email": f"{name}.{email}", "password": "wrong password"})
    await scene.owner(
        "UPDATE audit_log SET created_at = now() - interval '366 days' WHERE after ->> 'email' = %s", f"old.{email}"
    )

    await audit_tasks.delete_expired(process.database)

    left = await scene.owner("SELECT after ->> 'email' FROM audit_log WHERE after ->> 'email' LIKE %s", f"%{email}")
    assert left == [(f"young.{email}",)]
