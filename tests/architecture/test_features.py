"""``docs/features.md`` promises that each line is shown: every test and benchmark it names must exist."""

import re
from pathlib import Path

import pytest

_PAGE = Path("docs/features.md")
_NAMED = re.compile(r"`((?:tests|benchmarks|web)/[\w/.-]+?\.(?:py|ts|tsx))(?:::(\w+))?`")


def _lines() -> list[str]:
    return [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "---" not in line]


@pytest.mark.parametrize("line", [line for line in _lines() if not line.startswith("| what")])
def test_a_feature_names_what_shows_it(line: str) -> None:
    named = _NAMED.findall(line)

    assert named, f"no test or benchmark is named: {line}"
    for file, function in named:
        path = Path(file)
        assert path.is_file(), file
        assert not function or f"def {function}(" in path.read_text(encoding="utf-8"), f"{file}::{function}"
