"""The inspector of a workflow's nodes: who is asked next when nobody has decided in time."""

from typing import Any

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.reader import Reader
from tests.workflows.conftest import Workflows


async def test_expiry_of_an_approval_escalates_to_people_who_are_named(olga: Reader, scene: Scene) -> None:
    ask: Any = {"id": "ask", "type": "approval", "reason": "Send it?"}
    workflow = await Workflows(scene).made([ask], [("START", "ask"), ("ask", "END")])
    page = await olga.open(f"/workflows/{workflow}")
    await page.locator('.react-flow__node[data-id="ask"]').click()
    inspector = page.get_by_role("tabpanel", name="Settings")

    await expect(inspector.get_by_label("On expiry")).to_have_count(0)
    await inspector.get_by_label("Assignees").first.fill("anna@example.com, adam@example.com")
    await inspector.get_by_label("Expires", exact=True).fill("PT2H")
    await expect(inspector.get_by_text("Escalate to")).to_have_count(0)
    await inspector.get_by_label("On expiry").select_option(label="Escalate")
    box = inspector.get_by_role("group").filter(has_text="Escalate to")
    await box.get_by_label("Assignees").fill("olga@example.com,")
    await box.get_by_label("Role").select_option(label="Owner")
    await box.get_by_label("Expires").fill("P1D")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Version 2 is saved.")).to_be_visible()

    (node,) = (await Workflows(scene).read(workflow))["definition"]["nodes"]
    assert node["assignees"] == ["anna@example.com", "adam@example.com"]
    assert (node["expires"], node["on_expiry"]) == ("PT2H", "escalate")
    assert node["escalate_to"] == {"assignees": ["olga@example.com"], "role": "owner", "expires": "P1D"}
