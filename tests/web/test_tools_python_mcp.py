"""Python tools and MCP servers in the browser."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from retinue.process import Process
from retinue.tools.mcp.sessions import sessions_of
from tests.cast import Cast
from tests.tools.mcp_server import McpServer, mcp_server
from tests.web.reader import Reader


@pytest.fixture
async def mcp(process: Process) -> AsyncIterator[McpServer]:
    """Serve an MCP server for one test."""
    async with mcp_server() as made:
        yield made
        await sessions_of(process.resources).close()


async def test_a_snippet_is_corrected_where_it_is_wrong_and_called(olga: Reader, cast: Cast, axe: str) -> None:
    page = await olga.open("/tools")
    await page.get_by_role("button", name="New Python tool").click()
    dialog = page.get_by_role("dialog", name="New Python tool")
    await dialog.get_by_role("textbox", name="Name").fill("double")
    await dialog.get_by_role("textbox", name="Code").fill("def main(n: int) -> str:\n    return n * 2\n")
    await dialog.get_by_role("button", name="Create tool").click()
    await expect(dialog.get_by_role("list", name="Mistakes")).to_contain_text(
        "line 2, column 12: Return type does not match"
    )
    assert await olga.barriers(axe) == []
    await dialog.get_by_role("textbox", name="Code").fill('def main(n: int) -> int:\n    """Double."""\n    return n * 2\n')
    await dialog.get_by_role("button", name="Create tool").click()

    panel = page.get_by_role("dialog", name="double")
    await panel.get_by_role("textbox", name="Arguments").fill('{"n": 21}')
    await panel.get_by_role("button", name="Send test call").click()
    await expect(panel.get_by_role("region", name="Test")).to_contain_text("42")
    await panel.get_by_role("button", name="Change", exact=True).click()
    edit = page.get_by_role("dialog", name="Edit double")
    await expect(edit.get_by_role("textbox", name="Description")).to_have_value("Double.")
    await edit.get_by_label("Time limit (seconds)").fill("0.5")
    await edit.get_by_role("button", name="Save").click()
    await expect(edit).to_have_count(0)
    tools = (await cast.vera.http.get("/tools?tool_type=custom")).json["items"]
    assert next(each for each in tools if each["name"] == "double")["configuration"]["seconds"] == 0.5
    olga.expect_refusals(422)


async def test_an_mcp_server_is_connected_and_its_change_is_accepted(
    olga: Reader, cast: Cast, process: Process, mcp: McpServer, axe: str
) -> None:
    page = await olga.open("/tools")
    await page.get_by_role("button", name="Connect MCP server").click()
    dialog = page.get_by_role("dialog", name="Connect MCP server")
    await dialog.get_by_label("URL").fill(mcp.url)
    await dialog.get_by_role("button", name="Connect").click()
    tools = page.get_by_role("dialog", name="Tools of Test server")
    await tools.get_by_role("checkbox", name="echo").check()
    await expect(tools.get_by_label("Side effects of echo")).to_have_value("read_only")
    assert await olga.barriers(axe) == []
    await tools.get_by_label("Name prefix").fill("t_")
    await tools.get_by_role("button", name="Create 1 tool").click()
    await page.get_by_role("table", name="Tools").get_by_role("button", name="t_echo").click()

    panel = page.get_by_role("dialog", name="t_echo")
    status = panel.get_by_role("region", name="MCP server")
    await status.get_by_role("button", name="Check").click()
    await expect(status).to_contain_text("Healthy. Test server 3.1")
    mcp.describe("Repeat a message twice.")
    await sessions_of(process.resources).close()
    await status.get_by_role("button", name="Check").click()
    await expect(status.get_by_role("region", name="Accepted")).to_contain_text("Repeat a message.")
    await expect(status.get_by_role("region", name="Offered now")).to_contain_text("Repeat a message twice.")
    await status.get_by_role("button", name="Accept change").click()
    await expect(status).to_contain_text("Healthy.")
    accepted = (await cast.vera.http.get("/tools?tool_type=mcp")).json["items"][0]
    assert accepted["description"] == "Repeat a message twice."
