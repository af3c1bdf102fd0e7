"""The check of words, which ``make check`` runs over the repository, finds and names a planted phrase or synonym."""

import subprocess
import sys
from pathlib import Path

import pytest
from tools.lint.words import problems, rules

_RULES = rules()


@pytest.mark.parametrize(
    "text",
    [
        "The run starts an" + "ew.",
        "# The invitation is taken\n# " + "back by its sender.",
        'detail = "The key runs "\n    "' + 'out tomorrow."',
        "async def test_the_answer_is_given_an" + "ew() -> None: ...",
        "<p>Some" + "body waits.</p>",
        "An agent blue" + "print has parameters.",
    ],
    ids=["prose", "comment over two lines", "two strings", "name of a test", "markup", "synonym of the glossary"],
)
def test_a_planted_phrase_is_found(text: str) -> None:
    assert list(problems(text, "page.md", _RULES)), text


def test_a_planted_phrase_fails_the_check(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Agents.\n\nThe secret is removed for g" + "ood.\n")
    command = [sys.executable, "-m", "tools.lint.words", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, f"{page}:3: “for g" + "ood”: write permanently")


def test_plain_text_passes() -> None:
    assert not list(problems("Revoke the key. The run is cancelled; run the next one outside.", "page.md", _RULES))
