"""Schedules in the browser: made, previewed, run, paused, seen in list and calendar; no barriers."""

from typing import Any

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader
from tests.workflows.conftest import Workflows, adds, numbers


async def _schedule(scene: Scene, **fields: Any) -> str:
    agent = await scene.agent("Done.", name="Reporter")
    when = {"frequency": "daily", "time": "09:00", "timezone": "UTC"}
    body = {"name": "Daily report", "target_id": agent, "input": {"prompt": "Report."}, **when}
    made = await scene.cast.anna.http.post("/schedules", json=body | fields)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def test_schedule_is_made_with_a_preview_run_paused_and_resumed(olga: Reader, scene: Scene) -> None:
    await scene.agent("Done.", name="Reporter")
    page = await olga.open("/schedules")
    await page.get_by_role("link", name="New schedule").first.click()
    await page.get_by_label("Name").fill("Weekly report")
    await page.get_by_label("Agent, team or workflow").select_option(label="Reporter")
    await page.get_by_label("Prompt").fill("Write the report.")
    await page.get_by_label("Frequency").select_option(label="Weekly")
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    preview = page.get_by_role("region", name="Preview")
    await expect(preview).to_contain_text("Every weekday at 09:00, Europe/Berlin")
    await expect(preview.get_by_role("listitem")).to_have_count(10)
    await page.get_by_role("button", name="Create schedule").click()
    await expect(page.get_by_role("heading", name="Weekly report", level=1)).to_be_visible()

    await page.get_by_role("button", name="Run now").click()
    await expect(page.get_by_role("table", name="Occurrences").get_by_role("row")).to_have_count(2)
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.get_by_text("This schedule is paused.")).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_text("This schedule is paused.")).to_have_count(0)


async def test_schedule_of_a_workflow_keeps_its_input_when_it_is_edited(olga: Reader, scene: Scene) -> None:
    nodes, edges = [adds("add", n="state.n + 1")], [("START", "add"), ("add", "END")]
    flow = await Workflows(scene).made(nodes, edges, state=numbers(n=0), name="Counter")
    schedule = await _schedule(scene, target_type="workflow", target_id=flow, input={"n": 4})
    page = await olga.open(f"/schedules/{schedule}")
    await page.get_by_role("button", name="More for Daily report").click()
    await page.get_by_role("menuitem", name="Edit").click()
    await expect(page.get_by_label("Input (JSON)")).to_have_value('{\n  "n": 4\n}')

    await page.get_by_label("Name").fill("Nightly count")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Nightly count", level=1)).to_be_visible()

    saved = (await scene.cast.vera.http.get(f"/schedules/{schedule}")).json
    assert (saved["target_type"], saved["target_id"], saved["input"]) == ("workflow", flow, {"n": 4})


async def test_schedule_is_found_in_the_palette_and_in_the_calendar(olga: Reader, scene: Scene) -> None:
    await _schedule(scene)
    page = await olga.open("/")
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog", name="Search and commands").get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("daily rep")
    await page.get_by_role("option", name="Daily report").click()
    await expect(page.get_by_role("heading", name="Daily report", level=1)).to_be_visible()

    await page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Schedules").click()
    await page.get_by_role("tab", name="Calendar").click()
    await expect(page.get_by_text("Daily report").first).to_be_visible()


@looks
async def test_pages_of_schedules_have_no_barriers(reader: Reader, scene: Scene, axe: str) -> None:
    schedule = await _schedule(scene)
    await scene.cast.anna.http.post(f"/schedules/{schedule}/run")
    found: list[str] = []
    for path, seen in (
        ("/schedules", "Daily report"),
        ("/schedules?tab=calendar", "Daily report"),
        ("/schedules/new", "Preview"),
        (f"/schedules/{schedule}", "Occurrences"),
    ):
        page = await reader.open(path)
        await expect(page.get_by_text(seen).first).to_be_visible()
        await keep_picture(reader, f"schedules-{path.rpartition('/')[2][:12]}")
        found += await reader.barriers(axe)
    assert found == []
