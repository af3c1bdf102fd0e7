"""Files and web search in the settings: what an owner does there, told in the page and true in the API."""

import os
from pathlib import Path

from playwright.async_api import FilePayload, expect

from tests.cast import Cast
from tests.manifests.conftest import agents_named
from tests.manifests.test_applying import AGENT, TOOL
from tests.tools.search_servers import KEY, SearchServer, search_server
from tests.web.reader import Reader

__all__ = ["search_server"]


def _file(text: str) -> FilePayload:
    return {"name": "desk.yaml", "mimeType": "application/yaml", "buffer": text.encode()}


async def _shoot(reader: Reader, name: str) -> None:
    """Take a picture when a folder is named, for people to look at."""
    folder = os.environ.get("RETINUE_TEST_PICTURES")
    if folder:
        await reader.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_files_are_planned_applied_and_exported(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings/files")
    chooser = page.get_by_label("Files", exact=True)

    await chooser.set_input_files([_file(AGENT.replace("max_steps", "max_stepz"))])
    problems = page.get_by_role("list", name="Problems")
    await expect(problems).to_contain_text(
        "desk.yaml:17:5 config.limits.max_stepz is not a known field. Did you mean max_steps?"
    )
    await expect(page.get_by_role("button", name="Apply changes")).to_have_count(0)
    await _shoot(olga, "files-problems")

    await chooser.set_input_files([_file(f"{AGENT}---\n{TOOL}")])
    plan = page.get_by_role("list", name="Plan")
    await expect(plan.get_by_role("listitem")).to_have_count(2)
    await _shoot(olga, "files-plan")
    assert await agents_named(cast.olga, "Weather desk") == []
    await page.get_by_role("button", name="Apply changes").click()
    await expect(page.get_by_text("Applied.", exact=True)).to_be_visible()
    await expect(page.get_by_text("Secrets to set: get_weather (credentials), Weather desk")).to_be_visible()
    assert len(await agents_named(cast.olga, "Weather desk")) == 1

    await chooser.set_input_files([_file(AGENT.replace("max_steps: 20", "max_steps: 50"))])
    await expect(plan).to_contain_text("20 → 50")
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Export as YAML").click()
    text = (await (await downloading.value).path()).read_text()
    assert "name: Weather desk" in text
    await expect(page.get_by_text("Secrets are left out: Weather desk (variables.api_token).")).to_be_visible()


async def test_search_provider_is_chosen_tested_and_removed(olga: Reader, cast: Cast, search_server: SearchServer) -> None:
    page = await olga.open("/settings/web-search")
    await expect(page.get_by_text("No provider is set.")).to_be_visible()
    await _shoot(olga, "web-search-none")
    await page.get_by_label("Provider").select_option(label="Tavily")
    await page.get_by_label("URL").fill(f"{search_server.url}/search")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("is needed for tavily").first).to_be_visible()

    await page.get_by_label("API key").fill(KEY)
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Send test search").click()
    await expect(page.get_by_text("The test search returned 3 results.")).to_be_visible()
    await _shoot(olga, "web-search-set")
    assert (await cast.vera.http.get("/web-search")).json["provider"] == "tavily"
    assert KEY not in await page.content()

    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("No provider is set.")).to_be_visible()
    olga.expect_refusals(422)
