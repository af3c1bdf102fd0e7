"""The list of runs as a table: orders, columns, named views, many runs at once, and its rows as a file."""

import re

import psycopg
from playwright.async_api import expect

from tests.runs.scene import Gate, Scene
from tests.web.reader import Reader


async def test_columns_sort_and_the_order_stands_in_the_address(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Hello.")
    made = [await played.started(agent, prompt) for prompt in ("The long one", "The short one")]
    for run_id in made:
        await played.until(run_id)
    with psycopg.connect(played.postgres.owner_url, autocommit=True) as connection:
        connection.execute("UPDATE runs SET duration_ms = 90000 WHERE id = %s", (made[0],))
    page = await olga.open("/runs")
    rows = page.get_by_role("rowgroup").get_by_role("row")
    await expect(rows.first).to_contain_text("The short one")

    await page.get_by_role("button", name="Duration").click()
    await expect(rows.first).to_contain_text("The long one")
    await expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")
    await page.get_by_role("button", name="Duration").click()
    await expect(rows.first).to_contain_text("The short one")
    await expect(page).to_have_url(re.compile("sort=duration_ms"))
    await page.get_by_label("Duration", exact=True).select_option("60")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Time", exact=True).select_option("1h")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile("range=1h"))


async def test_a_view_is_saved_applied_and_deleted_and_columns_are_left_out(olga: Reader, played: Scene) -> None:
    await played.until(await played.started(await played.agent("Hello.")))
    page = await olga.open("/runs?status=failed")
    await page.get_by_role("button", name="Views").click()
    await page.get_by_role("menuitem", name="Save this view…").click()
    await page.get_by_label("Name").fill("Failures")
    await page.get_by_role("button", name="Save view").click()
    await page.get_by_role("main").get_by_role("button", name="Clear filters").first.click()
    await expect(page.get_by_role("rowgroup").get_by_role("row")).to_have_count(1)

    await page.get_by_role("button", name="Views").click()
    await page.get_by_role("menuitemcheckbox", name="Failures").click()
    await expect(page).to_have_url(re.compile("status=failed"))
    await page.get_by_role("button", name="Failures").click()
    await page.get_by_role("menuitem", name="Delete views…").click()
    await page.get_by_role("button", name="Delete Failures").click()
    await expect(page.get_by_role("button", name="Views")).to_be_visible()

    await olga.open("/runs")
    await page.get_by_role("button", name="Columns").click()
    await page.get_by_role("menuitemcheckbox", name="Cost").click()
    await expect(page.get_by_role("columnheader", name="Cost")).to_have_count(0)


async def test_many_runs_are_stopped_and_retried_at_once(olga: Reader, played: Scene, gate: Gate) -> None:
    agent = await played.agent({"tool_calls": [{"name": "wait_here"}]}, tools=("wait_here",))
    for prompt in ("First", "Second"):
        await played.started(agent, prompt)
    await gate.wait()
    page = await olga.open("/runs")
    rows = page.get_by_role("rowgroup").get_by_role("row")
    await expect(rows).to_have_count(2)

    await page.get_by_label("Select all loaded runs").check()
    await page.get_by_role("button", name="Stop 2").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("2 runs stopped.")).to_be_visible()
    await expect(rows.get_by_text("Cancelled")).to_have_count(2)

    await rows.filter(has_text="First").get_by_role("checkbox").check()
    await page.get_by_role("button", name="Retry 1").click()
    await expect(page.get_by_text("1 run started again.")).to_be_visible()
    await expect(rows).to_have_count(3)


async def test_the_rows_of_a_filter_are_exported(olga: Reader, played: Scene) -> None:
    await played.until(await played.started(await played.agent("Hello."), "=Say, it"))
    page = await olga.open("/runs")
    await expect(page.get_by_role("rowgroup").get_by_role("row")).to_have_count(1)

    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export CSV").click()

    text = (await (await started.value).path()).read_bytes().decode()
    header, row = text.split("\r\n")
    assert header.startswith("id,status,type,target")
    assert ',"\'=Say, it",' in row
    await expect(page.get_by_text("1 run exported.")).to_be_visible()
