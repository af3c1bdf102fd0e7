"""What the page of a run shows of it: what a model was sent, costs, its id, its origin, and who did what to it."""

import re

from playwright.async_api import expect

from retinue.engine.ports import ToolResult
from tests.runs.scene import Scene
from tests.web.reader import WALL, Reader

CALL = {"name": "look_up", "arguments": {"text": "tides"}}


async def test_request_of_a_model_step_is_shown_from_its_beginning(olga: Reader, played: Scene) -> None:
    played.tools["look_up"] = lambda _: ToolResult("06:12")
    config = {"limits": {"timeout_seconds": 73}}
    agent = await played.agent(
        {"text": "I look.", "tool_calls": [CALL]},
        "At 06:12.",
        tools=("look_up",),
        instructions="You know tides.",
        config=config,
    )
    run_id = await played.started(agent, "When is high tide?")
    await played.until(run_id)
    page = await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    await page.get_by_role("tree", name="Steps").get_by_role("treeitem").last.click()
    inspector = page.get_by_role("complementary", name="Inspector")

    await inspector.get_by_role("button", name="Show the full request").click()

    await expect(page).to_have_url(re.compile("request=true"))
    messages = inspector.get_by_role("list", name="Messages sent").locator(":scope > li")
    await expect(messages).to_have_count(4)
    await expect(messages.nth(0)).to_contain_text("You know tides.")
    await expect(messages.nth(1)).to_contain_text("When is high tide?")
    await expect(messages.nth(2)).to_contain_text("I look.")
    await expect(messages.nth(3)).to_contain_text("06:12")
    await expect(inspector.get_by_role("region", name="Tools · 1")).to_contain_text("look_up")
    await expect(inspector.get_by_role("region", name="Model", exact=True)).to_contain_text("1m 13s")
    await expect(inspector.get_by_role("button", name="Copy the request as JSON")).to_be_visible()

    await page.reload()
    await expect(messages).to_have_count(4)
