"""Data folders that the server's own account can reach, and processes that are killed on purpose."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk or drops to another account: needs root")


@pytest.fixture
def home() -> Iterator[Path]:
    """Give an empty data folder below the system's temporary folder, which every account may pass."""
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as folder:
        yield Path(folder)


@pytest.fixture
def small_disk(home: Path) -> Iterator[Callable[[str], Path]]:
    """Put a disk in memory where the data folder is, by the options of `mount`; it goes when the test ends."""

    def mount(options: str) -> Path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(home)], check=True)
        return home

    yield mount
    subprocess.run(["umount", "--lazy", str(home)], check=False)


@pytest.fixture
def run_script() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python programs that are killed, at the latest, when the test ends."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: str) -> subprocess.Popen[str]:
        child = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        child.communicate(timeout=30)


def wait_until(is_true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Look until something is true, and say whether it became so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.01)
    return is_true()
