"""Tags, metadata and feedback of runs in the browser: given, edited, deleted, and what the list is filtered by."""

import re

from playwright.async_api import Browser, Page, expect

from tests.runs.scene import Scene
from tests.web.reader import WALL, Reader


async def _tag(page: Page, *tags: str) -> None:
    field = page.get_by_role("dialog").get_by_label("Tags", exact=True)
    for tag in tags:
        await field.fill(tag)
        await field.press("Enter")


async def test_run_is_started_with_tags_and_metadata(olga: Reader, played: Scene) -> None:
    await played.agent("Hello.")
    page = await olga.open("/runs")
    await page.get_by_role("button", name="New run").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Prompt").fill("Go.")
    await dialog.get_by_text("Tags and metadata").click()
    await _tag(page, "billing", "urgent")
    await dialog.get_by_role("button", name="Add entry").click()
    await dialog.get_by_label("Entry 1: key").fill("order:no")
    await expect(dialog.get_by_text("A key may not contain")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Start")).to_be_disabled()
    await dialog.get_by_label("Entry 1: key").fill("order")
    await dialog.get_by_label("Entry 1: value").fill("17=a")
    await dialog.get_by_role("button", name="Start").click()

    await expect(page.get_by_role("link", name="billing")).to_be_visible()
    await expect(page.get_by_role("link", name="order=17=a")).to_be_visible()
    run = await played.run(page.url.rsplit("/", 1)[1])
    assert (run["tags"], run["metadata"]) == (["billing", "urgent"], {"order": "17=a"})


async def test_labels_of_a_run_are_edited_and_removed(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Hello.")
    run_id = await played.started(agent, tags=["old", "kept"], metadata={"order": "17", "customer": "Åström"})
    page = await olga.open(f"/runs/{run_id}")
    await page.get_by_role("button", name="Edit tags and metadata").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Remove the tag old").click()
    await _tag(page, "new")
    await dialog.get_by_label("Entry 1: value").fill("18")
    await dialog.get_by_role("button", name="Remove entry 2").click()
    await dialog.get_by_role("button", name="Save").click()

    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("link", name="new", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="old", exact=True)).to_have_count(0)
    run = await played.run(run_id)
    assert (run["tags"], run["metadata"]) == (["kept", "new"], {"order": "18"})


async def test_runs_are_filtered_by_tags_and_metadata(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Hello.")
    await played.started(agent, "both", tags=["billing", "urgent"], metadata={"order": "17"})
    await played.started(agent, "one", tags=["billing"], metadata={"order": "18"})
    await played.started(agent, "none")
    page = await olga.open("/runs")
    rows = page.get_by_role("rowgroup").get_by_role("row")
    await expect(rows).to_have_count(3)
    await page.get_by_role("button", name="Tags and metadata").click()
    await page.get_by_label("Tag", exact=True).fill("billing")
    await page.get_by_role("button", name="Filter by this tag").click()
    await expect(rows).to_have_count(2)
    await page.get_by_label("Metadata key").fill("order")
    await page.get_by_label("Value", exact=True).fill("17")
    await page.get_by_role("button", name="Filter by this metadata").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("both")

    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Remove the filter for order=17").click()
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="Remove the filter for the tag billing").click()
    await expect(rows).to_have_count(3)


async def test_viewer_sees_labels_and_cannot_edit_them(chromium: Browser, readers: list[Reader], played: Scene) -> None:
    run_id = await played.started(await played.agent("Hello."), tags=["billing"])
    vera = await Reader.sit_down(chromium, played.cast.vera, readers)

    page = await vera.open(f"/runs/{run_id}")

    await page.get_by_role("link", name="billing").click()
    await expect(page).to_have_url(re.compile("tag="))
    await expect(page.get_by_role("row", name=re.compile("Scribe"))).to_contain_text("billing")
    await expect(page.get_by_role("button", name="Edit tags and metadata")).to_have_count(0)


async def test_feedback_is_given_with_a_comment_shown_with_its_author_and_deleted(olga: Reader, played: Scene) -> None:
    run_id = await played.started(await played.agent("Hello."))
    await played.until(run_id)
    given = await played.cast.vera.http.request(
        "PUT", f"/runs/{run_id}/feedback", json={"value": "down", "comment": "Too short."}
    )
    assert given.status == 200
    page = await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    await page.get_by_role("button", name="Good answer").click()
    await expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")

    await page.get_by_role("button", name="Feedback and comments").click()
    dialog = page.get_by_role("dialog", name="Feedback")
    others = dialog.get_by_role("region", name="From other members")
    await expect(others).to_contain_text(f"Vera {played.cast.marker}")
    await expect(others).to_contain_text("Too short.")
    await dialog.get_by_label("Comment").fill("To the point.")
    await dialog.get_by_role("button", name="Save feedback").click()
    await expect(dialog).to_have_count(0)
    listed = (await played.cast.vera.http.get(f"/runs/{run_id}/feedback")).json["items"]
    assert {(one["value"], one["comment"]) for one in listed} == {("up", "To the point."), ("down", "Too short.")}

    await page.get_by_role("button", name="Bad answer").click()
    await expect(dialog.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    await expect(dialog.get_by_label("Comment")).to_have_value("To the point.")
    await dialog.get_by_role("button", name="Delete feedback").click()
    await expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "false")
    assert (await played.run(run_id))["feedback"]["up"] == 0


async def test_runs_are_filtered_by_feedback(olga: Reader, played: Scene) -> None:
    agent = await played.agent("Hello.")
    liked = await played.started(agent, "liked")
    await played.started(agent, "unrated")
    await played.cast.vera.http.request("PUT", f"/runs/{liked}/feedback", json={"value": "up"})
    page = await olga.open("/runs")
    rows = page.get_by_role("rowgroup").get_by_role("row")

    await page.get_by_label("Feedback").select_option(label="Thumbs up")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("liked")
    await expect(rows).to_contain_text("1 thumbs up")

    await page.get_by_label("Feedback").select_option(label="No feedback")
    await expect(rows).to_contain_text("unrated")
