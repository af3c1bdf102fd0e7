"""Chatting with a workflow in the browser: chosen in the menu, its answer comes as its model writes it."""

import re
from typing import Any

from playwright.async_api import expect

from retinue.llm.types import SCRIPTED_ID
from tests.runs.scene import Reciter, Scene
from tests.web.reader import Reader
from tests.workflows.conftest import Workflows

COUNT = "one two three four five six seven eight nine ten "


def _desk(turn: Any) -> Any:
    return {
        "id": "say",
        "type": "model",
        "model": {"provider_id": str(SCRIPTED_ID)},
        "parameters": {"script": {"turns": [turn]}},
        "messages": [{"role": "user", "text": "{{ input['question'] }}"}],
        "output": {"said": "result"},
    }


async def _made(played: Scene, turn: Any) -> str:
    asks = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
    edges = [("START", "say"), ("say", "END")]
    fields: Any = {"input_schema": asks, "state": {"said": {}}, "output": {"answer": "state['said']"}}
    return await Workflows(played).made([_desk(turn)], edges, **fields)


async def test_person_chooses_a_workflow_and_sees_its_answer_come(olga: Reader, played: Scene, reciter: Reciter) -> None:
    await played.agent("Hello.")
    await _made(played, {"text": f"{COUNT}{Reciter.MARK} {COUNT}", "tokens_per_second": 200})
    page = await olga.open("/chat")
    await page.get_by_role("button", name=re.compile("Change agent, team or workflow")).click()
    await page.get_by_role("menuitemcheckbox", name="Desk", exact=True).click()
    field = page.get_by_role("textbox", name="Message to Desk")
    await expect(page.get_by_role("button", name="Attach files")).to_have_count(0)
    await field.fill("Count, please.")
    await field.press("Enter")
    answer = page.get_by_role("group", name="Messages").get_by_role("article", name="Desk")

    await expect(answer).to_contain_text("one two three")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    reciter.gate.opened.set()
    await expect(answer.get_by_role("button", name="Copy as Markdown")).to_be_visible()
    await page.reload()

    await expect(answer).to_contain_text("ten")
    assert "answer" not in await answer.inner_text()
    await page.get_by_role("button", name=re.compile("Change agent, team or workflow")).click()
    await page.get_by_role("menuitem", name="Open Desk").click()
    await expect(page.get_by_role("link", name="Chat", exact=True).last).to_be_visible()
