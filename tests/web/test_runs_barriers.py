"""No barriers on the pages of runs and approvals: axe finds none, by daylight and in the dark, on a wall and on a phone."""

import re

from playwright.async_api import expect

from retinue.engine.ports import ToolArtifact, ToolResult
from tests.runs.scene import Scene
from tests.web.looks import looks
from tests.web.reader import Reader

TABS = ["waterfall", "map", "chat", "logs", "files", "history"]


async def _a_rich_run(scene: Scene) -> str:
    note = ToolArtifact("note.md", "text/markdown", b"# Tides\n\n| place | high |\n|---|---|\n| Brest | 06:12 |\n")
    scene.tools["look_up"] = lambda _: ToolResult({"high": "06:12"}, artifacts=(note,))
    call = {"name": "look_up", "arguments": {"text": "tides"}}
    answer = "# Tides\n\n1. **Brest** at `06:12`\n\n```\nhigh = 6.2\n```\n\n[Source](https://example.com)"
    turns = ({"reasoning": "The tables know.", "text": "I look.", "tool_calls": [call]}, answer)
    run_id = await scene.started(await scene.agent(*turns, tools=("look_up",)), "When is high tide?")
    await scene.until(run_id)
    return run_id


@looks
async def test_the_list_of_runs_has_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    run_id = await _a_rich_run(played)
    page = await reader.open("/runs")
    await expect(page.get_by_role("table").get_by_role("link").first).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open(f"/runs?preview={run_id}")
    await expect(page.get_by_role("dialog").get_by_text("I look.")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_run_has_no_barriers_in_any_of_its_views(reader: Reader, played: Scene, axe: str) -> None:
    run_id = await _a_rich_run(played)
    for tab in TABS:
        page = await reader.open(f"/runs/{run_id}?tab={tab}")
        await expect(page.get_by_role("tabpanel").first).to_be_visible()
        await expect(page.get_by_role("tabpanel").first).not_to_be_empty()
        assert (tab, await reader.barriers(axe)) == (tab, [])


@looks
async def test_labels_feedback_and_warnings_have_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    agent = await played.agent({"text": "Half", "finish_reason": "length"})
    run_id = await played.started(agent, tags=["billing", "urgent"], metadata={"order": "17"})
    await played.until(run_id)
    await played.cast.vera.http.request("PUT", f"/runs/{run_id}/feedback", json={"value": "down", "comment": "Short."})
    page = await reader.open("/runs?tag=billing&metadata=order%3D17")
    await expect(page.get_by_role("row").filter(has_text="1 warning")).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open(f"/runs/{run_id}")
    await expect(page.get_by_role("status").filter(has_text="1 warning")).to_be_visible()
    assert await reader.barriers(axe) == []
    for opens in ("Feedback and comments", "Edit tags and metadata"):
        await page.get_by_role("button", name=opens).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        assert (opens, await reader.barriers(axe)) == (opens, [])
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


@looks
async def test_the_filter_of_runs_by_labels_has_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    await played.until(await played.started(await played.agent("Hello."), tags=["billing"], metadata={"order": "17"}))
    page = await reader.open("/runs")
    await expect(page.get_by_role("row")).not_to_have_count(0)
    more = page.get_by_role("button", name="More filters")
    if await more.is_visible():
        await more.click()
    await page.get_by_role("button", name="Tags and metadata").click()
    field = page.get_by_label("Tag", exact=True)
    await expect(field).to_be_visible()
    assert await reader.barriers(axe, page.get_by_role("dialog")) == []
    await field.fill("billing")
    await page.get_by_role("button", name="Filter by this tag").click()
    await expect(page).to_have_url(re.compile("tag=.*billing"))
    await page.keyboard.press("Escape")
    assert await reader.barriers(axe) == []


@looks
async def test_an_open_question_has_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    scene = played
    scene.tools["send"] = lambda _: ToolResult("sent")
    turn = {"tool_calls": [{"name": "send", "arguments": {"text": "draft"}}]}
    run_id = await scene.started(await scene.agent(turn, "Done.", tools=("send:approval",)))
    await scene.until(run_id, "waiting")

    page = await reader.open("/approvals")
    card = page.get_by_role("region", name="Approval of send")
    await card.get_by_role("button", name="Edit arguments").click()
    assert await reader.barriers(axe) == []

    steps = (await scene.cast.vera.http.get(f"/runs/{run_id}/approvals")).json["items"]
    await reader.open(f"/runs/{run_id}?step={steps[0]['step_id']}")
    await expect(page.get_by_role("region", name="Approval of send").first).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_an_empty_inbox_has_no_barriers(reader: Reader, axe: str) -> None:
    page = await reader.open("/approvals?view=decided")
    await expect(page.get_by_text("No decided approvals yet")).to_be_visible()
    assert await reader.barriers(axe) == []
