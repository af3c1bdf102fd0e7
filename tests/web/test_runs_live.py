"""A run in the browser while it happens: from its start to its end, with every hand that may be laid on it."""

import re

from playwright.async_api import Page, expect

from retinue.engine.ports import ToolArtifact, ToolResult
from tests.runs.scene import Gate, Reciter, Scene
from tests.web.reader import WALL, Reader

CALL = {"name": "look_up", "arguments": {"text": "tides"}}
COUNT = "one two three four five six seven eight nine ten "
HALTING = {"text": f"{COUNT}{Reciter.MARK} {COUNT}", "tokens_per_second": 200}


def _tree(page: Page):  # noqa: ANN202 - a locator
    return page.get_by_role("tree", name="Steps").get_by_role("treeitem")


async def test_a_run_is_started_and_watched_from_the_first_token_to_the_end(
    olga: Reader, played: Scene, reciter: Reciter
) -> None:
    played.tools["look_up"] = lambda _: ToolResult({"high": "06:12"})
    await played.agent(
        {"reasoning": "The tables know.", "text": "I look it up.", "tool_calls": [CALL]}, HALTING, tools=("look_up",)
    )
    page = await olga.open("/runs")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})

    await page.get_by_role("button", name="New run").click()
    await page.get_by_role("dialog").get_by_label("Agent").select_option(label="Scribe")
    await page.get_by_label("Prompt").fill("When is high tide?")
    await page.get_by_role("dialog").get_by_role("button", name="Start").click()

    await expect(page.get_by_role("heading", name="Scribe")).to_be_visible()
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector).to_contain_text("one two three")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await expect(_tree(page)).to_have_count(3)
    reciter.gate.opened.set()
    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    await expect(inspector).to_contain_text("When is high tide?")
    await page.get_by_role("tab", name="Conversation").click()
    await expect(page.get_by_text("I look it up.")).to_be_visible()
    await page.get_by_role("button", name=re.compile("look_up")).first.click()
    await expect(page.get_by_role("tabpanel", name="Conversation").get_by_text("06:12")).to_be_visible()


async def test_a_reload_in_mid_answer_loses_nothing(olga: Reader, played: Scene, reciter: Reciter) -> None:
    run_id = await played.started(await played.agent(HALTING))
    page = await olga.open(f"/runs/{run_id}?tab=chat")
    answer = page.get_by_role("tabpanel", name="Conversation")
    await expect(answer).to_contain_text("one two three four")

    await page.reload()
    await expect(answer).to_contain_text("one two three four")
    await expect(page.get_by_text("Running", exact=True).first).to_be_visible()
    reciter.gate.opened.set()
    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible()

    said = (await answer.inner_text()).split()
    assert said.count("ten") == 2


async def test_a_lost_connection_is_taken_up_where_it_broke(olga: Reader, played: Scene, gate: Gate) -> None:
    agent = await played.agent({"text": "Before.", "tool_calls": [{"name": "wait_here"}]}, "After.", tools=("wait_here",))
    run_id = await played.started(agent)
    page = await olga.open(f"/runs/{run_id}?tab=chat")
    await gate.wait()
    await expect(page.get_by_role("tabpanel", name="Conversation")).to_contain_text("Before.")

    await olga.context.set_offline(True)
    gate.opened.set()
    await played.until(run_id)
    await olga.context.set_offline(False)

    await expect(page.get_by_text("After.").first).to_be_visible(timeout=40_000)
    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    olga.complaints[:] = [each for each in olga.complaints if "ERR_INTERNET_DISCONNECTED" not in each]


async def test_a_run_is_stopped_and_what_was_written_stays(olga: Reader, played: Scene) -> None:
    run_id = await played.started(await played.agent(HALTING))
    page = await olga.open(f"/runs/{run_id}?tab=chat")
    await expect(page.get_by_role("tabpanel", name="Conversation")).to_contain_text("one two")

    await page.get_by_role("button", name="Stop").click()

    await expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    await expect(page.get_by_role("tabpanel", name="Conversation")).to_contain_text("one two")
    assert (await played.run(run_id))["status"] == "cancelled"
    await expect(page.get_by_role("button", name="Retry")).to_be_visible()


async def test_step_that_its_worker_adds_to_a_stopped_run_appears_by_itself(olga: Reader, played: Scene, gate: Gate) -> None:
    run_id = await played.started(await played.agent({"tool_calls": [{"name": "wait_here"}]}, tools=("wait_here",)))
    page = await olga.open(f"/runs/{run_id}")
    await gate.wait()
    await expect(_tree(page).filter(has_text="wait_here")).to_be_visible()

    await page.get_by_role("button", name="Stop").click()

    await expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()
    await expect(page.get_by_role("treeitem", name="wait_here, Tool, Cancelled")).to_be_visible()


async def test_a_run_is_retried_as_a_new_one(olga: Reader, played: Scene) -> None:
    run_id = await played.started(await played.agent("Hello."))
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}")

    await page.get_by_role("button", name="Retry").click()

    await expect(page).not_to_have_url(re.compile(run_id))
    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible()


async def test_a_run_is_forked_from_a_step(olga: Reader, played: Scene) -> None:
    played.tools["look_up"] = lambda _: ToolResult("found")
    agent = await played.agent({"tool_calls": [CALL]}, "Done.", tools=("look_up",))
    run_id = await played.started(agent)
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    await _tree(page).last.click()

    await page.get_by_role("button", name="Fork").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Prompt")).to_have_js_property("readOnly", True)
    await dialog.get_by_role("button", name="Fork").click()

    await expect(page).not_to_have_url(re.compile(run_id))
    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    await expect(page.get_by_role("link", name=f"Forked from run {run_id[:13]}").first).to_be_visible()


async def test_a_tool_call_is_approved_with_other_arguments(olga: Reader, played: Scene) -> None:
    asked: list[object] = []
    played.tools["send"] = lambda arguments: asked.append(arguments) or ToolResult("sent")
    turn = {"tool_calls": [{"name": "send", "arguments": {"text": "draft"}}]}
    run_id = await played.started(await played.agent(turn, "It is sent.", tools=("send:approval",)))
    page = await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    card = page.get_by_role("region", name="Approval of send").first
    await expect(page.get_by_text("send is waiting for approval.")).to_be_visible()

    await card.get_by_role("button", name="Edit arguments").click()
    await card.get_by_label("Arguments (JSON)").fill("{oops")
    await expect(card.get_by_role("button", name="Approve")).to_be_disabled()
    await card.get_by_label("Arguments (JSON)").fill('{"text": "final"}')
    await card.get_by_role("button", name="Approve with changes").click()

    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    assert asked == [{"text": "final"}]


async def test_a_tool_call_is_rejected_from_the_inbox(olga: Reader, played: Scene) -> None:
    played.tools["send"] = lambda _: ToolResult("sent")
    turn = {"tool_calls": [{"name": "send", "arguments": {"text": "draft"}}]}
    run_id = await played.started(await played.agent(turn, "Then not.", tools=("send:approval",)))
    await played.until(run_id, "waiting")
    page = await olga.open("/approvals")
    card = page.get_by_role("region", name="Approval of send")

    await card.get_by_placeholder("Comment for the agent (optional)").fill("Too early")
    await card.get_by_role("button", name="Reject").click()

    await expect(page.get_by_text("You're all caught up")).to_be_visible()
    assert (await played.until(run_id))["status"] == "completed"
    await page.get_by_role("button", name="Decided").click()
    await expect(card).to_contain_text("Too early")


async def test_a_question_appears_in_the_inbox_by_itself(olga: Reader, played: Scene) -> None:
    played.tools["send"] = lambda _: ToolResult("sent")
    agent = await played.agent({"tool_calls": [{"name": "send", "arguments": {}}]}, "Done.", tools=("send:approval",))
    page = await olga.open("/approvals")
    await expect(page.get_by_text("You're all caught up")).to_be_visible()

    await played.started(agent)

    await expect(page.get_by_role("region", name="Approval of send")).to_be_visible()


async def test_files_and_log_lines_of_a_run_are_shown(olga: Reader, played: Scene) -> None:
    table = ToolArtifact("tides.csv", "text/csv", b"place,high\nBrest,06:12\n")
    played.tools["look_up"] = lambda _: ToolResult("saved", artifacts=(table,), logs=(("warning", "Old tables"),))
    run_id = await played.started(await played.agent({"tool_calls": [CALL]}, "Saved.", tools=("look_up",)))
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}?tab=files")

    await expect(page.get_by_role("cell", name="Brest")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download").click()
    assert (await download.value).suggested_filename == "tides.csv"
    await page.get_by_role("tab", name="Logs").click()
    log = page.get_by_role("log", name="Log")
    await expect(log).to_contain_text("Old tables")
    await page.get_by_role("button", name=re.compile("Warning")).click()
    await expect(log).not_to_contain_text("tokens in")
    await expect(page).to_have_url(re.compile("levels="))
    await page.get_by_role("searchbox", name="Search the log").fill("/old.*tables/")
    await expect(log.locator("mark")).to_have_text("Old tables")


async def test_the_tree_is_walked_by_keys_and_e_goes_to_the_error(olga: Reader, played: Scene) -> None:
    played.tools["look_up"] = lambda _: ToolResult("No such table", is_error=True)
    run_id = await played.started(await played.agent({"tool_calls": [CALL]}, "I could not.", tools=("look_up",)))
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    await expect(_tree(page)).to_have_count(3)

    await page.keyboard.press("e")
    await expect(page.get_by_role("treeitem", selected=True)).to_contain_text("look_up")
    await expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("No such table")
    await page.get_by_role("tree", name="Steps").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("treeitem", selected=True)).not_to_contain_text("look_up")
    await page.keyboard.press("ArrowLeft")
    await expect(_tree(page)).to_have_count(2)
    await page.keyboard.press("ArrowRight")
    await expect(_tree(page)).to_have_count(3)

    await page.reload()
    await expect(page.get_by_role("treeitem", selected=True)).to_be_visible()


async def test_waterfall_and_thoughts_tell_of_every_step(olga: Reader, played: Scene) -> None:
    played.tools["look_up"] = lambda _: ToolResult("found")
    turn = {"text": "Looking.", "tool_calls": [CALL, CALL | {"arguments": {"text": "winds"}}]}
    run_id = await played.started(await played.agent(turn, "Calm seas.", tools=("look_up",)))
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}?tab=waterfall")

    await expect(page.get_by_role("group", name=re.compile("Waterfall")).get_by_role("listitem")).to_have_count(4)
    await expect(page.get_by_role("list", name="Time breakdown")).to_be_visible()
    await page.get_by_role("tab", name=re.compile("Thoughts")).click()
    thoughts = page.get_by_role("tree", name="Thoughts").get_by_role("treeitem")
    await expect(thoughts).to_have_count(5)
    assert await page.locator("[data-testid=mind-map] [data-node]").count() == 5
    await thoughts.last.click()
    await expect(page.get_by_role("region", name="Selected thought")).to_contain_text("Calm seas.")


async def test_a_run_without_a_worker_says_why_it_waits(olga: Reader, scene: Scene) -> None:
    run_id = await scene.started(await scene.agent("Hello."))
    page = await olga.open(f"/runs/{run_id}")

    await expect(page.get_by_text("No worker is running")).to_be_visible()
