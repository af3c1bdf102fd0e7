"""Who may use a tool, in the browser: chosen, shown, and marked where the tool is used."""

from playwright.async_api import expect

from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.tools.conftest import make_tool
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


@looks
async def test_tool_is_kept_to_an_agent_and_marked_where_it_is_used(reader: Reader, cast: Cast, axe: str) -> None:
    await make_tool(cast.anna, {"method": "POST", "url": "https://api.example.com/pay"}, name="pay")
    await make_agent(cast.anna, name="Cashier", config={"tools": [{"name": "pay"}]})
    await make_agent(cast.anna, name="Other", config={"tools": [{"name": "pay"}]})

    page = await reader.open("/tools")
    await page.get_by_role("button", name="pay").first.click()
    panel = page.get_by_role("dialog", name="pay")
    mine = panel.get_by_role("region", name="Who may use it")
    await expect(mine).to_contain_text("All agents and workflows of the organization.")
    await mine.get_by_role("button", name="Choose").click()
    dialog = page.get_by_role("dialog", name="Who may use pay")
    await dialog.get_by_role("searchbox", name="Find by name").fill("Cash")
    await expect(dialog.get_by_role("checkbox")).to_have_count(1)
    await dialog.get_by_role("checkbox", name="Cashier").check()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "tools-callers")
    await dialog.get_by_role("button", name="Let only 1 use it").click()

    await expect(dialog).to_have_count(0)
    await expect(mine).to_contain_text("Agent Cashier")
    await expect(panel.get_by_text("(may not use it)")).to_have_count(1)
    await mine.scroll_into_view_if_needed()
    await keep_picture(reader, "tools-allowed")
    assert (await cast.anna.http.get("/tools?q=pay")).json["items"][0]["allowed_for"][0]["name"] == "Cashier"
