"""The webhook of a workflow in the console: enabled, with a secret that is shown once and a request to try."""

from typing import Any

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


@looks
async def test_webhook_is_enabled_and_its_secret_is_shown_once(reader: Reader, played: Scene, axe: str) -> None:
    definition: Any = {
        "format": "retinue.workflow/1",
        "name": "Desk",
        "state": {"n": {}},
        "nodes": [{"id": "say", "type": "transform", "set": {"n": "1"}}],
        "edges": [{"from": "START", "to": "say"}, {"from": "say", "to": "END"}],
    }
    made = await played.cast.olga.http.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    page = await reader.open(f"/workflows/{made.json['id']}")

    await page.get_by_role("button", name="More for Desk").click()
    await page.get_by_role("menuitem", name="Webhook…").click()
    dialog = page.get_by_role("dialog", name="Webhook of Desk")
    await dialog.get_by_role("switch", name="Accept signed requests").click()
    await expect(dialog.get_by_text("The workflow is not active")).to_be_visible()
    await dialog.get_by_role("button", name="New secret").click()
    await dialog.get_by_role("button", name="Make it, and refuse the one before").click()

    await expect(dialog.get_by_test_id("secret")).to_contain_text("whsec_")
    await expect(dialog.get_by_role("figure", name="Signed request")).to_contain_text("webhook-signature")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "webhook")
    kept = (await played.cast.olga.http.get(f"/workflows/{made.json['id']}")).json
    assert kept["trigger_config"]["webhook"] is True
