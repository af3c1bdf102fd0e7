"""Tools of the MCP project's reference servers in Python, as their packages are: time and Git."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tools.environments import MCP_SERVERS

from retinue.core.json import dumps
from retinue.process import Process
from retinue.tools.mcp.sessions import sessions_of
from retinue.tools.mcp.settings import McpSettings
from tests.cast import Cast, Person
from tests.tools.conftest import try_tool


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository of Git with one commit and a file that is not in it."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "kept.txt").write_text("kept", encoding="utf-8")
    who = ["-c", "user.name=Anna", "-c", "user.email=anna@acme.example"]
    for words in (["init", "--quiet"], ["add", "kept.txt"], [*who, "commit", "--quiet", "-m", "Keep a file"]):
        subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S603, S607 - the system's
    (folder / "new.txt").write_text("new", encoding="utf-8")
    return folder


@pytest.fixture
async def servers(process: Process, repository: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Have the operator allow the servers to be started here."""
    python = MCP_SERVERS.find()
    if python is None:
        pytest.skip("The reference MCP servers are not installed: python -m tools.environments install")
    lines = {
        "time": ["mcp-server-time", "--local-timezone", "Europe/Berlin"],
        "git": ["mcp-server-git", "--repository", str(repository)],
    }
    commands = {name: [str(python.parent / line[0]), *line[1:]] for name, line in lines.items()}
    settings = McpSettings(mcp_commands=dumps(commands).decode(), mcp_connect_seconds=60)
    monkeypatch.setitem(process.resources.settings, McpSettings, settings)
    await sessions_of(process.resources).close()
    process.resources.parts.pop(type(sessions_of(process.resources)))
    yield
    await sessions_of(process.resources).close()
    process.resources.parts.pop(type(sessions_of(process.resources)))


async def _called(anna: Person, server: str, tool: str, arguments: dict[str, Any]) -> Any:
    body = {"command": server, "create": [{"tool": tool}]}
    made = await anna.http.post("/tools/import-mcp", json=body)
    assert made.status == 200, made.text
    return await try_tool(anna, made.json["created"][0]["id"], arguments)


@pytest.mark.usefixtures("servers")
async def test_reference_servers_in_python_list_their_tools_and_answer(cast: Cast, repository: Path) -> None:
    noon = {"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    converted = await _called(cast.anna, "time", "convert_time", noon)
    status = await _called(cast.anna, "git", "git_status", {"repo_path": str(repository)})
    log = await _called(cast.anna, "git", "git_log", {"repo_path": str(repository)})

    assert "Asia/Tokyo" in str(converted["output"])
    assert "new.txt" in str(status["output"])
    assert "Keep a file" in str(log["output"])


@pytest.mark.usefixtures("servers")
async def test_what_a_reference_server_refuses_is_an_error_with_its_words(cast: Cast, tmp_path: Path) -> None:
    elsewhere = await _called(cast.anna, "git", "git_status", {"repo_path": str(tmp_path)})
    nowhere = await _called(cast.anna, "time", "get_current_time", {"timezone": "Mars/Olympus"})

    assert elsewhere["ok"] is False
    assert "outside" in str(elsewhere["error"])
    assert nowhere["ok"] is False
    assert "Mars/Olympus" in str(nowhere["error"])
