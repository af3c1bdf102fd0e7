"""Deploying in the console, and the chat page of a deployed agent as a visitor sees it, alone and within another site."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from playwright.async_api import expect

from retinue.core.timers import Ticker
from retinue.deployments.feature import feature
from retinue.process import Process
from tests.runs.scene import Scene
from tests.teams.conftest import Teams
from tests.web.looks import keep_picture, looks, looks_of_visitor
from tests.web.reader import Reader
from tests.workflows.conftest import document


@dataclass
class Site:
    """Another site, whose page has a snippet."""

    url: str
    snippet: str = ""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Serve another site."""
    made = Site("")

    async def shop(_request: web.Request) -> web.Response:
        page = f'<!doctype html><link rel="icon" href="data:,"><title>Shop</title><h1>Shop</h1>{made.snippet}'
        return web.Response(text=page, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", shop)
    server = web.AppRunner(application)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{server.addresses[0][1]}"
    yield made
    await server.cleanup()


@pytest.fixture
async def ticking(process: Process) -> AsyncIterator[None]:
    """Bring about what falls due, as a worker does."""
    ticker = Ticker(process.database, feature.timers)

    async def tick() -> None:
        while True:
            await ticker.drain()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(tick())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _deployed(scene: Scene, *turns: str, **options: object) -> str:
    agent = await scene.agent(*turns, name="Shop desk", deployment=options)
    made = await scene.cast.anna.http.post("/deployments", json={"target_id": agent, "note": "For the shop"})
    async with asyncio.timeout(60):
        while (await scene.cast.anna.http.get(f"/deployments/{made.json['id']}")).json["status"] != "deployed":
            await asyncio.sleep(0.05)
    return agent


@pytest.mark.usefixtures("ticking")
async def test_a_version_is_deployed_rolled_back_and_stopped_in_the_console(olga: Reader, played: Scene) -> None:
    agent = await _deployed(played, "First.")
    await played.cast.anna.http.patch(f"/agents/{agent}", json={"instructions": "Be brief.", "note": "Shorter"})
    page = await olga.open(f"/agents/{agent}")
    await page.get_by_role("button", name="Deployments").click()
    panel = page.get_by_role("dialog", name="Deployments of Shop desk")
    await expect(panel.get_by_role("heading", name="Version 1 is deployed")).to_be_visible()
    await expect(panel).to_contain_text(f"/api/v1/deployed/{agent}/runs")

    await panel.get_by_text("Changes from the deployed version 1 to version 2").click()
    await expect(panel.get_by_role("region", name="Instructions")).to_contain_text("Be brief.")
    await panel.get_by_label("Note").fill("Shorter answers")
    await panel.get_by_role("button", name="Deploy version 2").click()
    await expect(panel.get_by_role("heading", name="Version 2 is deployed")).to_be_visible()
    await panel.get_by_role("button", name="Roll back to version 1").click()
    await expect(panel.get_by_role("heading", name="Version 1 is deployed")).to_be_visible()

    await panel.get_by_role("button", name="Stop", exact=True).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Stop deployment").click()
    await expect(panel.get_by_text("Nothing is deployed.")).to_be_visible()


@pytest.mark.usefixtures("ticking")
async def test_all_deployments_are_listed_and_lead_to_their_agent(olga: Reader, played: Scene) -> None:
    await _deployed(played, "First.")
    page = await olga.open("/deployments")
    row = page.get_by_role("table", name="Deployments").get_by_role("row").last
    await expect(row).to_contain_text("Deployed")
    await expect(row).to_contain_text("For the shop")

    await page.get_by_label("Status").select_option(label="Failed")
    await expect(page.get_by_text("No deployment fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await row.get_by_role("link", name="Shop desk").click()
    await expect(page.get_by_role("dialog", name="Deployments of Shop desk")).to_be_visible()


@pytest.mark.usefixtures("ticking")
async def test_a_visitor_chats_and_finds_the_chat_again_after_a_reload(visitor: Reader, played: Scene) -> None:
    agent = await _deployed(played, "We **ship** today.", chat_page=True, greeting="Ask about your order.")
    page = await visitor.open(f"/chat-with/{agent}")
    await expect(page.get_by_text("Ask about your order.")).to_be_visible()

    for number, question in enumerate(("When do you ship?", "Really?"), 1):
        await page.get_by_role("textbox", name="Message Shop desk").fill(question)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article", name="Shop desk")).to_have_count(number)
        await expect(page.get_by_role("article", name="Shop desk").last).to_contain_text("We ship today.")
        await expect(page.get_by_role("button", name="New chat")).to_be_enabled()
    await page.reload()
    await expect(page.get_by_role("article", name="Shop desk")).to_have_count(2)
    await page.get_by_role("button", name="New chat").click()
    await expect(page.get_by_role("article")).to_have_count(0)


@pytest.mark.usefixtures("ticking")
async def test_the_snippet_puts_the_chat_into_a_named_site_alone(visitor: Reader, played: Scene, site: Site) -> None:
    agent = await _deployed(played, "We ship today.", chat_page=True, frame_ancestors=[site.url])
    page = await visitor.open(f"/chat-with/{agent}")
    address = urlsplit(page.url)
    site.snippet = f'<script src="{address.scheme}://{address.netloc}/chat-with/{agent}/embed.js" async></script>'

    await page.goto(site.url)
    await page.get_by_role("button", name="Chat with Shop desk").click()
    frame = page.frame_locator("iframe[title='Chat with Shop desk']")
    await frame.get_by_role("textbox", name="Message Shop desk").fill("When do you ship?")
    await frame.get_by_role("button", name="Send").click()
    await expect(frame.get_by_role("article", name="Shop desk")).to_contain_text("We ship today.")


@pytest.mark.usefixtures("ticking")
async def test_a_team_is_deployed_and_its_versions_are_compared_and_restored(olga: Reader, played: Scene) -> None:
    finder, writer = [await played.agent("-", name=name) for name in ("Finder", "Writer")]
    team = await Teams(played).team("Done.", members=[finder], instructions="Be long.", config={"max_parallel": 2})
    change = {"instructions": "Be brief.", "members": [{"agent_id": finder, "role": "Looks"}, {"agent_id": writer}]}
    await played.cast.anna.http.patch(f"/teams/{team}", json=change)
    page = await olga.open(f"/teams/{team}?deployments=true")
    panel = page.get_by_role("dialog", name="Deployments of Desk")
    await panel.get_by_label("Version", exact=True).select_option("1")
    await panel.get_by_role("button", name="Deploy version 1").click()
    await expect(panel.get_by_role("heading", name="Version 1 is deployed")).to_be_visible()
    await expect(panel).to_contain_text("version 2 is saved and not deployed")
    await panel.get_by_role("button", name="Close").click()

    await page.get_by_role("button", name="Versions").click()
    versions = page.get_by_role("dialog", name="Versions of Desk")
    await versions.get_by_role("button", name="Version 2").click()
    await expect(versions.get_by_role("region", name="Instructions").locator("ins")).to_have_text("brief.")
    members = versions.get_by_role("region", name="Members")
    await expect(members.get_by_role("listitem").filter(has_text="Writer")).to_contain_text("Added")
    await expect(members.get_by_role("listitem").filter(has_text="Finder")).to_contain_text("Looks")
    await versions.get_by_role("button", name="Version 1").click()
    await versions.get_by_role("button", name="Restore").click()
    await expect(page.get_by_text("Version 1 restored as version 3.")).to_be_visible()
    await expect(page.get_by_label("Instructions")).to_have_value("Be long.")


@pytest.mark.usefixtures("ticking")
async def test_a_workflow_is_deployed_in_the_console_with_a_chat_page(olga: Reader, played: Scene) -> None:
    nodes = [{"id": "add", "type": "transform", "set": {"answer": "'one'"}}]
    asks = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
    definition = document(nodes, [("START", "add"), ("add", "END")], name="Counter", input_schema=asks, state={"answer": {}})
    made = await played.cast.anna.http.post("/workflows", json={"definition": definition})
    page = await olga.open(f"/workflows/{made.json['id']}")
    await page.get_by_role("tab", name="Deployment").click()
    await page.get_by_label("Offer a chat page").check()
    await page.get_by_role("tabpanel", name="Deployment").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved. It applies when deployed.")).to_be_visible()

    await page.get_by_role("button", name="Deployments").click()
    panel = page.get_by_role("dialog", name="Deployments of Counter")
    await panel.get_by_role("button", name="Deploy version 1").click()
    await expect(panel.get_by_role("heading", name="Version 1 is deployed")).to_be_visible()
    await expect(panel.get_by_text("Chat page and embedding")).to_be_visible()

    await page.goto(page.url.split("/workflows/")[0] + "/deployments")
    await page.get_by_role("link", name="Counter").click()
    await expect(page.get_by_role("dialog", name="Deployments of Counter")).to_be_visible()


@looks_of_visitor
@pytest.mark.usefixtures("ticking")
async def test_the_chat_page_has_no_barriers(visitor: Reader, played: Scene, axe: str) -> None:
    agent = await _deployed(played, "We **ship** today.", chat_page=True, greeting="Ask about your order.")
    page = await visitor.open(f"/chat-with/{agent}")
    await page.get_by_role("textbox", name="Message Shop desk").fill("When do you ship?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Shop desk")).to_contain_text("We ship today.")

    await keep_picture(visitor, "chat")
    assert await visitor.barriers(axe) == []


@looks
@pytest.mark.usefixtures("ticking")
async def test_the_deployments_of_an_agent_have_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    agent = await _deployed(played, "First.", chat_page=True)
    page = await reader.open(f"/agents/{agent}?deployments=true")
    panel = page.get_by_role("dialog", name="Deployments of Shop desk")
    await expect(panel.get_by_role("heading", name="Version 1 is deployed")).to_be_visible()
    await panel.get_by_role("list").last.get_by_role("button").first.click()

    await keep_picture(reader, "deployments")
    assert await reader.barriers(axe) == []
