"""Talking with an agent: messages are rows, an answer is a run, and it is there whenever one looks."""

import base64
import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from tests.client import Client, Response
from tests.runs.scene import Gate, Reciter, Scene, Sent, working
from tests.together import together

HandOn = Callable[[], Awaitable[int]]
_PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


async def begin(scene: Scene, *turns: Any, tools: tuple[str, ...] = (), **fields: Any) -> str:
    agent = await scene.agent(*turns, tools=tools, **fields)
    response = await scene.cast.anna.http.post("/conversations", json={"agent_id": agent})
    assert response.status == 201, response.text
    return str(response.json["id"])


async def say(scene: Scene, conversation: str, content: str, *, by: Client | None = None, **fields: Any) -> Response:
    headers = fields.pop("headers", None)
    body = {"content": content} | fields
    return await (by or scene.cast.anna.http).post(f"/conversations/{conversation}/messages", json=body, headers=headers)


async def messages_of(scene: Scene, conversation: str) -> list[Any]:
    return (await scene.cast.anna.http.get(f"/conversations/{conversation}/messages?limit=200")).json["items"]


async def upload(http: Client, name: str, content: bytes, kind: str) -> Response:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", io.BytesIO(content), filename=name, content_type=kind)
    return await http.post("/attachments", data=form)


async def test_a_message_is_answered_by_a_run(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, "Hello, Anna.")

    said = await say(played, conversation, "  Hello\nthere")
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()
    message, reply = await messages_of(played, conversation)
    shown = (await played.cast.anna.http.get(f"/conversations/{conversation}")).json

    assert said.status == 202
    assert (said.json["message"]["sender_type"], said.json["reply"]["status"]) == ("user", "streaming")
    assert said.json["run"]["trigger"] == "conversation"
    assert said.json["run"]["conversation_id"] == conversation
    assert message == said.json["message"]
    assert (reply["content"], reply["status"], reply["run_id"]) == ("Hello, Anna.", "complete", said.json["run"]["id"])
    assert message["id"] < reply["id"]
    assert (shown["title"], shown["last_message"], shown["message_count"]) == ("Hello", "Hello, Anna.", 2)


async def test_an_answer_can_be_read_from_its_run_before_the_news_has_come(played: Scene) -> None:
    conversation = await begin(played, "Quick.")
    said = await say(played, conversation, "Hi")

    await played.until(said.json["run"]["id"], "completed")
    reply = (await messages_of(played, conversation))[-1]

    assert (reply["status"], reply["content"]) == ("complete", "Quick.")


async def test_an_answer_goes_on_when_nobody_looks_and_streams_to_anyone_who_comes_back(
    scene: Scene, environ: dict[str, str]
) -> None:
    reciter = Reciter()
    words = " ".join(f"word{number}" for number in range(30))
    talk = f"{words} {Reciter.MARK} {words}"
    sent: list[Sent] = []
    async with working(environ, scene.tools, model=reciter):
        conversation = await begin(scene, {"text": talk, "tokens_per_second": 200})
        run = (await say(scene, conversation, "Tell me")).json["run"]["id"]
        async for _ in scene.events(run, until=lambda sent: sent.event == "token"):
            pass
        await reciter.gate.wait()

        reply = (await messages_of(scene, conversation))[-1]
        async for each in scene.events(run):
            sent.append(each)
            if each.event == "token":
                reciter.gate.opened.set()

    assert (reply["status"], reply["run_id"]) == ("streaming", run)
    assert "".join(each.data["text"] for each in sent if each.event == "token") == talk


async def test_the_agent_is_shown_what_was_said_before(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, "One.", config={"memory": {"history_messages": 3}})
    runs = list[str]()
    for number in range(3):
        said = await say(played, conversation, f"Question {number}")
        runs.append(said.json["run"]["id"])
        await played.until(runs[-1], "completed")
        await hand_on()

    shown = (await played.cast.anna.http.get(f"/runs/{runs[-1]}")).json["input"]["messages"]

    assert [message["content"] for message in shown][-2:] == ["Question 1", "One."]
    assert [message["role"] for message in shown][-2:] == ["user", "assistant"]


async def test_a_second_message_waits_for_the_answer_or_interrupts_it(played: Scene, hand_on: HandOn) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    conversation = await begin(played, {"tool_calls": [{"name": "gate"}]}, "Late.", tools=("gate",))
    first = await say(played, conversation, "First")
    await gate.wait()

    refused = await say(played, conversation, "Second")
    second = await say(played, conversation, "Second", on_busy="interrupt")
    gate.opened.set()
    await played.until(second.json["run"]["id"], "completed")
    await hand_on()
    messages = await messages_of(played, conversation)

    assert (refused.status, refused.json["code"]) == (409, "conversation_busy")
    assert "interrupt" in refused.json["remedy"]
    assert second.status == 202, second.text
    assert [(each["content"], each["status"]) for each in messages] == [
        ("First", "complete"),
        ("", "cancelled"),
        ("Second", "complete"),
        ("Late.", "complete"),
    ]
    assert (await played.run(first.json["run"]["id"]))["status"] == "cancelled"


async def test_of_many_messages_at_once_one_is_answered(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")

    responses = await together(10, lambda number: say(scene, conversation, f"Message {number}"))

    assert sorted(response.status for response in responses) == [202] + [409] * 9
    assert len(await messages_of(scene, conversation)) == 2


async def test_the_same_key_sends_a_message_once(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")
    key = {"Idempotency-Key": "message-1"}

    first = await say(scene, conversation, "Hi", headers=key)
    second = await say(scene, conversation, "Hi", headers=key)
    other = await say(scene, conversation, "Ho", headers=key)

    assert (first.status, second.status, other.status) == (202, 202, 409)
    assert second.headers["Idempotent-Replay"] == "true"
    assert [second.json[name]["id"] for name in ("message", "reply", "run")] == [
        first.json[name]["id"] for name in ("message", "reply", "run")
    ]


async def test_a_question_of_the_agent_is_shown_as_waiting(played: Scene) -> None:
    played.tools["send"] = lambda _: "sent"
    ask = {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}
    conversation = await begin(played, ask, "Sent.", tools=("send:approval",))
    said = await say(played, conversation, "Send it")
    await played.until(said.json["run"]["id"], "waiting")

    waiting = (await messages_of(played, conversation))[-1]
    (approval,) = (await played.cast.anna.http.get("/approvals?status=pending")).json["items"]
    await played.cast.anna.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    await played.until(said.json["run"]["id"], "completed")

    assert waiting["status"] == "waiting"
    assert (await messages_of(played, conversation))[-1]["content"] == "Sent."


async def test_a_failed_answer_says_why_and_may_be_given_again(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, {"error": "The model is overloaded."})
    said = await say(played, conversation, "Hi")
    await played.until(said.json["run"]["id"], "failed")
    await hand_on()
    failed = (await messages_of(played, conversation))[-1]
    agent = (await played.cast.anna.http.get(f"/conversations/{conversation}")).json["agent_id"]
    config = (await played.cast.anna.http.get(f"/agents/{agent}")).json["config"]
    config["parameters"]["script"] = {"turns": [{"text": "Now it works."}]}
    await played.cast.anna.http.patch(f"/agents/{agent}", json={"config": config})

    again = await played.cast.anna.http.post(f"/conversations/{conversation}/regenerate")
    await played.until(again.json["run"]["id"], "completed")
    await hand_on()
    messages = await messages_of(played, conversation)

    assert (failed["status"], "overloaded" in failed["content"]) == ("failed", True)
    assert again.status == 202, again.text
    assert again.json["reply"]["id"] == failed["id"]
    assert [each["content"] for each in messages] == ["Hi", "Now it works."]
    assert messages[1]["versions"] == [
        {"content": failed["content"], "status": "failed", "run_id": failed["run_id"]},
    ]


async def test_each_regenerated_answer_is_kept_with_its_run(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, "First.", "Second.", "Third.")
    http = played.cast.anna.http
    run = (await say(played, conversation, "Hi")).json["run"]
    runs = [run["id"]]
    for _ in range(2):
        await played.until(runs[-1], "completed")
        await hand_on()
        again = await http.post(f"/conversations/{conversation}/regenerate")
        assert (again.status, again.json["message"]["versions"]) == (202, [])
        runs.append(again.json["run"]["id"])
    await played.until(runs[-1], "completed")
    await hand_on()
    reply = (await messages_of(played, conversation))[1]

    assert [(each["run_id"], each["status"]) for each in reply["versions"]] == [(each, "complete") for each in runs[:2]]
    assert reply["versions"][0]["content"] == "First."
    assert reply["run_id"] == runs[2]
    assert (await http.get(f"/runs/{runs[2]}")).json["model"] == "demo"


async def test_there_must_be_something_to_give_again(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")

    nothing = await scene.cast.anna.http.post(f"/conversations/{conversation}/regenerate")
    await say(scene, conversation, "Hi")
    busy = await scene.cast.anna.http.post(f"/conversations/{conversation}/regenerate")

    assert [(each.status, each.json["code"]) for each in (nothing, busy)] == [
        (409, "nothing_to_regenerate"),
        (409, "conversation_busy"),
    ]


async def test_pictures_and_texts_reach_the_model(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, "Seen.")
    http = played.cast.anna.http
    picture = await upload(http, "dot.png", _PNG, "image/png")
    text = await upload(http, "../notes größe.md", "# Größe".encode(), "text/markdown")
    ids = [picture.json["id"], text.json["id"]]

    said = await say(played, conversation, "Look", attachment_ids=ids)
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()
    stored = await played.owner("SELECT input FROM runs WHERE id = %s", said.json["run"]["id"])
    shown = (await http.get(f"/runs/{said.json['run']['id']}")).json["input"]
    again = await say(played, conversation, "Again", attachment_ids=ids)
    async with http.stream("GET", picture.json["url"]) as response:
        content = await response.read()

    assert (picture.status, text.status) == (201, 201)
    assert text.json["name"] == "notes größe.md"
    assert [each["id"] for each in said.json["message"]["attachments"]] == ids
    parts = stored[0][0]["prompt"]
    assert parts[0] == {"type": "text", "text": "Look"}
    assert parts[1] == {"type": "image", "media_type": "image/png", "data": base64.b64encode(_PNG).decode()}
    assert parts[2] == {"type": "text", "text": "File notes größe.md:\n# Größe"}
    assert "data" not in shown["prompt"][1]
    assert content == _PNG
    assert (again.status, again.json["code"]) == (422, "attachment_used")


async def test_what_an_agent_cannot_read_is_refused(scene: Scene) -> None:
    http = scene.cast.anna.http

    film = await upload(http, "film.mp4", b"\0\0\0\x18ftypmp42", "video/mp4")
    fake = await upload(http, "fake.png", b"not a picture", "image/png")
    binary = await upload(http, "x.txt", b"a\0b", "text/plain")
    large = await upload(http, "big.png", _PNG + b"\0" * (6 * 1024 * 1024), "image/png")
    none = await http.post("/attachments", data=aiohttp.FormData({"other": "x"}))

    assert [each.status for each in (film, fake, binary, large, none)] == [422, 422, 422, 413, 422]
    assert {each.json["code"] for each in (film, fake, binary)} == {"attachment_type"}
    assert await scene.owner("SELECT count(*) FROM attachments WHERE organization_id = %s", scene.cast.acme) == [(0,)]


async def test_empty_and_unknown_are_refused_by_name(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")

    empty = await say(scene, conversation, "  ")
    unknown = await say(scene, conversation, "Hi", attachment_ids=[conversation])
    nowhere = await scene.cast.anna.http.post("/conversations", json={"agent_id": conversation})

    assert (empty.status, empty.json["code"]) == (422, "message_empty")
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (404, "attachment_ids.0")
    assert nowhere.status == 404


async def test_a_message_labels_its_run_and_another_answer_inherits_it(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, "First.")
    labels: dict[str, Any] = {"tags": ["chat"], "metadata": {"ticket": "9"}}

    said = await say(played, conversation, "Hi", **labels)
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()
    path = f"/conversations/{conversation}/regenerate"
    again = await played.cast.anna.http.post(path)
    await played.until(again.json["run"]["id"], "completed")
    await hand_on()
    relabelled = await played.cast.anna.http.post(path, json={"tags": ["other"]})

    assert {name: said.json["run"][name] for name in labels} == labels
    assert {name: again.json["run"][name] for name in labels} == labels
    assert relabelled.json["run"]["tags"] == ["other"]
    assert relabelled.json["run"]["metadata"] == {"ticket": "9"}


async def test_other_labels_under_the_same_key_are_another_message(scene: Scene) -> None:
    conversation, key = await begin(scene, "Done."), {"Idempotency-Key": "labelled"}

    first = await say(scene, conversation, "Hi", headers=key, tags=["a"])
    other = await say(scene, conversation, "Hi", headers=key, tags=["b"])

    assert (first.status, other.status) == (202, 409)


async def test_a_structured_answer_is_shown_as_formatted_json(played: Scene, hand_on: HandOn) -> None:
    schema = {"type": "object", "properties": {"text": {"type": "string"}, "size": {"type": "integer"}}}
    conversation = await begin(played, '{"text":"Grün","size":3}', config={"output_schema": schema})

    said = await say(played, conversation, "Hi")
    await played.until(said.json["run"]["id"], "completed")
    before = (await messages_of(played, conversation))[-1]
    await hand_on()
    after = (await messages_of(played, conversation))[-1]

    assert before["content"] == after["content"] == '{\n  "size": 3,\n  "text": "Grün"\n}'
