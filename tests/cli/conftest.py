"""The command `retinue` as a person runs it: a process of its own, alone or against a served installation."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cast import PASSWORD
from tests.runs.conftest import played, scene
from tests.runs.scene import Scene

__all__ = ["played", "scene"]

_NOT_INHERITED = ("RETINUE_", "DATABASE_URL", "XDG_", "COLUMNS", "LINES")
"""The size of a terminal too: the readline of the process that runs the tests may have written it into the environment."""
OURS = ("DATABASE_URL", "RETINUE_", "PG_BIN_DIR")
Retinue = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def retinue(tmp_path: Path) -> Retinue:
    """Run a command with these settings on a data folder of its own, and return what it said."""

    def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        environ |= {"RETINUE_DATA_DIR": str(tmp_path / "data")} | settings
        command = [sys.executable, "-m", "retinue.cli.main", *arguments]
        return subprocess.run(command, env=environ, check=False, capture_output=True, text=True, timeout=100)

    return run


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Terminal:
    """Runs commands with a home of its own."""

    home: Path
    url: str
    environ: dict[str, str] = field(default_factory=dict[str, str])

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
        return kept | {"HOME": str(self.home)} | self.environ

    async def begin(
        self, *arguments: str, stdin: Any = asyncio.subprocess.PIPE, stdout: Any = asyncio.subprocess.PIPE
    ) -> Any:
        """Start a command, and leave it running."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "retinue.cli.main",
            *arguments,
            env=self._environ(),
            stdin=stdin,
            stdout=stdout,
            stderr=asyncio.subprocess.PIPE,
        )

    async def __call__(self, *arguments: str, given: str | bytes = "", stdout: Any = asyncio.subprocess.PIPE) -> Said:
        process = await self.begin(*arguments, stdout=stdout)
        async with asyncio.timeout(100):
            out, err = await process.communicate(given.encode() if isinstance(given, str) else given)
        return Said(process.returncode, (out or b"").decode(), err.decode())


@pytest.fixture
def terminal(tmp_path: Path, scene: Scene) -> Terminal:
    """Give a terminal whose user has not signed in."""
    return Terminal(tmp_path, scene.cast.anna.http.base_url)


@pytest.fixture
async def anna(terminal: Terminal, scene: Scene) -> Terminal:
    """Give a terminal at which Anna has signed in."""
    said = await terminal("login", terminal.url, "--email", scene.cast.anna.email, given=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    return terminal


@pytest.fixture
async def adam(terminal: Terminal, scene: Scene) -> Terminal:
    """Give a terminal at which Adam has signed in."""
    said = await terminal("login", terminal.url, "--email", scene.cast.adam.email, given=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    return terminal
