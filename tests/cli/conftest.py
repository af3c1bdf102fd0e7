"""The command `retinue` as a person runs it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

OURS = ("DATABASE_URL", "RETINUE_", "PG_BIN_DIR")
Retinue = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def retinue(tmp_path: Path) -> Retinue:
    """Run a command with these settings on a data folder of its own, and return what it said."""

    def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        environ |= {"RETINUE_DATA_DIR": str(tmp_path / "data")} | settings
        command = [sys.executable, "-m", "retinue.cli.main", *arguments]
        return subprocess.run(command, env=environ, check=False, capture_output=True, text=True, timeout=60)

    return run
