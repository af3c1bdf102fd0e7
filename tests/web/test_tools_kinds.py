"""Tools of databases and files in the browser: created, called, limited, versioned, and their calls."""

import re
import sqlite3
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from retinue.engine.ports import ToolResult
from tests.cast import Cast
from tests.runs.scene import Scene
from tests.tools.conftest import make_tool, tool_folder
from tests.web.reader import Reader

__all__ = ["tool_folder"]


def _shop(folder: Path) -> Path:
    file = folder / "shop.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE items (id integer PRIMARY KEY, name text)")
        connection.execute("INSERT INTO items VALUES (1, 'cup')")
    connection.close()
    return file


async def test_a_database_tool_is_created_corrected_and_called(olga: Reader, tool_folder: Path, axe: str) -> None:
    file = _shop(tool_folder)
    page = await olga.open("/tools")
    await page.get_by_role("button", name="New tool").click()
    await page.get_by_role("menuitem", name="Database").click()
    dialog = page.get_by_role("dialog", name="New tool: Database")
    await dialog.get_by_label("Name", exact=False).first.fill("shop")
    await expect(dialog.get_by_role("textbox", name="Host", exact=True)).to_be_visible()
    await dialog.get_by_role("combobox", name="Database", exact=True).select_option("sqlite")
    await expect(dialog.get_by_role("textbox", name="Host", exact=True)).to_have_count(0)
    file_field = dialog.get_by_role("textbox", name="Database file", exact=True)
    await file_field.fill("/etc/shop.sqlite")
    await dialog.get_by_label("Maximum rows").fill("20")
    await dialog.get_by_role("button", name="Create tool").click()
    await expect(file_field).to_have_attribute("aria-invalid", "true")
    assert await olga.barriers(axe) == []
    await file_field.fill(str(file))
    await dialog.get_by_text("Limits", exact=True).click()
    await dialog.get_by_label("Calls per minute").fill("30")
    await dialog.get_by_role("button", name="Create tool").click()

    panel = page.get_by_role("dialog", name="shop")
    await expect(panel).to_contain_text("Read-only")
    await expect(panel).to_contain_text("30 calls per minute")
    await panel.get_by_role("textbox", name="Arguments").fill('{"statement": "SELECT name FROM items"}')
    await panel.get_by_role("button", name="Send test call").click()
    await expect(panel.get_by_role("region", name="Test")).to_contain_text("cup")
    await panel.get_by_role("textbox", name="Arguments").fill('{"statement": "DELETE FROM items"}')
    await panel.get_by_role("button", name="Send test call").click()
    await expect(panel.get_by_role("region", name="Test")).to_contain_text("this tool only reads")
    olga.expect_refusals(422)


async def test_a_change_of_a_tool_is_a_version_that_is_compared_and_restored(
    olga: Reader, cast: Cast, tool_folder: Path, axe: str
) -> None:
    configuration = {"engine": "sqlite", "path": str(_shop(tool_folder))}
    tool = await make_tool(cast.anna, configuration, name="shop", tool_type="database", limits={"rate_per_minute": 30})
    page = await olga.open(f"/tools?tool={tool['id']}")
    panel = page.get_by_role("dialog", name="shop")
    await panel.get_by_role("button", name="Change", exact=True).click()
    edit = page.get_by_role("dialog", name="Edit shop")
    await edit.get_by_label("Allow writes").check()
    await edit.get_by_role("button", name="Save").click()
    await expect(edit).to_have_count(0)
    await expect(panel).to_contain_text("Dangerous")
    await panel.get_by_role("tab", name="Versions").click()
    versions = panel.get_by_role("region", name="Versions")
    await versions.get_by_role("button", name="Changes").click()
    await expect(versions).to_contain_text("configuration.allow_writes")
    assert await olga.barriers(axe) == []
    await versions.get_by_role("button", name="Restore").click()
    await expect(versions).to_contain_text("Version 1 restored")
    restored = (await cast.vera.http.get(f"/tools/{tool['id']}")).json
    assert (restored["effect"], restored["version"], restored["limits"]) == ("read_only", 3, {"rate_per_minute": 30})


async def test_a_file_tool_is_created_with_its_credentials_and_writes(olga: Reader, tool_folder: Path) -> None:
    page = await olga.open("/tools?new=file")
    dialog = page.get_by_role("dialog", name="New tool: Files")
    await dialog.get_by_label("Name", exact=False).first.fill("reports")
    await dialog.get_by_role("combobox", name="Store", exact=True).select_option("s3")
    await expect(dialog.get_by_label("Secret access key")).to_have_attribute("type", "password")
    await dialog.get_by_role("combobox", name="Store", exact=True).select_option("folder")
    await expect(dialog.get_by_label("Secret access key")).to_have_count(0)
    await dialog.get_by_role("textbox", name="Folder", exact=True).fill(str(tool_folder))
    await dialog.get_by_label("Allow writes").check()
    await dialog.get_by_role("button", name="Create tool").click()

    panel = page.get_by_role("dialog", name="reports")
    await expect(panel).to_contain_text("Idempotent")
    await panel.get_by_role("textbox", name="Arguments").fill('{"action": "write", "path": "a.txt", "content": "note"}')
    await panel.get_by_role("button", name="Send test call").click()
    await expect(panel.get_by_role("region", name="Test")).to_contain_text("Succeeded")
    assert (tool_folder / "a.txt").read_text() == "note"


async def test_the_calls_and_users_of_a_tool_lead_to_their_runs_and_agents(olga: Reader, played: Scene) -> None:
    played.tools["look_up"] = lambda _: ToolResult("found")
    turns: list[Any] = [{"tool_calls": [{"name": "look_up", "arguments": {}}]}, {"text": "Done."}]
    agent_id = await played.agent(*turns, name="Clerk", tools=("look_up",))
    run_id = await played.started(agent_id)
    await played.until(run_id)
    tools = {each["name"]: each for each in (await played.cast.vera.http.get("/tools")).json["items"]}
    page = await olga.open(f"/tools?tool={tools['look_up']['id']}")
    panel = page.get_by_role("dialog", name="look_up")

    await expect(panel.get_by_role("link", name="Clerk")).to_have_attribute("href", re.compile(agent_id))
    await panel.get_by_role("tab", name="Calls").click()
    calls = panel.get_by_role("region", name="Calls")
    await expect(calls.get_by_role("link", name="Clerk")).to_have_attribute("href", re.compile(run_id))
    await calls.get_by_label("State").select_option("unknown")
    await expect(calls).to_contain_text("No calls in state unknown.")
