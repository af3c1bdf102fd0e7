"""Metrics and usage in the console: a metric is chosen and shown, a bucket leads to its runs, usage is grouped and saved."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from retinue.metrics import tasks as metrics
from retinue.process import Process
from retinue.usage import tasks as usage
from retinue.usage.buffer import RequestBuffer
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_FLOOR = 300
"""Milliseconds: the least of the reported times."""


@pytest.fixture
async def measured(played: Scene, process: Process) -> Scene:
    """Give two agents with a run each, and response times of the last day that one of them reported."""
    ada = await played.agent({"text": "Done.", "cost_usd": 0.02}, name="Ada")
    ben = await played.agent({"text": "Done.", "cost_usd": 0.00003}, name="Ben")
    for agent in (ada, ben):
        await played.until(await played.started(agent))
    now = datetime.now(UTC)
    points = [
        {
            "metric_type": "response_time",
            "value": _FLOOR + 40 * (hour % 7) + (2400 if hour == 9 else 0),
            "recorded_at": (now - timedelta(hours=hour, minutes=minute)).isoformat(),
        }
        for hour in range(1, 23)
        for minute in (0, 20, 40)
        if hour != 14  # a gap in the line
    ]
    reported = await played.cast.anna.http.post(f"/agents/{ada}/metrics", json={"points": points})
    assert reported.status == 202, reported.text
    await process.resources.part(RequestBuffer, lambda: RequestBuffer(process.database)).flush()
    for work in (metrics.collect, usage.add_up, metrics.roll_up):
        await work(process.database)
    return played


async def test_a_bucket_of_a_metric_leads_to_its_runs(olga: Reader, measured: Scene) -> None:
    page = await olga.open("/agent-metrics")
    await expect(page.get_by_role("img", name="response_time by the hour, 1 line")).to_be_visible()
    await page.get_by_role("button", name="Each agent").click()
    table = page.get_by_role("table", name="Buckets")
    await expect(table.get_by_role("columnheader", name="Ben")).to_be_visible()
    await page.get_by_label("Metric", exact=True).select_option("run_status")
    await expect(page.get_by_role("img", name="run_status by the hour, 2 lines")).to_be_visible()
    await page.get_by_role("button", name="All agents").click()
    await page.get_by_role("menuitemcheckbox", name="Ben").click()
    await expect(page.get_by_role("img", name="run_status by the hour, 1 line")).to_be_visible()

    chart = page.get_by_role("img", name="run_status by the hour")
    box = await chart.bounding_box()
    assert box is not None
    await chart.click(position={"x": box["width"] - 18, "y": 100})

    runs = page.get_by_role("table", name="Runs")
    await expect(page.get_by_role("button", name="Remove the filter for the time of the end")).to_be_visible()
    await expect(runs.get_by_text("Ben").first).to_be_visible()
    await expect(runs.get_by_text("Ada")).to_have_count(0)


async def test_usage_is_grouped_and_saved_as_csv(olga: Reader, measured: Scene) -> None:
    page = await olga.open("/usage")
    table = page.get_by_role("table", name="Usage")
    await expect(table.get_by_role("row").filter(has_text="Ben")).to_contain_text("$0.00003")
    await page.get_by_label("Kind").select_option("model_call")
    await page.get_by_role("tab", name="Users").click()
    await expect(table.get_by_role("row").filter(has_text="Anna")).to_contain_text("$0.02003")

    async with page.expect_download() as saved:
        await page.get_by_role("button", name="Export CSV").click()

    text = await asyncio.to_thread(Path(await (await saved.value).path()).read_text)
    assert "Anna" in text
    assert "0.02003" in text


@looks
async def test_metrics_and_usage_have_no_barriers(reader: Reader, measured: Scene, axe: str) -> None:
    page = await reader.open("/agent-metrics?each=true")
    await expect(page.get_by_role("img", name="response_time by the hour")).to_be_visible()
    await keep_picture(reader, "metrics")
    assert await reader.barriers(axe) == []

    await reader.open("/usage")
    await expect(page.get_by_role("table", name="Usage")).to_contain_text("Ada")
    await keep_picture(reader, "usage")
    assert await reader.barriers(axe) == []
