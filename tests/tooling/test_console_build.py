"""The console's builder on a small console of its own: it builds what is stale, and nothing else."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import console

pytestmark = pytest.mark.skipif(console.needs_wheel(), reason="no Node.js on this system; the build itself brings its own")

BUILD = """
const fs = require('fs');
fs.mkdirSync('../src/retinue/static', { recursive: true });
fs.writeFileSync('../src/retinue/static/index.html', fs.readFileSync('src/page.html'));
fs.appendFileSync('../builds', 'x');
"""

Builder = Callable[[], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project with the real builder and a console of one file."""
    package = {"name": "small", "version": "1.0.0", "private": True, "scripts": {"build": "node build.cjs"}}
    lock = {
        "name": "small",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {"": {"name": "small", "version": "1.0.0"}},
    }
    (tmp_path / "tools").mkdir()
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "package.json").write_text(json.dumps(package))
    (tmp_path / "web" / "package-lock.json").write_text(json.dumps(lock))
    (tmp_path / "web" / "build.cjs").write_text(BUILD)
    (tmp_path / "web" / "src" / "page.html").write_text("first")
    shutil.copy(console.__file__, tmp_path / "tools" / "console.py")
    (tmp_path / "web" / "node_modules").mkdir()
    return tmp_path


@pytest.fixture
def build(project: Path) -> Builder:
    """Give the command that builds the console."""

    def run() -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(project / "tools" / "console.py"), "build"]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    return run


def _builds(project: Path) -> int:
    return len((project / "builds").read_text())


def test_console_is_built_once_for_the_same_sources(project: Path, build: Builder) -> None:
    first, second = build(), build()

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert _builds(project) == 1


def test_changed_source_is_built_again(project: Path, build: Builder) -> None:
    build()
    (project / "web" / "src" / "page.html").write_text("second")

    build()

    assert (project / "src" / "retinue" / "static" / "index.html").read_text() == "second"
    assert _builds(project) == 2


def test_removed_console_is_built_again(project: Path, build: Builder) -> None:
    build()
    shutil.rmtree(project / "src" / "retinue" / "static")

    build()

    assert (project / "src" / "retinue" / "static" / "index.html").exists()


def test_changed_test_of_the_console_builds_nothing(project: Path, build: Builder) -> None:
    build()
    (project / "web" / "src" / "page.test.ts").write_text("")

    build()

    assert _builds(project) == 1


def test_failed_build_says_what_npm_said_and_is_tried_again(project: Path, build: Builder) -> None:
    (project / "web" / "build.cjs").write_text("throw new Error('no such colour')")

    failed = build()
    (project / "web" / "build.cjs").write_text(BUILD)
    repaired = build()

    assert failed.returncode == 1
    assert "'npm run build' failed" in failed.stderr
    assert "no such colour" in failed.stderr
    assert repaired.returncode == 0


def test_sources_that_are_not_there_are_no_failure(project: Path, build: Builder) -> None:
    shutil.rmtree(project / "web")

    assert build().returncode == 0
