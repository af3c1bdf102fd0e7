"""Take the pictures of the README and of the documentation: the demonstration organization in Chromium, light and dark.

.venv/bin/python -m tools.screenshots                 a fresh installation; writes docs/pictures/*.png
.venv/bin/python -m tools.screenshots --all FOLDER    every page, wide and narrow, into a folder, to look at them
.venv/bin/python -m tools.screenshots --all FOLDER --at URL    the same of an installation that runs, as olga@acme.example
"""

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright, expect

from tools.browser import find
from tools.first_start import Client, find_link, until_ready

_FOLDER = Path("docs/pictures")
_PORT = "8693"
_EMAIL, _PASSWORD = "olga@acme.example", "a long enough password"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_WIDE, _NARROW = 1360, 390
_KEPT = (("home", "light"), ("editor", "dark"), ("run", "dark"), ("thoughts", "dark"), ("chat", "dark"))
"""The pictures of the documentation, all of them wide."""


def _pages(client: Client) -> dict[str, str]:
    def first(path: str, **named: str) -> str:
        items = client.call("GET", path)["items"]
        return next(
            (each["id"] for each in items if all(each[key] == value for key, value in named.items())), items[0]["id"]
        )

    agent = first("/agents", name="Market analyst")
    run = client.call("GET", f"/runs?agent_id={agent}&status=completed&limit=1")["items"][0]["id"]
    failed = client.call("GET", "/runs?status=failed&limit=1")["items"][0]["id"]
    return {
        "home": "/?range=7d",
        "agents": "/agents",
        "editor": f"/agents/{agent}",
        "teams": "/teams",
        "team": f"/teams/{first('/teams')}",
        "workflows": "/workflows",
        "workflow": f"/workflows/{first('/workflows')}",
        "tools": "/tools",
        "chat": f"/chat/{first('/conversations')}",
        "runs": "/runs",
        "run": f"/runs/{run}",
        "thoughts": f"/runs/{run}?tab=map",
        "failed": f"/runs/{failed}",
        "schedules": "/schedules",
        "approvals": "/approvals",
        "metrics": "/agent-metrics?range=30d",
        "usage": "/usage?range=30d",
        "alerts": "/alerts",
        "rules": "/alerts?tab=rules",
        "notifications": "/notifications?tab=all",
        "deployments": "/deployments",
        "settings": "/settings",
        "members": "/settings/members",
        "models": "/settings/models",
        "keys": "/settings/api-keys",
        "audit": "/settings/audit",
    }


async def _sign_in(page: Page, address: str, organization: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.fill("input[type=email]", _EMAIL)
    await page.fill("input[type=password]", _PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{address}/")
    await page.evaluate("id => sessionStorage.setItem('retinue.organization', id)", organization)


async def _shoot(address: str, organization: str, pages: dict[str, str], folder: Path, *, is_all: bool) -> None:
    widths = (_WIDE, _NARROW) if is_all else (_WIDE,)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=_FLAGS)
        for scheme in ("light", "dark"):
            for width in widths:
                context = await browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
                page = await context.new_page()
                await _sign_in(page, address, organization)
                for name, path in pages.items():
                    if is_all or (name, scheme) in _KEPT:
                        await page.goto(address + path)
                        await page.wait_for_load_state("load")
                        await expect(page.locator("[role=status][aria-label^=Loading]")).to_have_count(0, timeout=60_000)
                        await page.wait_for_timeout(1500)
                        suffix = scheme if width == _WIDE else f"{scheme}-narrow"
                        await page.screenshot(path=folder / f"{name}-{suffix}.png")
                await context.close()
        await browser.close()


def _take(client: Client, folder: Path, *, is_all: bool) -> None:
    organizations = client.call("GET", "/organizations")["items"]
    demo = next(each["id"] for each in organizations if each["slug"] == "retinue-demo")
    client.call("POST", "/auth/organization", {"organization_id": demo})
    client.call("PUT", "/getting-started", {"dismissed": True})
    asyncio.run(_shoot(client.address, demo, _pages(client), folder, is_all=is_all))


def _of_a_fresh_installation(folder: Path, *, is_all: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="retinue-shots-") as parent:
        Path(parent).chmod(0o755)
        environ = {**os.environ, "RETINUE_DATA_DIR": f"{parent}/data", "RETINUE_PORT": _PORT, "RETINUE_LOCAL_MODEL": "off"}
        retinue = [sys.executable, "-m", "retinue.cli.main"]
        process = subprocess.Popen(
            [*retinue, "up"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            address, token = find_link(process, Path(parent) / "up.log")
            until_ready(address)
            client = Client(address)
            person = {"email": _EMAIL, "full_name": "Olga Berg", "password": _PASSWORD, "organization_name": "Acme"}
            client.csrf = client.call("POST", "/auth/claim", {"token": token, **person})["csrf_token"]
            subprocess.run([*retinue, "demo"], env=environ, check=True)
            _take(client, folder, is_all=is_all)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def main() -> None:
    """Start, fill, take, end."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots")
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--at", metavar="URL")
    given: Any = parser.parse_args()
    folder: Path = given.all or _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if not given.at:
        _of_a_fresh_installation(folder, is_all=given.all is not None)
        return
    client = Client(re.sub(r"/$", "", given.at))
    signed_in = client.call("POST", "/auth/sign-in", {"email": _EMAIL, "password": _PASSWORD})
    client.csrf = signed_in["csrf_token"]
    _take(client, folder, is_all=given.all is not None)


if __name__ == "__main__":
    main()
