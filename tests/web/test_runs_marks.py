"""What marks a run in the list and on its page: warnings, outcome, partial answers, privacy, its ID and its origin."""

import re
from typing import Any

from playwright.async_api import expect

from tests.client import Client
from tests.runs.scene import Scene
from tests.web.reader import WALL, Reader

_CUT = {"text": "Half of the", "finish_reason": "length"}
_BROKEN = {"text": "The first half", "error": "The provider closed the connection.", "error_kind": "unavailable"}


async def _finished(scene: Scene, turn: Any, name: str, **options: Any) -> str:
    run_id = await scene.started(await scene.agent(turn, name=name), "Go.", **options)
    await scene.until(run_id)
    return run_id


async def test_warning_is_shown_in_the_list_the_run_and_the_step(olga: Reader, played: Scene) -> None:
    run_id = await _finished(played, _CUT, "Scribe")
    page = await olga.open("/runs")
    await expect(page.get_by_role("row", name=re.compile("Scribe"))).to_contain_text("1 warning")

    await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    banner = page.get_by_role("status").filter(has_text="1 warning")
    await expect(banner).to_contain_text("The answer was cut off")
    await banner.get_by_role("button", name=re.compile("Show step")).click()

    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector.get_by_role("note")).to_contain_text("The answer was cut off")
    await expect(page.get_by_role("treeitem", name=re.compile("with a warning"))).to_be_visible()
    await page.get_by_role("tab", name="Conversation").click()
    await expect(page.get_by_role("tabpanel", name="Conversation").get_by_role("note")).to_contain_text("cut off")


async def test_runs_are_filtered_by_outcome(olga: Reader, played: Scene) -> None:
    for name, turn in {"Fine": "Whole.", "Short": _CUT, "Broken": {"error": "Refused."}}.items():
        await _finished(played, turn, name)
    page = await olga.open("/runs")
    rows = page.get_by_role("rowgroup").get_by_role("row")
    await expect(rows).to_have_count(3)

    for label, name in {"Success": "Fine", "Completed with warnings": "Short", "Error": "Broken"}.items():
        await page.get_by_label("Outcome").select_option(label=label)
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text(name)

    await expect(page).to_have_url(re.compile("outcome=error"))
    await page.get_by_role("button", name="Clear filters").click()
    await expect(rows).to_have_count(3)


async def test_part_of_a_failed_answer_is_shown_and_marked(olga: Reader, played: Scene) -> None:
    run_id = await _finished(played, _BROKEN, "Scribe")
    page = await olga.open(f"/runs/{run_id}?tab=chat")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    answer = page.get_by_role("tabpanel", name="Conversation")
    await expect(answer).to_contain_text("The first half")
    await expect(answer.get_by_role("note")).to_contain_text("Partial answer")

    await page.get_by_role("treeitem").last.click()

    output = page.get_by_role("complementary", name="Inspector").get_by_role("region", name="Output")
    await expect(output).to_contain_text("The first half")
    await expect(output).to_contain_text("Partial answer")


async def _said(scene: Scene, http: Client, turn: Any) -> tuple[str, str]:
    """Send a message to an agent that says this turn; return the conversation and the run, which has ended."""
    agent = await scene.agent(turn)
    conversation = (await http.post("/conversations", json={"agent_id": agent})).json["id"]
    sent = await http.post(f"/conversations/{conversation}/messages", json={"content": "Hello"})
    run_id = str(sent.json["reply"]["run_id"])
    await scene.until(run_id)
    return str(conversation), run_id


async def test_answer_in_a_conversation_shows_its_warning_or_its_part(olga: Reader, played: Scene) -> None:
    for turn, text, note in (
        (_CUT, "Half of the", "The answer was cut off"),
        (_BROKEN, "The first half", "Partial answer"),
    ):
        conversation, _ = await _said(played, played.cast.olga.http, turn)

        page = await olga.open(f"/chat/{conversation}")

        answer = page.get_by_role("group", name="Messages").get_by_role("article", name="Scribe")
        await expect(answer).to_contain_text(text)
        await expect(answer.get_by_role("note")).to_contain_text(note)


async def test_private_run_is_marked_and_a_retry_of_it_links_to_it(olga: Reader, played: Scene) -> None:
    _, run_id = await _said(played, played.cast.olga.http, "Hello.")
    page = await olga.open("/runs")
    await expect(page.get_by_role("row", name=re.compile("Scribe"))).to_contain_text("Private")
    await olga.open(f"/runs/{run_id}")
    header = page.locator("header").filter(has=page.get_by_role("heading", name="Scribe"))
    await expect(header.get_by_text("Private", exact=True)).to_be_visible()
    await olga.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await header.get_by_role("button", name="Copy the run ID").click()
    assert await page.evaluate("navigator.clipboard.readText()") == run_id

    await page.get_by_role("button", name="Retry").click()

    await expect(page).not_to_have_url(re.compile(run_id))
    await expect(header.get_by_text("Private", exact=True)).to_be_visible()
    await header.get_by_role("link", name=f"Retry of run {run_id[:13]}").click()
    await expect(page).to_have_url(re.compile(run_id))


async def test_forked_run_links_to_its_origin(olga: Reader, played: Scene) -> None:
    run_id = await _finished(played, "Hello.", "Scribe")
    steps = (await played.cast.anna.http.get(f"/runs/{run_id}/steps")).json["items"]
    forked = await played.cast.anna.http.post(f"/runs/{run_id}/fork", json={"step_id": steps[0]["id"]})
    page = await olga.open(f"/runs/{forked.json['id']}")

    await page.get_by_role("link", name=f"Forked from run {run_id[:13]}").first.click()

    await expect(page).to_have_url(re.compile(run_id))
    await expect(page.get_by_text("Private", exact=True)).to_have_count(0)
