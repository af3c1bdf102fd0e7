"""Connections by OAuth, webhooks of runs and maintenance windows in the console: what is shown, without barriers."""

import re
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import expect

from retinue.core.outbox import Pump, gather
from retinue.core.timers import Ticker
from retinue.runs.endpoints import sending
from retinue.runs.endpoints.feature import feature
from tests.cast import Cast
from tests.connections.conftest import authority, make_mail, settled, start, worker
from tests.connections.oauth_server import AuthServer
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

__all__ = ["authority", "worker"]


@looks
@pytest.mark.usefixtures("worker")
async def test_run_that_needs_a_connection_is_connected_in_the_console(
    reader: Reader, cast: Cast, authority: AuthServer, axe: str
) -> None:
    anna = cast.anna
    tool = await make_mail(anna, authority)
    run = await start(anna, "mail")
    await settled(anna, run)

    page = await reader.open("/approvals")
    await expect(page.get_by_role("button", name="Continue without it")).to_be_visible()
    assert await reader.barriers(axe) == []
    await reader.open(f"/runs/{run}")
    await page.get_by_role("status").get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("region", name="Approval of mail")).to_be_visible()
    await reader.open("/connect/callback?state=forged&code=1")
    await expect(page.get_by_role("link", name="Open tools")).to_be_visible()
    assert await reader.barriers(axe) == []
    reader.expect_refusals(409)
    await reader.open(f"/connect/{tool['connection_id']}")
    await expect(page.get_by_role("heading", name="Connect to")).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open(f"/tools?tool={tool['id']}")
    connection = page.get_by_role("region", name="Connection")
    # The public URL of the test's installation is not where its server listens: 204 leaves the page as it is.
    elsewhere = re.compile("/connect/callback[?]")
    await page.route(elsewhere, lambda route: route.fulfill(status=204))
    async with page.expect_response(
        lambda response: response.status == 204 and "/connect/callback?" in response.url
    ) as sent:
        await connection.get_by_role("button", name="Connect", exact=True).click()
    redirected = (await sent.value).url
    await page.unroute(elsewhere)
    await reader.open(f"/connect/callback?{urlsplit(redirected).query}")
    await expect(connection).to_contain_text("The organization is connected to")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "connection")
    assert (await settled(anna, run, in_addition="waiting"))["status"] == "completed"


@looks
async def test_webhook_shows_its_deliveries_and_asks_before_it_is_deleted(reader: Reader, scene: Scene, axe: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=503, text="Come back later.")

    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    page = await reader.open("/settings/webhooks")
    await page.get_by_label("Name").fill("Billing")
    await page.get_by_label("URL").fill(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    await page.get_by_role("button", name="Create webhook").click()
    await expect(page.get_by_test_id("secret")).to_contain_text("whsec_")
    run = await scene.started(await scene.agent("Done."))
    await scene.cast.anna.http.post(f"/runs/{run}/cancel")
    await _deliver(scene)

    await page.get_by_role("button", name="Deliveries").click()
    await expect(page.get_by_role("table", name="Deliveries")).to_contain_text("cancelled")
    await page.get_by_role("button", name="Send test message to Billing").click()
    await expect(page.get_by_text("The receiver answered 503: Come back later.")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "webhooks")
    await page.get_by_role("button", name="Delete Billing").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete webhook").click()
    await expect(page.get_by_text("No webhooks yet")).to_be_visible()
    await runner.cleanup()


async def _deliver(scene: Scene) -> None:
    """Hand on events and send what is due."""
    await Pump(scene.process.database, gather(feature.listens)).drain()
    ticker = Ticker(scene.process.database, feature.timers)
    await ticker.drain()
    await ticker.settle()
    await sending.postman_of(scene.process.database).settle()


@looks
async def test_maintenance_window_is_created_and_a_wrong_one_names_its_field(reader: Reader, scene: Scene, axe: str) -> None:
    page = await reader.open("/alerts?tab=silences")
    form = page.get_by_role("region", name="Maintenance windows")
    await form.get_by_label("Name").fill("Upgrade")
    await form.get_by_label("Starts (cron)").fill("at night")
    await form.get_by_role("button", name="Create window").click()
    await expect(form.get_by_text("Needs five fields")).to_be_visible()
    assert await reader.barriers(axe) == []
    reader.expect_refusals(422)
    await form.get_by_label("Starts (cron)").fill("0 * * * *")
    await form.get_by_label("Duration").fill("60")
    await form.get_by_role("button", name="Create window").click()
    await expect(page.get_by_role("table", name="Maintenance windows")).to_contain_text("Open now")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "windows")
