"""n8n in the browser: its workflows listed, published and linked, and an execution of one as a run."""

import re

from playwright.async_api import expect

from tests.integrations.n8n.conftest import Bridge, bridge, idle
from tests.web.looks import looks
from tests.web.reader import Reader

__all__ = ["bridge", "idle"]


async def test_workflow_of_n8n_is_linked_and_its_execution_is_a_run(olga: Reader, bridge: Bridge) -> None:
    bridge.n8n.add("Orders")
    bridge.n8n.add("Archive", is_active=False)
    page = await olga.open("/settings/n8n")
    rows = page.get_by_role("table", name="Workflows of n8n").get_by_role("row")

    await expect(rows.filter(has_text="Archive")).to_contain_text("Not published")
    await rows.filter(has_text="Archive").get_by_role("button", name="Publish").click()
    await expect(rows.filter(has_text="Archive").get_by_role("button", name="Unpublish")).to_be_visible()
    await rows.filter(has_text="Orders").get_by_role("button", name="Link").click()
    await expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    await expect(page.get_by_role("img", name=re.compile("Nodes in n8n: .*Webhook"))).to_be_visible()
    workflow = page.url.rpartition("/")[2]

    await page.get_by_label("Input (JSON)").fill('{"n": 21}')
    await page.get_by_role("main").get_by_role("button", name="Run", exact=True).click()
    await expect(page.get_by_role("link", name="Open the run")).to_be_visible()
    (run,) = await bridge.runs_of(workflow)
    await bridge.scene.until(run["id"], "waiting")
    bridge.n8n.end(bridge.n8n.of(run["id"]))
    await page.get_by_role("link", name="Open the run").click()

    await expect(page.get_by_role("main")).to_contain_text("Completed")
    await page.goto(f"{olga.base_url}/workflows/{workflow}")
    await expect(page.get_by_role("main")).to_contain_text("1, 1 completed, 0 failed")


@looks
async def test_linked_workflow_has_no_barriers_and_its_link_is_removed(reader: Reader, bridge: Bridge, axe: str) -> None:
    _, workflow = await bridge.linked()
    page = await reader.open(f"/workflows/{workflow}")
    await expect(page.get_by_role("link", name="Open in n8n")).to_be_visible()

    assert await reader.barriers(axe) == []
    await page.get_by_role("button", name="Remove link").first.click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove link").click()

    await expect(page.get_by_role("tab", name="Canvas")).to_be_visible()
