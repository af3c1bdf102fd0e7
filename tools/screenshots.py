"""Take the pictures of the README: a fresh installation, a few real runs, and the console in Chromium, light and dark.

.venv/bin/python -m tools.screenshots           writes docs/pictures/*.png
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from tools.browser import find
from tools.first_start import Client, find_link, until_ready

_FOLDER = Path("docs/pictures")
_PORT = "8693"
_EMAIL, _PASSWORD = "olga@acme.example", "a long enough password"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def _runs(client: Client) -> dict[str, Any]:
    agents = {each["name"]: each for each in client.call("GET", "/agents")["items"]}
    prompts = {
        "Calculator desk": "A crate holds 24 bottles. What are 17 * 24 bottles, and what time is it now?",
        "Note keeper": "Write a note for Anna: the delivery comes on Thursday.",
    }
    last: dict[str, Any] = {}
    for name, prompt in prompts.items():
        body = {"type": "agent", "target_id": agents[name]["id"], "input": {"prompt": prompt}}
        run = client.call("POST", "/runs", body)
        while run["status"] in {"pending", "running"}:
            time.sleep(0.1)
            run = client.call("GET", f"/runs/{run['id']}")
        last[name] = run
    conversation = client.call("POST", "/conversations", {"agent_id": agents["Calculator desk"]["id"]})
    for text in ("What is 3 * (14 + 28)?", "And what time is it?"):
        client.call("POST", f"/conversations/{conversation['id']}/messages", {"content": text})
        time.sleep(3)
    return {"run": last["Calculator desk"]["id"], "chat": conversation["id"], "agent": agents["Calculator desk"]["id"]}


async def _sign_in(page: Page, address: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.fill("input[type=email]", _EMAIL)
    await page.fill("input[type=password]", _PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{address}/")


async def _shoot(address: str, ids: dict[str, Any]) -> None:
    pages = {
        "home": "/",
        "agents": "/agents",
        "editor": f"/agents/{ids['agent']}",
        "run": f"/runs/{ids['run']}",
        "thoughts": f"/runs/{ids['run']}?tab=map",
        "chat": f"/chat/{ids['chat']}",
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=_FLAGS)
        for scheme in ("light", "dark"):
            for width in (1360, 390):
                context = await browser.new_context(viewport={"width": width, "height": 850}, color_scheme=scheme)
                page = await context.new_page()
                await _sign_in(page, address)
                for name, path in pages.items():
                    await page.goto(address + path)
                    await page.wait_for_load_state("load")
                    await page.wait_for_timeout(1500)
                    suffix = scheme if width > 1000 else f"{scheme}-narrow"
                    await page.screenshot(path=_FOLDER / f"{name}-{suffix}.png")
                await context.close()
        await browser.close()


def main() -> None:
    """Start, use, take, end."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="retinue-shots-") as parent:
        Path(parent).chmod(0o755)
        environ = {**os.environ, "RETINUE_DATA_DIR": f"{parent}/data", "RETINUE_PORT": _PORT, "RETINUE_LOCAL_MODEL": "off"}
        process = subprocess.Popen(
            [sys.executable, "-m", "retinue.cli.main", "up"],
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
            body = {
                "token": token,
                "email": _EMAIL,
                "full_name": "Olga Berg",
                "password": _PASSWORD,
                "organization_name": "Acme",
            }
            client.csrf = client.call("POST", "/auth/claim", body)["csrf_token"]
            asyncio.run(_shoot(address, _runs(client)))
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


if __name__ == "__main__":
    main()
