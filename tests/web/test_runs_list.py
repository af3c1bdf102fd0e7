"""The list of runs in the browser: it stays still while runs come and go, and its filters stand in its address."""

import re

from playwright.async_api import Browser, expect

from tests.runs.scene import Gate, Scene
from tests.web.reader import Reader


async def test_an_empty_list_offers_to_start_a_run(olga: Reader) -> None:
    page = await olga.open("/runs")

    await expect(page.get_by_text("No runs yet")).to_be_visible()
    await page.get_by_role("button", name="Start a run").click()

    await expect(page.get_by_role("dialog", name="New run")).to_be_visible()


async def test_new_runs_are_counted_and_move_no_row_until_asked_for(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Hello.")
    await played.until(await played.started(agent, "The first"))
    page = await olga.open("/runs")
    rows = page.get_by_role("table", name="Runs").get_by_role("row")
    await expect(rows).to_have_count(2)

    for prompt in ("The second", "The third"):
        await played.until(await played.started(agent, prompt))

    await expect(page.get_by_role("button", name="2 new runs")).to_be_visible()
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="2 new runs").click()
    await expect(rows).to_have_count(4)
    await expect(rows.nth(1)).to_contain_text("The third")
    await expect(page.get_by_role("button", name="2 new runs")).to_have_count(0)


async def test_a_shown_run_changes_in_its_place(olga: Reader, played: Scene, gate: Gate) -> None:
    agent = await played.agent({"tool_calls": [{"name": "wait_here"}]}, tools=("wait_here",))
    run_id = await played.started(agent, "Watch me")
    await gate.wait()
    page = await olga.open("/runs")
    row = page.get_by_role("row").filter(has_text="Watch me")
    await expect(row.get_by_text("Running")).to_be_visible()

    answer = await played.cast.anna.http.post(f"/runs/{run_id}/cancel")

    assert answer.status == 200
    await expect(row.get_by_text("Cancelled")).to_be_visible()


async def test_filters_stand_in_the_address_and_can_be_cleared(olga: Reader, played: Scene) -> None:
    scribe = await played.agent("Hello.", name="Scribe")
    clerk = await played.agent({"error": "The script refuses."}, name="Clerk")
    await played.until(await played.started(scribe, "Write a poem"))
    await played.until(await played.started(clerk, "Add the figures"))
    page = await olga.open("/runs")
    rows = page.get_by_role("rowgroup").get_by_role("row")
    await expect(rows).to_have_count(2)

    await page.get_by_role("button", name="Failed").click()
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile(r"status=failed"))
    await page.get_by_label("Agent", exact=True).select_option(label="Scribe")
    await expect(page.get_by_text("No run matches these filters")).to_be_visible()

    await page.reload()
    await expect(page.get_by_text("No run matches these filters")).to_be_visible()
    await page.get_by_role("main").get_by_role("button", name="Clear filters").first.click()
    await expect(rows).to_have_count(2)
    await page.get_by_role("searchbox", name="Search runs").fill("poem")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Write a poem")


async def test_keys_move_look_and_open(olga: Reader, played: Scene) -> None:
    agent = await played.agent("The answer is here.")
    for prompt in ("The older", "The newer"):
        await played.until(await played.started(agent, prompt))
    page = await olga.open("/runs")
    await expect(page.get_by_role("rowgroup").get_by_role("row")).to_have_count(2)

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.get_by_role("row").filter(has_text="The older").get_by_role("link")).to_be_focused()
    await page.keyboard.press("o")
    panel = page.get_by_role("dialog")
    await expect(panel.get_by_text("The answer is here.")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"preview="))

    await panel.get_by_role("button", name="Newer run").click()
    await expect(panel.get_by_text("The newer")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}"))


async def test_a_viewer_reads_but_is_offered_nothing_to_change(
    chromium: Browser, readers: list[Reader], played: Scene
) -> None:
    run_id = await played.started(await played.agent("Hello."))
    await played.until(run_id)
    vera = await Reader.sit_down(chromium, played.cast.vera, readers)

    page = await vera.open("/runs")
    await expect(page.get_by_role("rowgroup").get_by_role("row")).to_have_count(1)
    await expect(page.get_by_role("button", name="New run")).to_have_count(0)

    await vera.open(f"/runs/{run_id}")
    await expect(page.get_by_role("heading", name="Scribe")).to_be_visible()
    await expect(page.get_by_role("button", name="Retry")).to_have_count(0)


async def test_another_organizations_run_is_not_there(chromium: Browser, readers: list[Reader], played: Scene) -> None:
    run_id = await played.started(await played.agent("Hello."))
    await played.until(run_id)
    otto = await Reader.sit_down(chromium, played.cast.otto, readers)

    page = await otto.open("/runs")
    await expect(page.get_by_text("No runs yet")).to_be_visible()
    await otto.open(f"/runs/{run_id}")

    await expect(page.get_by_text("Not found")).to_be_visible()
    otto.expect_refusals(404)
