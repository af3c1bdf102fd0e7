"""The first ten minutes in the browser: no owner yet, the steps of the README as they are written, the checklist."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from playwright.async_api import Locator, Page, expect

from retinue.process import Process
from tests.cast import PASSWORD, Cast
from tests.clock import HandClock
from tests.conftest import Postgres
from tests.identity.conftest import Installation
from tests.llm import provider_servers
from tests.llm.provider_servers import ProviderServer
from tests.runs.scene import Scene, working
from tests.serving import serve
from tests.web.looks import keep_picture, looks, looks_of_visitor
from tests.web.reader import Reader

_README = Path(__file__).parents[2] / "README.md"


@dataclass
class Steps:
    """The steps of the README: what they print in italics is on the screen, and a test uses all of it."""

    text: str = field(default_factory=lambda: _README.read_text(encoding="utf-8").partition("## Your first agent")[2])
    used: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        """Take the numbered steps alone."""
        self.text = re.sub(r"\s+", " ", self.text.partition("\n5. ")[0])

    def said(self, label: str) -> str:
        """Return a label that a step names."""
        assert f"*{label}*" in self.text, label
        self.used.add(label)
        return label

    def labels(self) -> set[str]:
        """Return all that the steps name."""
        return set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", self.text))


@pytest.fixture
async def ollama() -> AsyncIterator[ProviderServer]:
    """Give what speaks as an Ollama does."""
    async with provider_servers.serving("ollama") as server:
        yield server


@pytest.fixture
async def new(
    environ: dict[str, str], own_database: Postgres, ollama: ProviderServer, tmp_path: Path
) -> AsyncIterator[Installation]:
    """Give an installation that nobody has claimed, with a worker, beside an Ollama."""
    urls = {"DATABASE_URL": own_database.owner_url, "RETINUE_APP_DATABASE_URL": own_database.app_url}
    given = {**environ, **urls, "RETINUE_MODEL_OLLAMA_URL": ollama.url}
    process = Process(given)
    await process.start()
    try:
        with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
            async with serve(process) as client, working(given, {}, is_calling=True):
                yield Installation(process, client, HandClock(owner), owner, own_database.owner_url)
    finally:
        await process.stop()


def _rail(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Main")


async def test_the_steps_of_the_readme_lead_to_an_agent_of_your_own(
    visitor: Reader, new: Installation, ollama: ProviderServer
) -> None:
    steps = Steps()
    visitor.base_url = new.http.base_url
    page = await visitor.open(f"/claim?token={new.issue_claim()}")
    for label, value in {
        "Your name": "Olga Berg",
        "E-mail address": "olga@acme.example",
        "Your organization": "Acme",
    }.items():
        await page.get_by_label(steps.said(label)).fill(value)
    await page.get_by_label(re.compile(f"^{steps.said('Password')}")).fill(PASSWORD)
    await page.get_by_role("button", name=steps.said("Create organization")).click()
    started = page.get_by_role("region", name=steps.said("Getting started"))
    await expect(started).to_contain_text("0 of 5 steps done")
    assert ollama.bodies == []

    await _rail(page).get_by_role("link", name=steps.said("Agents")).click()
    await page.get_by_role("link", name=re.compile("^" + steps.said("Calculator desk"))).first.click()
    assert "`What is 17 times 24?`" in steps.text
    await page.get_by_role("textbox", name=steps.said("Prompt")).fill("What is 17 times 24?")
    await page.get_by_role("button", name=steps.said("Send")).click()
    await expect(page.get_by_role("log", name="Trial")).to_contain_text("408")
    await expect(page.get_by_role("note", name="Demonstration")).to_contain_text("A script answers here, not a model.")
    assert "*Assistant*" in steps.text

    await page.get_by_role("link", name=steps.said("Connect a model")).click()
    await page.get_by_role("button", name=steps.said("Add"), exact=True).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name=steps.said("Add and test"))).to_be_visible()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name=steps.said("Look for Ollama")).click()
    await page.get_by_role("button", name=steps.said("Add Ollama")).click()
    await expect(page.get_by_role("listitem").filter(has_text=ollama.url)).to_contain_text("Default")

    await _rail(page).get_by_role("link", name="Agents").click()
    await page.get_by_role("link", name=steps.said("New agent")).first.click()
    await page.get_by_label(steps.said("Name")).fill("Reckoner")
    await page.get_by_label(steps.said("Instructions")).fill("Answer briefly.")
    await page.get_by_role("button", name=steps.said("Create and activate")).click()
    await expect(page.get_by_role("heading", name="Reckoner", level=1)).to_be_visible()

    await _rail(page).get_by_role("link", name="Home").click()
    await expect(started).to_contain_text("3 of 5 steps done")
    assert steps.labels() - {"Assistant"} == steps.used
    await page.goto("about:blank")  # its live connection would outlast the server
    visitor.expect_refusals(401)


async def test_an_installation_without_an_owner_says_where_the_link_is(visitor: Reader, installation: Installation) -> None:
    visitor.base_url = installation.http.base_url
    page = await visitor.open("/")

    await expect(page.get_by_role("heading", name="This installation has no owner yet")).to_be_visible()
    await expect(page.get_by_text("retinue claim-link", exact=True).first).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in")).to_have_count(0)

    assert (await installation.claim(installation.issue_claim())).status == 200
    await page.get_by_role("button", name="Check again").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@looks_of_visitor
async def test_an_installation_without_an_owner_has_no_barriers(
    visitor: Reader, installation: Installation, axe: str
) -> None:
    visitor.base_url = installation.http.base_url
    page = await visitor.open("/")
    await expect(page.get_by_role("heading", name="This installation has no owner yet")).to_be_visible()

    await keep_picture(visitor, "unclaimed")
    assert await visitor.barriers(axe) == []
    await page.goto("about:blank")  # it asks again from time to time, also when the server is gone


async def test_the_checklist_ticks_itself_and_stays_dismissed_elsewhere(olga: Reader, scene: Scene) -> None:
    page = await olga.open("/")
    started = page.get_by_role("region", name="Getting started")
    await expect(started.get_by_role("link", name=re.compile("Create an API key .to do."))).to_be_visible()

    await scene.cast.olga.http.post("/api-keys", json={"name": "program", "scopes": ["agents:read"]})
    await page.reload()
    await expect(started.get_by_role("link", name=re.compile("Create an API key .done."))).to_be_visible()
    await started.get_by_role("button", name="Dismiss getting started").click()
    await expect(started).to_have_count(0)

    other = await olga.new_window("/")
    await expect(other.get_by_role("heading", name="Recent runs")).to_be_visible()
    await expect(other.get_by_role("region", name="Getting started")).to_have_count(0)


async def test_no_ollama_is_a_sentence_with_what_to_do(olga: Reader) -> None:
    page = await olga.open("/settings/models")
    await page.get_by_role("button", name="Look for Ollama").click()

    await expect(page.get_by_role("region", name="Ollama on this machine")).to_contain_text("No Ollama answers at")


@looks
async def test_home_with_its_checklist_and_the_chat_of_a_script_have_no_barriers(
    reader: Reader, scene: Scene, axe: str
) -> None:
    agent = await scene.agent("Yes.", name="Scripted one")
    page = await reader.open("/")
    await expect(page.get_by_role("region", name="Getting started")).to_be_visible()
    await keep_picture(reader, "home-started")
    assert await reader.barriers(axe) == []

    await reader.open(f"/chat?agent={agent}")
    await expect(page.get_by_role("note", name="Demonstration")).to_be_visible()
    await keep_picture(reader, "chat-demonstration")
    assert await reader.barriers(axe) == []


async def test_a_search_for_ollama_needs_the_right_to_change_models(cast: Cast) -> None:
    refused = await cast.anna.http.post("/model-providers/find-ollama")

    assert (refused.status, refused.json["code"]) == (403, "permission_denied")
