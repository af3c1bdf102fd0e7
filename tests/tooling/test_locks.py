"""The committed locks: all that is asked for is in them, with a version that will do, hashes, and nobody's address."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
WORK = RUN + [Requirement(text) for text in PROJECT["dependency-groups"]["dev"]]


def _locked(name: str) -> dict[str, str]:
    lines = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in lines}


@pytest.mark.parametrize(("lock", "wanted"), [("requirements.lock", RUN), ("requirements-dev.lock", WORK)])
def test_every_dependency_is_locked_to_a_version_that_will_do(lock: str, wanted: list[Requirement]) -> None:
    locked = _locked(lock)

    missing = [
        str(requirement)
        for requirement in wanted
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"), prereleases=True)
    ]
    assert missing == [], "run 'make lock'"


def test_both_locks_agree() -> None:
    run, work = _locked("requirements.lock"), _locked("requirements-dev.lock")

    assert {name: version for name, version in run.items() if work.get(name) != version} == {}


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        "requirements-dev.lock",
        "tests/realtime/python_client/requirements.lock",
        "tests/integrations/tracing/phoenix/requirements.lock",
    ],
)
def test_lock_holds_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "--hash=sha256:" in text
    assert re.findall(r"\w+://\S+|--index-url\S*|--find-links\S*", text) == []
