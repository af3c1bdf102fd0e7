"""Lists that are narrowed: by time, status, kind and target; the filters stand in the address and are cleared at once."""

import re

from playwright.async_api import Page, expect

from retinue.core.ids import new_id
from tests.runs.scene import Scene
from tests.web.reader import Reader

_DEPLOYMENT = """
INSERT INTO deployments (id, organization_id, target_type, target_id, agent_id, version, snapshot, status, trigger_type,
  trigger_config, note, created_at)
VALUES (%s, %s, 'agent', %s, %s, 1, '{}', 'stopped', 'manual', '{}', %s, tenant.now() - %s::interval)
"""
_ALERT = """
INSERT INTO alerts (id, organization_id, config_name, agent_id, target_name, fingerprint, severity, status, started_at,
  triggered_at)
VALUES (%s, %s, %s, %s, 'Scribe', %s, %s, 'open', tenant.now() - %s::interval, tenant.now() - %s::interval)
"""


async def _narrow(page: Page, label: str, option: str) -> None:
    await page.get_by_role("combobox", name=label, exact=True).select_option(label=option)


async def test_schedules_are_narrowed_by_what_they_run_and_whether_they_are_enabled(olga: Reader, scene: Scene) -> None:
    when = {"frequency": "daily", "time": "09:00", "timezone": "UTC"}
    for name in ("Reporter", "Counter"):
        agent = await scene.agent("Done.", name=name)
        body = {"name": f"Daily {name}", "target_id": agent, "input": {"prompt": "Go."}, **when}
        made = await scene.cast.anna.http.post("/schedules", json=body)
        if name == "Counter":
            await scene.cast.anna.http.post(f"/schedules/{made.json['id']}/pause", json={})
    page = await olga.open("/schedules")
    table = page.get_by_role("table", name="Schedules")
    await expect(table.get_by_role("row")).to_have_count(3)

    await _narrow(page, "Runs", "Reporter")
    await expect(table.get_by_role("row")).to_have_count(2)
    await expect(table).to_contain_text("Daily Reporter")
    await _narrow(page, "Status", "Paused or ended")
    await expect(page.get_by_text("No schedule fits these filters")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(table.get_by_role("row")).to_have_count(3)


async def test_deployments_are_narrowed_by_time_status_and_kind(olga: Reader, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Shop desk")
    for note, age in (("Of today", "1 hour"), ("Of last month", "20 days")):
        await scene.owner(_DEPLOYMENT, new_id(), scene.cast.acme, agent, agent, note, age)
    page = await olga.open("/deployments")
    table = page.get_by_role("table", name="Deployments")
    await expect(table.get_by_role("row")).to_have_count(3)

    await _narrow(page, "Time", "Last 7 days")
    await expect(table.get_by_role("row")).to_have_count(2)
    await expect(table).to_contain_text("Of today")
    await expect(page).to_have_url(re.compile(r"range=7d"))
    await _narrow(page, "Kind", "Team")
    await expect(page.get_by_text("No deployment fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(table.get_by_role("row")).to_have_count(3)


async def test_alerts_are_narrowed_by_time_severity_and_agent(olga: Reader, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Scribe")
    for name, severity, age in (("Fails", "critical", "1 hour"), ("Slow", "warning", "10 days")):
        await scene.owner(_ALERT, new_id(), scene.cast.acme, name, agent, f"{name} {agent}", severity, age, age)
    page = await olga.open("/alerts")
    table = page.get_by_role("table", name="Firing alerts")
    await expect(table.get_by_role("row")).to_have_count(3)

    await _narrow(page, "Severity", "Warning")
    await expect(table.get_by_role("row")).to_have_count(2)
    await expect(table).to_contain_text("Slow")
    await _narrow(page, "Time", "Last 24 hours")
    await expect(page.get_by_text("No alert fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await _narrow(page, "Agent", "Scribe")
    await expect(table.get_by_role("row")).to_have_count(3)


async def test_rules_are_found_by_name_and_by_whether_they_are_enabled(olga: Reader, scene: Scene) -> None:
    page = await olga.open("/alerts?tab=rules")
    await page.get_by_role("button", name="Add starter pack").click()
    table = page.get_by_role("table", name="Alert rules")
    await expect(table).to_be_visible()

    await _narrow(page, "Status", "Disabled")
    await expect(page.get_by_text("No rule fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_role("searchbox", name="Find a rule").fill("no rule has this name")
    await expect(page.get_by_text("No rule fits these filters")).to_be_visible()


async def test_an_unknown_value_of_a_filter_in_the_address_is_told_and_cleared(olga: Reader, scene: Scene) -> None:
    del scene
    page = await olga.open("/teams?type=parallel")
    await expect(page.get_by_role("alert")).to_contain_text("type")
    await page.get_by_role("link", name="Clear filters").click()

    await expect(page.get_by_role("link", name="Create team").first).to_be_visible()
    assert page.url.endswith("/teams")
    olga.expect_refusals(422)
