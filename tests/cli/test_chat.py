"""Conversations from the command line: with an agent, with a workflow, line by line, continued."""

import re

import orjson

from retinue.llm.types import SCRIPTED_ID
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene
from tests.workflows.conftest import Workflows


async def test_person_chats_with_a_workflow_and_continues_the_conversation(anna: Terminal, played: Scene) -> None:
    node = {
        "id": "say",
        "type": "model",
        "model": {"provider_id": str(SCRIPTED_ID)},
        "parameters": {"script": {"turns": [{"text": "Wool."}]}},
        "messages": [{"role": "user", "text": "{{ input['question'] }}"}],
        "output": {"said": "result"},
    }
    await Workflows(played).made(
        [node],
        [("START", "say"), ("say", "END")],
        input_schema={"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]},
        state={"said": {}},
        output={"answer": "state['said']"},
    )

    said = await anna("chat", "What do sheep give?", "--workflow", "desk")
    found = re.search("conversation ([0-9a-f-]{36})", said.err)
    assert found, said.err
    again = await anna("chat", "And goats?", "--conversation", found[1])
    kept = await played.cast.anna.http.get(f"/conversations/{found[1]}/messages")

    assert (said.code, said.out) == (0, "Wool.\n"), said.err
    assert (again.code, again.out) == (0, "Wool.\n"), again.err
    assert [each["content"] for each in kept.json["items"]] == ["What do sheep give?", "Wool.", "And goats?", "Wool."]


async def test_chat_names_one_partner_and_says_something(anna: Terminal, played: Scene) -> None:
    await played.agent("Hello.", name="Talker")

    said = await anna("chat", "--agent", "Talker", given="Hi\n\nAre you there?\n")
    silent = await anna("chat", "--agent", "Talker")
    nobody = await anna("chat", "Hi")
    both = await anna("chat", "Hi", "--agent", "Talker", "--team", "Talker")
    wrong = await anna("chat", "Hi", "--conversation", "Talker")

    assert (said.code, said.out, said.err.count("conversation ")) == (0, "Hello.\nHello.\n", 1), said.err
    assert (silent.code, "Say something" in silent.err) == (2, True)
    assert (nobody.code, "--workflow" in nobody.err) == (2, True)
    assert (both.code, wrong.code) == (2, 2)


async def test_link_to_a_conversation_is_created_listed_and_revoked(anna: Terminal, played: Scene) -> None:
    await played.agent("Hello.", name="Talker")
    said = await anna("chat", "Hi", "--agent", "Talker")
    conversation = said.err.partition("conversation ")[2].split()[0]

    made = await anna("conversations", "share", conversation, "--anyone", "--days", "7")
    listed = await anna("conversations", "links", conversation)
    link = orjson.loads((await anna("conversations", "links", conversation, "--json")).out)[0]["id"]
    revoked = await anna("conversations", "revoke", conversation, link)
    none = await anna("conversations", "links", conversation)
    wrong = await anna("conversations", "share", "Talker")

    assert (made.code, "/shared#" in made.out) == (0, True), made.err
    assert (listed.code, "anyone" in listed.out) == (0, True)
    assert (revoked.code, revoked.out) == (0, f"Link {link} is revoked.\n"), revoked.err
    assert (none.out, wrong.code) == ("No links.\n", 2)
