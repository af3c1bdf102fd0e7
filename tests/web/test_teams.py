"""Teams in the browser: made, put in order by keyboard and by drag, tried, watched as lanes, talked with; no barriers."""

import os
from pathlib import Path

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.teams.conftest import Teams, call, delegates
from tests.web.looks import looks
from tests.web.reader import Reader


async def test_team_is_made_ordered_saved_and_tried(olga: Reader, played: Scene) -> None:
    for name in ("Finder", "Writer"):
        await played.agent(f"{name} is done.", name=name)
    page = await olga.open("/teams")
    await page.get_by_role("link", name="Create team").click()
    await page.get_by_label("Name").fill("Desk")
    await page.get_by_text("Collaborate", exact=True).click()
    await page.get_by_role("button", name="Create team").click()
    await expect(page.get_by_role("heading", name="Desk", level=1)).to_be_visible()

    for name in ("Finder", "Writer"):
        await page.get_by_label("Add a member").select_option(label=name)
    await page.get_by_label("Role of Finder").fill("Looks things up")
    await page.get_by_role("group", name="Finder, number 1 of 2").focus()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.get_by_role("group", name="Finder, number 2 of 2")).to_be_focused()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Version 2 is saved.")).to_be_visible()

    team = (await played.cast.vera.http.get(f"/teams/{page.url.rpartition('/')[2]}")).json
    assert [(each["name"], each["role"]) for each in team["members"]] == [("Writer", ""), ("Finder", "Looks things up")]

    await page.get_by_role("group", name="Finder, number 2 of 2").drag_to(page.get_by_role("group", name="Writer, number 1"))
    await expect(page.get_by_role("group", name="Finder, number 1 of 2")).to_be_visible()


async def test_members_work_as_lanes_and_the_answer_comes_below(olga: Reader, played: Scene) -> None:
    teams = Teams(played)
    finder = await played.agent("Found three.", name="Finder")
    writer = await played.agent("Written.", name="Writer")
    asks = delegates(("finder", "Find sources."), ("writer", "Write it."))
    team = await teams.team(asks, "All done.", members=[finder, writer])
    page = await olga.open(f"/teams/{team}")
    await page.get_by_role("textbox", name="Request").fill("What is new?")
    await page.get_by_role("main").get_by_role("button", name="Run", exact=True).click()

    trial = page.get_by_role("region", name="Try it")
    await expect(trial.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(2)
    await expect(trial).to_contain_text("All done.")
    await trial.get_by_role("link", name="Open the run").click()
    await page.wait_for_url("**/runs/**")

    lanes = page.get_by_role("list", name="Members").last
    await expect(lanes).to_contain_text("Find sources.")
    await expect(lanes).to_contain_text("Found three.")
    await lanes.get_by_role("link", name="Finder").click()
    await expect(page.get_by_role("heading", name="Finder", level=1)).to_be_visible()


async def test_modes_and_rosters_are_compared_side_by_side_without_being_saved(olga: Reader, played: Scene) -> None:
    one, two = [await played.agent(f"{name} says yes.", name=name) for name in ("One", "Two")]
    choice = {"tool_calls": [call("delegate", member="one", confidence=0.9)]}
    team = await Teams(played).team(choice, "Both say yes.", members=[one, two], type="route")
    page = await olga.open(f"/teams/{team}")
    await page.get_by_role("link", name="Compare modes").click()
    await page.get_by_label("Mode of variant 2").select_option(label="Collaborate")
    await page.get_by_role("group", name="Members of variant 1").get_by_label("Two").uncheck()
    await page.get_by_role("textbox", name="Request").fill("Ready?")
    await page.get_by_role("button", name="Run all").click()

    routed = page.get_by_role("region", name="Answer of Route")
    agreed = page.get_by_role("region", name="Answer of Collaborate")
    await expect(routed).to_contain_text("One says yes.")
    await expect(agreed).to_contain_text("Completed")
    await expect(agreed.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(2)
    saved = (await played.cast.vera.http.get(f"/teams/{team}")).json
    assert (saved["type"], saved["version"], len(saved["members"])) == ("route", 1, 2)


async def test_unsaved_changes_of_a_team_are_tried(olga: Reader, played: Scene) -> None:
    one = await played.agent("One says yes.", name="One")
    team = await Teams(played).team("Agreed.", members=[one], type="route")
    page = await olga.open(f"/teams/{team}")
    await page.get_by_text("Collaborate", exact=True).click()
    await expect(page.get_by_text("With your unsaved changes.")).to_be_visible()
    await page.get_by_role("textbox", name="Request").fill("Ready?")
    await page.get_by_role("main").get_by_role("button", name="Run", exact=True).click()

    trial = page.get_by_role("region", name="Try it")
    await expect(trial).to_contain_text("Agreed.")


async def test_routing_team_says_who_would_answer(olga: Reader, scene: Scene) -> None:
    bills = await scene.agent("-", name="Bills")
    choice = {"tool_calls": [call("delegate", member="bills", confidence=0.9, reason="It is about money.")]}
    team = await Teams(scene).team(choice, members=[bills], type="route")
    page = await olga.open(f"/teams/{team}")
    await page.get_by_role("textbox", name="Request").fill("Did I pay?")
    await page.get_by_role("button", name="Who would answer?").click()

    await expect(page.get_by_text("Bills would answer, 90 % sure.")).to_be_visible()


async def test_person_talks_with_a_team(olga: Reader, played: Scene) -> None:
    one = await played.agent("Fine.", name="One")
    team = await Teams(played).team(delegates(("one", "a")), "The team says hello.", members=[one])
    page = await olga.open(f"/teams/{team}")
    await page.get_by_role("link", name="Chat", exact=True).last.click()
    await page.get_by_role("textbox", name="Message").fill("Hello?")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("The team says hello.")).to_be_visible()


@looks
async def test_pages_of_teams_have_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    teams = Teams(played)
    members = [await played.agent(f"{name} agrees.", name=name) for name in ("Finder", "Writer", "Checker")]
    for kind, name in (
        ("route", "Support desk"),
        ("coordinate", "Research desk"),
        ("tasks", "Launch"),
        ("collaborate", "Board"),
    ):
        team = await teams.team("The answer of all.", members=members, type=kind, name=name)
    run_id = await teams.started(team)
    await played.until(run_id)

    page = await reader.open("/teams")
    await expect(page.get_by_role("heading", name="Board")).to_be_visible()
    await _look(reader, "list")
    assert await reader.barriers(axe) == []
    await reader.open("/teams/new")
    await expect(page.get_by_label("Name")).to_be_visible()
    await _look(reader, "new")
    assert await reader.barriers(axe) == []
    await reader.open(f"/teams/{team}?compare=true")
    await page.get_by_role("textbox", name="Request").fill("Ready?")
    await page.get_by_role("button", name="Run all").click()
    await expect(page.get_by_role("region", name="Answer of Collaborate")).to_contain_text("Completed")
    await _look(reader, "compare")
    assert await reader.barriers(axe) == []
    await reader.open(f"/teams/{team}")
    await page.get_by_role("button", name="Limits of Finder").click()
    await expect(page.get_by_label("Retries")).to_be_visible()
    await _look(reader, "builder")
    assert await reader.barriers(axe) == []
    await reader.open(f"/runs/{run_id}")
    await expect(page.get_by_role("list", name="Members")).to_contain_text("Checker agrees.")
    await _look(reader, "run")
    assert await reader.barriers(axe) == []


async def _look(reader: Reader, name: str) -> None:
    """Keep a picture of the page where RETINUE_TEST_PICTURES names a folder."""
    folder = os.environ.get("RETINUE_TEST_PICTURES")
    if folder:
        size = reader.page.viewport_size or {"width": 0}
        dark = await reader.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        path = Path(folder) / f"teams-{name}-{size['width']}-{'dark' if dark else 'light'}.png"
        await reader.page.screenshot(path=path, full_page=True)
