"""The first page: figures of a window, their change and their links, firing alerts, and what is shown where nothing ran."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from retinue.alerts import engine
from retinue.metrics import tasks as metrics
from retinue.process import Process
from retinue.usage import tasks as usage
from tests.runs.scene import Scene
from tests.teams.conftest import Teams
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


@pytest.fixture
async def lately(played: Scene, process: Process) -> Scene:
    """Give runs of the last two days, one of which failed, a firing alert and a pending approval."""
    anna = played.cast.anna.http
    good = await played.agent({"text": "Done.", "cost_usd": 0.02}, name="Ada", description="Answers")
    bad = await played.agent({"error": "down"}, name="Ben")
    asking = await played.agent(
        {"tool_calls": [{"name": "send", "arguments": {"text": "hi"}}]}, "Done.", tools=("send:approval",), name="Cleo"
    )
    teams = Teams(played)
    await teams.run(await teams.team("Done.", members=[good], name="Support desk"))
    rule = {"name": "A run failed", "conditions": {"status": "error"}, "channels": {}, "severity": "critical"}
    assert (await anna.post("/alert-configs", json=rule)).status == 201
    for agent in (good, good, good, bad):
        await played.until(await played.started(agent))
    await played.until(await played.started(asking), "waiting")
    now = datetime.now(UTC)
    points = [
        {
            "metric_type": "response_time",
            "value": 900 + 300 * (hour % 5),
            "recorded_at": (now - timedelta(hours=hour)).isoformat(),
        }
        for hour in range(1, 40)
    ]
    assert (await anna.post(f"/agents/{good}/metrics", json={"points": points})).status == 202
    assert (await anna.post("/deployments", json={"target_id": good})).status in (201, 202)
    statement = "UPDATE alert_configs SET next_eval_at = tenant.now() WHERE enabled AND organization_id = %s"
    await played.owner(statement, played.cast.acme)
    await engine.sweep(process.database)
    for work in (metrics.collect, usage.add_up, metrics.roll_up):
        await work(process.database)
    return played


async def test_figures_change_with_the_range_and_lead_to_their_runs(olga: Reader, lately: Scene) -> None:
    page = await olga.open("/")
    figures = page.get_by_role("region", name="Figures")
    failures = figures.get_by_role("link").filter(has_text="Failure rate")
    await expect(failures).to_contain_text("25%")
    await expect(figures.get_by_role("link").filter(has_text="Spend")).to_contain_text("$0.06")
    await expect(figures.get_by_role("link").filter(has_text="Firing alerts")).to_contain_text("1")
    await expect(figures.get_by_role("link").filter(has_text="Pending approvals")).to_contain_text("1")
    await expect(page.get_by_role("region", name="Firing alerts")).to_contain_text("A run failed")
    agents = page.get_by_role("region", name="Most active agents").get_by_role("listitem")
    await expect(agents.first).to_contain_text("3 runs")
    await expect(page.get_by_role("region", name="Most active teams").get_by_role("listitem")).to_contain_text(
        "Support desk"
    )

    await page.get_by_role("button", name="7 days").click()
    await expect(page).to_have_url(re.compile(r"\?range=7d$"))
    await expect(page.get_by_role("img", name="Runs, last 7 days")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")
    await failures.click()

    table = page.get_by_role("table", name="Runs")
    await expect(table.get_by_text("Ben").first).to_be_visible()
    await expect(table.get_by_text("Ada")).to_have_count(0)


async def test_a_new_organization_sees_how_to_begin_and_then_counts_that_follow_the_news(
    olga: Reader, played: Scene, axe: str
) -> None:
    page = await olga.open("/")
    await expect(page.get_by_text("Your agents have not run yet")).to_be_visible()
    await expect(page.get_by_role("region", name="Figures")).to_have_count(0)
    await keep_picture(olga, "home-new")
    assert await olga.barriers(axe) == []

    asking = await played.agent(
        {"tool_calls": [{"name": "send", "arguments": {"text": "hi"}}]}, "Done.", tools=("send:approval",), name="Cleo"
    )
    await played.until(await played.started(asking), "waiting")

    pending = page.get_by_role("region", name="Figures").get_by_role("link").filter(has_text="Pending approvals")
    await expect(pending).to_contain_text("1")


@looks
async def test_home_has_no_barriers(reader: Reader, lately: Scene, axe: str) -> None:
    page = await reader.open("/")
    await expect(page.get_by_role("region", name="Firing alerts")).to_be_visible()
    await expect(page.get_by_role("img", name="Spend, last 24 hours")).to_be_visible()
    await keep_picture(reader, "home")
    assert await reader.barriers(axe) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
