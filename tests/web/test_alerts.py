"""Alerts and notifications in the console: a rule with its preview, what fires, its deliveries, channels, and the inbox."""

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from retinue.alerts import engine, sending
from retinue.core.ids import new_id
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_ENDED = """
INSERT INTO runs (id, organization_id, type, target_id, agent_id, target_name, status, trigger, plan, input, trace_id,
  error_message, completed_at)
VALUES (%s, %s, 'agent', %s, %s, 'Reporter', 'failed', 'manual', '{}', '{}', 't', 'The model refused.', tenant.now())
"""
_PAST = """
INSERT INTO runs (id, organization_id, type, target_id, agent_id, target_name, status, trigger, plan, input, trace_id,
  completed_at)
SELECT gen_random_uuid(), %s, 'agent', %s, %s, 'Reporter', CASE WHEN n %% 10 < 5 THEN 'failed' ELSE 'completed' END,
  'manual', '{}', '{}', 't', tenant.now() - interval '20 days' + n * %s * interval '1 hour' FROM generate_series(1, 19) n
"""


async def _fail(scene: Scene, agent: str, times: int = 3) -> None:
    """Have runs of an agent fail, and all rules evaluated."""
    for _ in range(times):
        await scene.owner(_ENDED, new_id(), scene.cast.acme, agent, agent)
    await scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() WHERE organization_id = %s", scene.cast.acme)
    await engine.sweep(scene.process.database)


async def _send(scene: Scene) -> None:
    """Send what is queued, without the group wait."""
    statement = "UPDATE alert_deliveries SET next_attempt_at = tenant.now() WHERE organization_id = %s AND state = 'queued'"
    await scene.owner(statement, scene.cast.acme)
    await sending.deliver(scene.process.database)
    await sending.postman_of(scene.process.database).settle()


async def _receiver() -> tuple[web.AppRunner, str]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="thank you")

    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"


async def _create_channel(page: Page, url: str) -> None:
    """Create a webhook channel, and send a test message to it."""
    await page.get_by_role("button", name="New channel").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Kind").select_option("webhook")
    await dialog.get_by_label("Name").fill("pager")
    await dialog.get_by_label("URL").fill(url)
    await dialog.get_by_role("button", name="Create channel").click()
    await expect(dialog.get_by_test_id("secret")).to_contain_text("whsec_")
    await dialog.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Send test message to pager").click()
    await expect(page.get_by_text("The receiver answered 200: thank you")).to_be_visible()


async def test_a_rule_is_made_fires_and_is_acknowledged_silenced_and_resolved(  # noqa: PLR0915 - one person's way
    olga: Reader, scene: Scene
) -> None:
    agent = await scene.agent("Done.", name="Reporter")
    runner, url = await _receiver()
    page = await olga.open("/alerts?tab=channels")
    await _create_channel(page, url)
    await page.get_by_role("tab", name="Rules").click()
    await page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog", name="New rule")
    await dialog.get_by_label("Name").fill("Reports fail")
    await dialog.get_by_label("Agent", exact=True).select_option("Reporter")
    await expect(dialog.get_by_text("Would not have fired in the past 30 days")).to_be_visible()
    await dialog.get_by_label("Slack channels").fill("#missing")
    await dialog.get_by_role("button", name="Create rule").click()
    await expect(dialog.get_by_text("#missing", exact=False).last).to_be_visible()
    await dialog.get_by_label("Slack channels").fill("")
    await dialog.get_by_label("Webhooks").fill("pager")
    await dialog.get_by_role("button", name="Create rule").click()
    await expect(page.get_by_role("table", name="Alert rules")).to_contain_text("3 runs in a row fail")

    await page.get_by_role("tab", name="Firing").click()
    await expect(page.get_by_text("No alert is firing")).to_be_visible()
    await _fail(scene, agent)
    table = page.get_by_role("table", name="Firing alerts")
    await expect(table).to_contain_text("The last 3 runs failed")  # by the live news
    await expect(page.get_by_test_id("unread")).to_have_text("1")
    await table.get_by_role("button", name="Acknowledge Reports fail").click()
    await expect(table).to_contain_text("Acknowledged")
    await table.get_by_role("button", name="Silence Reports fail").click()
    await page.get_by_role("menuitem", name="1 hour").click()
    await page.get_by_role("tab", name="Silences").click()
    await expect(page.get_by_role("table", name="Silences")).to_contain_text("Reports fail")
    await page.get_by_role("button", name="End now").click()

    await _send(scene)
    await page.get_by_role("tab", name="Firing").click()
    await table.get_by_role("link", name="Reports fail").click()
    await expect(page.get_by_role("table", name="Deliveries")).to_contain_text("200 thank you")
    await expect(page.get_by_text("The model refused.")).to_be_visible()
    await page.get_by_role("button", name="Resolve Reports fail").click()
    await expect(page.get_by_role("region", name="History")).to_contain_text("Resolved")

    await page.get_by_role("link", name="Notifications, 1 unread").click()
    inbox = page.get_by_role("list", name="Notifications")
    await expect(inbox).to_contain_text("Resolved: Reports fail")
    await inbox.get_by_role("button", name="Mark as read").click()
    await expect(page.get_by_text("You're all caught up")).to_be_visible()
    await expect(page.get_by_test_id("unread")).to_have_count(0)
    await runner.cleanup()
    olga.expect_refusals(422)


@looks
async def test_alerts_and_notifications_have_no_barriers(reader: Reader, scene: Scene, axe: str) -> None:
    http = scene.cast.olga.http
    agent = await scene.agent("Done.", name="Reporter")
    page = await reader.open("/alerts?tab=rules")
    await expect(page.get_by_text("No rules yet")).to_be_visible()
    assert await reader.barriers(axe) == []
    assert (await http.post("/alert-configs/starter-pack")).status == 201
    await http.post(
        "/alert-channels", json={"kind": "slack", "name": "#alerts", "url": "https://hooks.example.com/services/x"}
    )
    await http.post("/alert-channels", json={"kind": "email", "name": "user@example.com"})
    body = {"name": "Reports fail", "conditions": {"status": "error"}, "agent_id": agent, "severity": "critical"}
    assert (await http.post("/alert-configs", json=body | {"channels": {"slack": "#alerts"}})).status == 201
    await _fail(scene, agent)

    for tab in ("firing", "history", "rules", "channels"):
        await reader.open(f"/alerts?tab={tab}")
        await expect(page.get_by_role("tab", name=tab.title())).to_have_attribute("aria-selected", "true")
        await expect(
            page.get_by_role("main")
            .get_by_role("table")
            .or_(page.get_by_role("list", name="Channels"))
            .or_(page.get_by_text("No alerts yet"))
        ).to_be_visible()
        assert await reader.barriers(axe) == [], tab
        await keep_picture(reader, f"alerts-{tab}")
    await reader.open("/alerts?tab=rules")
    await page.get_by_role("button", name="Reports fail", exact=True).click()
    await expect(page.get_by_text("Would have fired", exact=False)).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "alerts-rule")
    (alert,) = [each for each in (await http.get("/alerts")).json["items"] if each["config_name"] == "Reports fail"]
    await reader.open(f"/alerts/{alert['id']}")
    await expect(page.get_by_role("table", name="Deliveries")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "alerts-one")
    await reader.open("/notifications?tab=all")
    await expect(
        page.get_by_text("You're all caught up")
        .or_(page.get_by_text("No notifications yet"))
        .or_(page.get_by_role("list", name="Notifications"))
    ).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "notifications")
    await reader.open("/notifications?tab=preferences")
    await expect(page.get_by_role("table", name="Preferences")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "notifications-preferences")


@looks
@pytest.mark.parametrize("number", [1, 5, 50])
async def test_the_preview_of_a_rule_draws_each_agent_that_would_have_fired(
    reader: Reader, scene: Scene, axe: str, number: int
) -> None:
    agents = [await scene.agent("Done.", name=f"Reporter {place:02}") for place in range(number)]
    for place, agent in enumerate(agents):
        await scene.owner(_PAST, scene.cast.acme, agent, agent, place % 20 + 1)
    page = await reader.open("/alerts?tab=rules")
    await page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog", name="New rule")

    groups = dialog.get_by_role("region", name="Groups that would have fired")
    await expect(groups.get_by_role("listitem")).to_have_count(number)
    await expect(groups.get_by_role("listitem").filter(has_text="Reporter 00")).to_contain_text("2 times")
    among = f"{number} of {number + 3} agents would have fired, {2 * number} times in the past 30 days"
    await expect(dialog.get_by_text(among, exact=False)).to_be_visible()
    assert await reader.barriers(axe) == []
    await groups.scroll_into_view_if_needed()
    await keep_picture(reader, f"alerts-groups-{number}")
    await dialog.get_by_label("Evaluate each agent by itself").click()
    await expect(groups).to_have_count(0)
    await expect(dialog.get_by_text("Would have fired", exact=False)).to_be_visible()
