"""Lists that are narrowed: by time, status, kind and target; the filters stand in the address and are cleared at once."""

import re

from playwright.async_api import Page, expect

from retinue.core.ids import new_id
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
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


async def test_an_unknown_value_of_a_filter_in_the_address_is_told_ignored_and_removed(olga: Reader) -> None:
    page = await olga.open("/teams?type=parallel&q=none&Type=route&utm_source=mail")
    told = page.get_by_role("status", name="Address")

    await expect(told).to_contain_text("type=parallel, Type=route")
    await expect(told).not_to_contain_text("utm_source")
    await expect(page.get_by_text("No team fits these filters")).to_be_visible()
    await told.get_by_role("button", name="Remove from address").click()

    await expect(told).to_have_count(0)
    assert page.url.endswith("/teams?q=none")


async def test_a_filter_that_the_server_refuses_is_named_and_cleared(olga: Reader) -> None:
    page = await olga.open("/alerts?agent_id=nonsense")
    await expect(page.get_by_role("alert")).to_contain_text("agent_id: must be a UUID")
    await page.get_by_role("link", name="Clear filters").click()

    await expect(page.get_by_role("alert")).to_have_count(0)
    assert page.url.endswith("/alerts")
    olga.expect_refusals(422)


async def test_an_address_that_only_follows_a_link_is_not_remarked(olga: Reader) -> None:
    page = await olga.open("/teams?q=12&utm_source=mail&utm_campaign=spring")

    await expect(page.get_by_role("searchbox")).to_have_value("12")
    await expect(page.get_by_role("status", name="Address")).to_have_count(0)


_PAGES = (
    *("/", "/runs", "/agents", "/teams", "/tools", "/workflows", "/schedules", "/deployments", "/alerts", "/approvals"),
    *("/chat", "/usage", "/agent-metrics", "/notifications", "/settings/audit", "/settings/accounts", "/settings/members"),
)


async def test_every_page_tells_what_it_does_not_know_of_its_address(olga: Reader) -> None:
    for path in _PAGES:
        page = await olga.open(f"{path}?page=abc&range=nonsense&status=nonsense&view=nonsense")
        told = page.get_by_role("status", name="Address")
        await expect(told, path).to_contain_text("page=abc, range=nonsense, status=nonsense, view=nonsense")
    olga.expect_refusals(403)
    assert olga.complaints == [], "what a page does not know is not sent"


async def test_what_a_page_writes_into_its_address_it_knows(olga: Reader) -> None:
    known = {
        "/runs": "status=failed&range=7d&sort=-tokens&tag=%5B%22a%22%5D&q=%2212%22",
        "/alerts": "tab=rules&enabled=false",
        "/alerts?": "tab=firing",
        "/schedules": "enabled=true&tab=calendar&month=2026-01",
        "/usage": "by=model&range=30d",
        "/": "range=24h",
        "/agents": "view=table",
    }
    for path, query in known.items():
        page = await olga.open(f"{path.rstrip('?')}?{query}")
        await expect(page.get_by_role("heading", level=1).first).to_be_visible()
        await expect(page.get_by_role("status", name="Address"), path).to_have_count(0)


@looks
async def test_what_a_page_does_not_know_of_its_address_is_told_without_barriers(reader: Reader, axe: str) -> None:
    page = await reader.open("/runs?status=nonsense&page=abc")
    await expect(page.get_by_role("status", name="Address")).to_be_visible()
    await expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()

    assert await reader.barriers(axe) == []
    await keep_picture(reader, "address")
