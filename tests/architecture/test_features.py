"""Pages that promise what is shown: every test and benchmark that a line of their tables names must exist."""

import re
from pathlib import Path

import pytest

_PAGES = (Path("docs/features.md"), Path("docs/foundation-acceptance.md"))
_NAMED = re.compile(r"`((?:tests|benchmarks|web)/[\w/.-]+?\.(?:py|ts|tsx|yaml))(?:::(\w+))?`")


def _lines() -> list[str]:
    found = [line for page in _PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    return [line for line in found if line.startswith("| ") and "---" not in line]


@pytest.mark.parametrize("line", [line for line in _lines() if not line.startswith(("| what", "| finding"))])
def test_a_feature_names_what_shows_it(line: str) -> None:
    named = _NAMED.findall(line)

    assert named, f"no test or benchmark is named: {line}"
    for file, function in named:
        path = Path(file)
        assert path.is_file(), file
        assert not function or f"def {function}(" in path.read_text(encoding="utf-8"), f"{file}::{function}"
