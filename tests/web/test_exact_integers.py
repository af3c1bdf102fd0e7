"""Integers that a number of JavaScript cannot hold: the console shows and sends all their digits."""

from typing import Any

from playwright.async_api import expect

from retinue.engine.ports import ToolResult
from tests.runs.scene import Scene
from tests.web.reader import WALL, Reader

ORDER = 2512292042121000001
POWER = 2**70
LONG = int("7" * 1000)


async def test_long_integers_are_shown_and_sent_with_all_their_digits(olga: Reader, played: Scene) -> None:
    seen: list[Any] = []

    def send(arguments: Any) -> ToolResult:
        seen.append(arguments)
        return ToolResult({"receipt": POWER, "long": LONG})

    played.tools["send"] = send
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}
    call = {"tool_calls": [{"name": "send", "arguments": {"id": ORDER, "note": "first"}}]}
    agent = await played.agent(call, "Sent.", tools=("send:approval",))
    listed = (await played.cast.adam.http.get("/tools")).json["items"]
    tool = next(each for each in listed if each["name"] == "send")
    changed = await played.cast.adam.http.patch(f"/tools/{tool['id']}", json={"parameters_schema": schema})
    assert changed.status == 200, changed.text
    run_id = await played.started(agent)
    await played.until(run_id, "waiting")

    page = await olga.open("/approvals")
    card = page.get_by_role("region", name="Approval of send")
    await expect(card).to_contain_text(str(ORDER))
    await card.get_by_role("button", name="Edit arguments").click()
    await expect(card.get_by_label("Arguments (JSON)")).to_have_value(f'{{\n  "id": {ORDER},\n  "note": "first"\n}}')
    await card.get_by_label("Arguments (JSON)").fill(f'{{"id": {ORDER + 2}, "note": "second"}}')
    await card.get_by_role("button", name="Approve with changes").click()
    await played.until(run_id)

    assert [each["id"] for each in seen] == [ORDER + 2]
    await olga.open(f"/runs/{run_id}")
    await page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    await page.get_by_role("treeitem", name="send").click()
    inspector = page.get_by_role("complementary", name="Inspector")
    await expect(inspector.get_by_role("region", name="Input")).to_contain_text(str(ORDER + 2))
    await expect(inspector.get_by_role("region", name="Output")).to_contain_text(str(POWER))
    await expect(inspector.get_by_role("region", name="Output")).to_contain_text(str(LONG))
