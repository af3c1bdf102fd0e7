"""The console in a real browser: Chromium, the built pages as the API serves them, and people of the cast in front of it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from retinue.process import Process
from tests.cast import Cast
from tests.client import Client
from tests.conftest import Postgres
from tests.identity.conftest import blank, installation, own_database
from tests.runs.scene import Gate, Reciter, Scene, working
from tests.web.reader import DESK, PATIENCE_MS, Reader
from tools import browser, console

__all__ = ["blank", "installation", "own_database"]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without the flags about networking, Chromium itself speaks to its vendor's hosts at every start."""


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Give the browser of the session."""
    path = browser.find()
    if path is None:
        pytest.skip("There is no Chromium on this machine: python -m tools.browser install")
    if console.is_stale() and "PYTEST_XDIST_WORKER" not in os.environ:
        console.build()
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the script that looks for barriers."""
    path = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("axe-core is not installed: python tools/console.py run test")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def reciter() -> Reciter:
    """Give the model of the scene's worker."""
    return Reciter()


@pytest.fixture
async def played(
    cast: Cast, process: Process, postgres: Postgres, environ: dict[str, str], reciter: Reciter
) -> AsyncIterator[Scene]:
    """Give a scene with a worker."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    scene = Scene(cast, process, postgres)
    async with working(environ, scene.tools, model=reciter):
        yield scene


@pytest.fixture
async def readers(chromium: Browser) -> AsyncIterator[list[Reader]]:
    """Give a list for the readers of a test: their windows are closed after it, and must have seen no error."""
    opened: list[Reader] = []
    yield opened
    for each in opened:
        await each.close()
    assert [complaint for each in opened for complaint in each.complaints] == []


@pytest.fixture
async def olga(chromium: Browser, cast: Cast, readers: list[Reader]) -> Reader:
    """Give Olga, who owns Acme, before a window of usual size."""
    return await Reader.sit_down(chromium, cast.olga, readers)


@pytest.fixture
async def gate(played: Scene) -> Gate:
    """Give a tool at which runs stand until the test lets them through."""
    waiting = Gate()
    played.tools["wait_here"] = waiting.tool
    return waiting


@pytest.fixture
async def scene(cast: Cast, process: Process, postgres: Postgres) -> Scene:
    """Give a scene without a worker: what is started stays pending."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    return Scene(cast, process, postgres)


@pytest.fixture
async def reader(request: pytest.FixtureRequest, chromium: Browser, cast: Cast, readers: list[Reader]) -> Reader:
    """Give Olga before a window of the look that the test asks for; see ``tests/web/looks.py``."""
    size, scheme = request.param
    return await Reader.sit_down(chromium, cast.olga, readers, size=size, scheme=scheme)


@pytest.fixture
async def visitor(
    request: pytest.FixtureRequest, chromium: Browser, server: Client, readers: list[Reader]
) -> AsyncIterator[Reader]:
    """Give someone who is not signed in; that their session is asked for and refused is no error."""
    size, scheme = getattr(request, "param", (DESK, "light"))
    reader = await Reader.walk_up(chromium, server.base_url, readers, size=size, scheme=scheme)
    yield reader
    reader.expect_refusals(401)
