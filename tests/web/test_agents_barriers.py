"""No barriers where agents and tools are made, by axe: the gallery, the first page of an agent, its editor, the tools."""

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import looks
from tests.web.reader import PHONE, Reader


async def _an_agent_with_all_of_it(scene: Scene) -> str:
    """Make an agent with a tool, a warning, a variable, a secret and two versions."""
    agent_id = await scene.agent("Noted.", tools=("look_up:approval",), description="Writes down what it hears.")
    http = scene.cast.anna.http
    for variable in ({"name": "city", "value": "Brest"}, {"name": "token", "value": "s3cret", "is_secret": True}):
        assert (await http.post(f"/agents/{agent_id}/variables", json=variable)).status == 201
    change = {"instructions": "You live in {{city}} and know {{nobody}}."}
    assert (await http.patch(f"/agents/{agent_id}", json=change)).status == 200
    return agent_id


@looks
async def test_the_gallery_has_no_barriers_whether_agents_fit_or_none_does(reader: Reader, scene: Scene, axe: str) -> None:
    await _an_agent_with_all_of_it(scene)
    page = await reader.open("/agents?q=nobody-of-this-name")
    await expect(page.get_by_text("No agent matches these filters")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.get_by_role("heading", name="Scribe")).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open("/agents?view=table")
    await expect(page.get_by_role("table", name="Agents").get_by_text("Scribe")).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open("/agents?tab=templates")
    await page.get_by_role("button", name="Use ").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_first_page_of_a_new_agent_has_no_barriers(reader: Reader, axe: str) -> None:
    page = await reader.open("/agents/new")
    await expect(page.get_by_role("listitem").first).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_editor_has_no_barriers(reader: Reader, scene: Scene, axe: str) -> None:
    agent_id = await _an_agent_with_all_of_it(scene)
    page = await reader.open(f"/agents/{agent_id}")
    await expect(page.get_by_role("textbox", name="Instructions")).to_contain_text("You live in")
    await expect(page.get_by_role("table", name="Variables").get_by_text("token", exact=True)).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.get_by_label("Description").fill("Writes down what it saw.")
    await page.get_by_role("button", name="Review").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await reader.barriers(axe) == []

    await reader.open(f"/agents/{agent_id}?versions=true")
    await page.get_by_role("dialog").get_by_role("button", name="Version 1").click()
    await expect(page.get_by_role("button", name="Restore")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_trial_and_the_dialog_of_a_variable_have_no_barriers(reader: Reader, scene: Scene, axe: str) -> None:
    agent_id = await _an_agent_with_all_of_it(scene)
    page = await reader.open(f"/agents/{agent_id}")
    await page.get_by_role("button", name="Edit token").click()
    await expect(page.get_by_role("dialog", name="Edit token")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.keyboard.press("Escape")
    if page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}:
        await page.get_by_role("button", name="Playground").click()
    await expect(page.get_by_role("textbox", name="Prompt")).to_be_visible()
    assert await reader.barriers(axe) == []


@looks
async def test_the_tools_have_no_barriers_nor_have_their_dialogs(reader: Reader, scene: Scene, axe: str) -> None:
    await scene.agent("Noted.", tools=("look_up",))
    page = await reader.open("/tools")
    await page.get_by_role("table", name="Tools").get_by_role("button", name="look_up").click()
    await expect(page.get_by_role("dialog").get_by_role("heading", name="Test")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit look_up")
    await dialog.get_by_role("button", name="Add a header").click()
    await dialog.get_by_role("button", name="Add a query parameter").click()
    await dialog.get_by_label("Authentication").select_option(label="API key")
    assert await reader.barriers(axe) == []

    await reader.open("/tools?new=api")
    await expect(page.get_by_role("dialog", name="New tool")).to_be_visible()
    assert await reader.barriers(axe) == []

    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Import OpenAPI").click()
    await expect(page.get_by_role("dialog", name="Import OpenAPI")).to_be_visible()
    assert await reader.barriers(axe) == []
