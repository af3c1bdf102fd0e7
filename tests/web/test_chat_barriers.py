"""No barriers on the pages of conversations, by axe."""

from playwright.async_api import expect

from retinue.engine.ports import ToolResult
from tests.runs.scene import Scene
from tests.web.looks import looks
from tests.web.reader import Reader


@looks
async def test_a_new_conversation_has_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    agent = await played.agent("Hello.")
    page = await reader.open(f"/chat?agent={agent}")
    await expect(page.get_by_role("textbox", name="Message to Scribe")).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open("/chat?list=true")
    await expect(page.get_by_text("No conversations yet")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_a_conversation_has_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    played.tools["send"] = lambda _: ToolResult("delivered")
    turn = {"text": "# I send it", "tool_calls": [{"name": "send", "arguments": {"text": "hello"}}]}
    agent = await played.agent(turn, "It is sent.", tools=("send:approval",))
    page = await reader.open(f"/chat?agent={agent}")
    field = page.get_by_role("textbox", name="Message to Scribe")
    await field.fill("Send it.")
    await field.press("Enter")

    card = page.get_by_role("region", name="Approval of send")
    await expect(card).to_be_visible()
    assert await reader.barriers(axe) == []

    await card.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("It is sent.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("It is sent.")).to_be_visible()
    assert await reader.barriers(axe) == []
