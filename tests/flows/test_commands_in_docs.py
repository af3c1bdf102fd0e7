"""Every block of commands in README and docs is run against an installation, unless it is marked ``not-run: reason``."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.cast import Cast, Person

_ROOT = Path(__file__).parents[2]
_PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "web/README.md"]
_BLOCK = re.compile(
    r"(<!-- not-run: (?P<reason>[^\n]+?) -->\n)?^```(?:sh|bash|shell|console)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE
)


_PROGRAM = re.compile(_BLOCK.pattern.replace("sh|bash|shell|console", "python"), _BLOCK.flags)
_PAGES_OF_PROGRAMS = ["docs/python-client.md"]
_MODEL = {"provider_id": str(SCRIPTED_ID), "name": "demo"}
_SCOPES = [
    *(
        "agents:read",
        "agents:write",
        "models:read",
        "tools:read",
        "teams:read",
        "workflows:read",
        "schedules:read",
        "budgets:read",
        "n8n:read",
    ),
    *("runs:read", "runs:write", "agent_keys:write"),
]


def _pages() -> list[str]:
    return _PAGES + sorted(str(page.relative_to(_ROOT)) for page in (_ROOT / "docs").rglob("*.md"))


def _commands(page: str, blocks: re.Pattern[str] = _BLOCK) -> list[str]:
    """Return the blocks of a page that are run, in their order."""
    text = (_ROOT / page).read_text(encoding="utf-8")
    return [match["code"] for match in blocks.finditer(text) if not match["reason"]]


@pytest.mark.parametrize("page", [page for page in _pages() if _commands(page)])
@pytest.mark.usefixtures("worker")
async def test_the_commands_of_a_page_work(page: str, cast: Cast, tmp_path: Path) -> None:
    await _run("bash", "-euo", "pipefail", "-c", "\n".join(_commands(page)), cast=cast, folder=tmp_path)


@pytest.mark.parametrize("page", _PAGES_OF_PROGRAMS)
@pytest.mark.usefixtures("worker")
async def test_the_programs_of_a_page_work(page: str, cast: Cast, tmp_path: Path) -> None:
    output = await _run(sys.executable, "-c", "\n".join(_commands(page, _PROGRAM)), cast=cast, folder=tmp_path)

    assert "completed" in output


async def _run(*command: str, cast: Cast, folder: Path) -> str:
    person = cast.olga
    body = {"name": "Commands of the pages", "scopes": _SCOPES}
    key = (await person.http.post("/api-keys", json=body)).json["key"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RETINUE_", "XDG_"))}
    environ = kept | {
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "RETINUE_URL": str(person.http.base_url).removesuffix("/api/v1"),
        "RETINUE_API_KEY": key,
        "AGENT": await _agent(person, "Weather desk"),
    }

    process = await asyncio.create_subprocess_exec(
        *command, env=environ, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(100):
        output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    return output.decode()


async def _agent(person: Person, name: str) -> str:
    """Make an agent that needs no model, and return its id."""
    body = {"name": name, "status": "active", "instructions": "Answer.", "config": {"model": _MODEL}}
    made = await person.http.post("/agents", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


def test_the_tutorial_and_the_readme_have_commands_that_are_run() -> None:
    assert _commands("docs/tutorial.md")
    assert _commands("README.md")
