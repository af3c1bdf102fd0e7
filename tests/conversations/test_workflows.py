"""Talking with a workflow whose input is one text: an answer is a run of it, told while it is written."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.client import Response
from tests.conversations.test_talking import upload
from tests.runs.scene import Scene
from tests.workflows.conftest import Workflows

HandOn = Callable[[], Awaitable[int]]
_ASKS: Any = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
_REMEMBERS: Any = {
    "type": "object",
    "properties": {"question": {"type": "string"}, "messages": {"type": "array"}},
    "required": ["question"],
}


def _model(*turns: Any) -> Any:
    return {
        "id": "say",
        "type": "model",
        "model": {"provider_id": str(SCRIPTED_ID)},
        "parameters": {"script": {"turns": list(turns)}},
        "messages": [{"role": "user", "text": "{{ input['question'] }}"}],
        "output": {"said": "result"},
    }


@pytest.fixture
def workflows(played: Scene) -> Workflows:
    return Workflows(played)


async def _desk(workflows: Workflows, node: Any, **more: Any) -> str:
    edges = [("START", node["id"]), (node["id"], "END")]
    fields: Any = {"input_schema": _ASKS, "state": {"said": {}}, "output": {"answer": "state['said']"}}
    return await workflows.made([node], edges, **(fields | more))


async def _begun(workflows: Workflows, workflow: str) -> str:
    begun = await workflows.scene.cast.anna.http.post("/conversations", json={"workflow_id": workflow})
    assert begun.status == 201, begun.text
    assert (begun.json["workflow_id"], begun.json["agent_id"], begun.json["team_id"]) == (workflow, None, None)
    return str(begun.json["id"])


async def _say(workflows: Workflows, conversation: str, content: str, **more: Any) -> Response:
    body = {"content": content, **more}
    return await workflows.scene.cast.anna.http.post(f"/conversations/{conversation}/messages", json=body)


async def _messages(workflows: Workflows, conversation: str) -> list[tuple[str, str]]:
    page = await workflows.scene.cast.anna.http.get(f"/conversations/{conversation}/messages")
    return [(each["content"], each["status"]) for each in page.json["items"]]


async def test_message_to_a_workflow_is_its_input_and_the_one_text_that_it_gives_the_answer(
    workflows: Workflows, hand_on: HandOn
) -> None:
    workflow = await _desk(workflows, _model({"text": "Wool.", "tokens_per_second": 1000}))
    conversation = await _begun(workflows, workflow)

    said = await _say(workflows, conversation, "What do sheep give?")
    run = await workflows.scene.until(said.json["run"]["id"])
    before = await _messages(workflows, conversation)
    await hand_on()

    assert (run["type"], run["workflow_id"], run["trigger"]) == ("workflow", workflow, "conversation")
    assert (run["input"], run["output"]) == ({"question": "What do sheep give?"}, {"answer": "Wool."})
    assert before == await _messages(workflows, conversation) == [("What do sheep give?", "complete"), ("Wool.", "complete")]
    assert (await workflows.scene.cast.vera.http.get(f"/runs/{run['id']}")).status == 404


async def test_answer_of_a_workflow_streams_while_its_model_writes_it(workflows: Workflows) -> None:
    text = "Wool, milk and company."
    workflow = await _desk(workflows, _model({"text": text, "tokens_per_second": 100}))
    said = await _say(workflows, await _begun(workflows, workflow), "What do sheep give?")

    told = await workflows.scene.collect(said.json["run"]["id"])

    assert "".join(each.data["text"] for each in told if each.event == "token") == text


async def test_workflow_is_told_what_was_said_before_only_where_its_input_has_messages(workflows: Workflows) -> None:
    seen = list[Any]()
    for schema in (_ASKS, _REMEMBERS):
        workflow = await _desk(workflows, _model({"text": "Yes."}), input_schema=schema, name=f"Desk {len(seen)}")
        conversation = await _begun(workflows, workflow)
        for question in ("First?", "Second?"):
            run = await workflows.scene.until((await _say(workflows, conversation, question)).json["run"]["id"])
        seen.append(run["input"].get("messages"))

    assert seen == [None, [{"role": "user", "content": "First?"}, {"role": "assistant", "content": "Yes."}]]


async def test_conversation_needs_a_published_workflow_whose_input_is_one_text(workflows: Workflows) -> None:
    http = workflows.scene.cast.anna.http
    schemas: list[Any] = [
        {"type": "object", "properties": {"topics": {"type": "array"}}, "required": ["topics"]},
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a", "b"]},
        {"type": "object"},
    ]
    codes = list[str]()
    for number, schema in enumerate(schemas):
        workflow = await _desk(workflows, _model({"text": "No."}), input_schema=schema, name=f"Desk {number}")
        codes.append((await http.post("/conversations", json={"workflow_id": workflow})).json["code"])
    draft = await workflows.post([_model({"text": "No."})], [("START", "say"), ("say", "END")], state={"said": {}})
    paused = await _desk(workflows, _model({"text": "No."}), name="Paused")
    await workflows.changed(paused, is_active=True)
    conversation = await _begun(workflows, paused)
    await workflows.changed(paused, is_paused=True)

    unpublished = await http.post("/conversations", json={"workflow_id": draft.json["id"]})
    both = await http.post("/conversations", json={"workflow_id": paused, "agent_id": paused})
    refused = await _say(workflows, conversation, "Hello?")

    assert codes == ["workflow_not_conversational"] * 3
    assert (unpublished.status, unpublished.json["code"]) == (409, "workflow_not_published")
    assert (both.status, both.json["code"]) == (422, "partner_invalid")
    assert (refused.status, refused.json["code"]) == (409, "workflow_paused")


async def test_message_to_a_workflow_takes_no_attachments(workflows: Workflows) -> None:
    http = workflows.scene.cast.anna.http
    conversation = await _begun(workflows, await _desk(workflows, _model({"text": "Yes."})))
    file = await upload(http, "note.txt", b"Hello", "text/plain")

    refused = await _say(workflows, conversation, "See this", attachment_ids=[file.json["id"]])

    assert (refused.status, refused.json["code"]) == (422, "attachments_unsupported")
    assert [each["field"] for each in refused.json["errors"]] == ["attachment_ids"]
    assert (await http.get(f"/conversations/{conversation}/messages")).json["items"] == []


async def test_reply_waits_while_the_workflow_asks_and_a_new_answer_can_be_asked_for(workflows: Workflows) -> None:
    question: Any = {
        "id": "ask",
        "type": "question",
        "ask": "Which sheep?",
        "form": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "output": {"said": "'Ah, ' + result['name']"},
    }
    http = workflows.scene.cast.anna.http
    conversation = await _begun(workflows, await _desk(workflows, question))
    run_id = (await _say(workflows, conversation, "How is Dolly?")).json["run"]["id"]
    await workflows.scene.until(run_id, "waiting")
    waiting = await _messages(workflows, conversation)
    (asked,) = (await http.get("/approvals?status=pending")).json["items"]
    await http.post(f"/approvals/{asked['id']}/answer", json={"answer": {"name": "Dolly"}})
    await workflows.scene.until(run_id, "completed")

    again = await http.post(f"/conversations/{conversation}/regenerate", json={})

    assert waiting[-1] == ("", "waiting")
    assert again.status == 202, again.text
    assert again.json["run"]["input"] == {"question": "How is Dolly?"}


async def test_conversation_stays_when_its_workflow_is_deleted(workflows: Workflows) -> None:
    http = workflows.scene.cast.anna.http
    workflow = await _desk(workflows, _model({"text": "Yes."}))
    conversation = await _begun(workflows, workflow)
    await workflows.scene.until((await _say(workflows, conversation, "Hello?")).json["run"]["id"])
    listed = await http.get(f"/conversations?workflow_id={workflow}")
    deleted = await http.delete(f"/workflows/{workflow}")

    left = await http.get(f"/conversations/{conversation}")
    refused = await _say(workflows, conversation, "Still there?")

    assert [each["id"] for each in listed.json["items"]] == [conversation]
    assert (deleted.status, left.json["workflow_id"]) == (204, None)
    assert (refused.status, refused.json["code"]) == (409, "conversation_without_agent")
    assert len(await _messages(workflows, conversation)) == 2
