"""Keeping conversations: listed by when one last spoke, renamed, your own alone, and gone permanently when deleted."""

from datetime import timedelta

from retinue.conversations.attachments import service as attachments
from retinue.conversations.attachments import tasks
from retinue.process import Process
from tests.conversations.test_talking import HandOn, begin, messages_of, say, upload
from tests.runs.scene import Scene


async def test_conversations_are_listed_by_when_one_last_spoke(scene: Scene) -> None:
    first, second, third = [await begin(scene, "Done.") for _ in range(3)]
    await say(scene, first, "I am back in the first one.")
    http = scene.cast.anna.http

    page = (await http.get("/conversations?limit=2")).json
    rest = (await http.get(f"/conversations?limit=2&cursor={page['next_cursor']}")).json
    found = (await http.get("/conversations?q=BACK")).json

    assert [each["id"] for each in page["items"] + rest["items"]] == [first, third, second]
    assert rest["next_cursor"] is None
    assert [each["id"] for each in found["items"]] == [first]


async def test_a_title_may_be_changed_and_is_then_kept(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")
    http = scene.cast.anna.http

    renamed = await http.patch(f"/conversations/{conversation}", json={"title": " Plans "})
    empty = await http.patch(f"/conversations/{conversation}", json={"title": " "})
    await say(scene, conversation, "Something else")

    assert (renamed.status, renamed.json["title"]) == (200, "Plans")
    assert empty.status == 422
    assert (await http.get(f"/conversations/{conversation}")).json["title"] == "Plans"


async def test_a_conversation_is_its_persons_own(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")
    sent_file = await upload(scene.cast.anna.http, "note.txt", b"private", "text/plain")
    await say(scene, conversation, "Private", attachment_ids=[sent_file.json["id"]])

    for person in (scene.cast.olga, scene.cast.adam, scene.cast.vera, scene.cast.otto):
        assert (await person.http.get(f"/conversations/{conversation}")).status == 404
        assert (await person.http.get(f"/conversations/{conversation}/messages")).status == 404
        assert (await person.http.get(sent_file.json["url"])).status == 404
        assert (await person.http.get("/conversations")).json["items"] == []
    for person in (scene.cast.olga, scene.cast.adam, scene.cast.otto):
        assert (await say(scene, conversation, "Mine", by=person.http)).status == 404
        assert (await person.http.delete(f"/conversations/{conversation}")).status == 404
    assert (await say(scene, conversation, "Mine", by=scene.cast.vera.http)).status in (403, 404)


async def test_deleting_takes_everything_with_it(played: Scene, process: Process, hand_on: HandOn) -> None:
    conversation = await begin(played, "Done.")
    http = played.cast.anna.http
    sent_file = await upload(http, "note.txt", b"secret marker", "text/plain")
    said = await say(played, conversation, "Keep this", attachment_ids=[sent_file.json["id"]])
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()
    folder = process.resources.core.data_dir / "artifacts" / "attachments" / str(played.cast.acme)
    before = [path.name for path in folder.iterdir()]

    deleted = await http.delete(f"/conversations/{conversation}")
    await hand_on()
    left = [
        (await played.owner(f"SELECT count(*) FROM {table} WHERE organization_id = %s", played.cast.acme))[0][0]  # noqa: S608
        for table in ("conversations", "messages", "attachments", "runs", "run_steps", "checkpoints", "run_events", "outbox")
    ]

    assert before == [sent_file.json["id"]]
    assert deleted.status == 204
    assert left == [0] * 8
    assert not folder.exists()
    assert (await http.get(f"/conversations/{conversation}")).status == 404


async def test_deleting_stops_an_answer_in_flight(played: Scene) -> None:
    conversation = await begin(played, {"text": "word " * 500, "tokens_per_second": 50})
    said = await say(played, conversation, "Go on")
    async for _ in played.events(said.json["run"]["id"], until=lambda sent: sent.event == "token"):
        pass

    deleted = await played.cast.anna.http.delete(f"/conversations/{conversation}")

    assert deleted.status == 204
    assert await played.running() == 0
    assert (await played.cast.anna.http.get(f"/runs/{said.json['run']['id']}")).status == 404


async def test_uploads_that_were_never_sent_are_cleared_away(scene: Scene, process: Process) -> None:
    http = scene.cast.anna.http
    kept = await upload(http, "sent.txt", b"sent", "text/plain")
    lost = await upload(http, "lost.txt", b"lost", "text/plain")
    await say(scene, await begin(scene, "Done."), "Hi", attachment_ids=[kept.json["id"]])

    await tasks.delete_unused(process.database)
    assert (await http.get(lost.json["url"])).status == 200
    await attachments.delete_unused(process.database, timedelta(minutes=-1))

    assert (await http.get(kept.json["url"])).status == 200
    assert (await http.get(lost.json["url"])).status == 404


async def test_a_conversation_outlives_its_agent_but_is_silent(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")
    said = await say(scene, conversation, "Hi")
    await scene.cast.anna.http.post(f"/runs/{said.json['run']['id']}/cancel")
    agent = (await scene.cast.anna.http.get(f"/conversations/{conversation}")).json["agent_id"]

    deleted = await scene.cast.anna.http.delete(f"/agents/{agent}")
    silent = await say(scene, conversation, "Still there?")

    assert deleted.status == 204, deleted.text
    assert (silent.status, silent.json["code"]) == (409, "conversation_without_agent")
    assert len(await messages_of(scene, conversation)) == 2
