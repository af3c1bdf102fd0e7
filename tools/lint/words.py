"""Plain words: forbidden phrases, and synonyms that the glossary rejects, in every text that a person reads.

The phrases are in ``words.toml``; the synonyms are in the third column of ``docs/glossary.md``. A phrase is found in prose,
in strings, in comments and in names, over line breaks and in snake_case. ``words.toml`` lists the exempt files, each
with its reason.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIST = Path("tools/lint/words.toml")
GLOSSARY = Path("docs/glossary.md")

# What separates two words of a phrase: spaces, a line break with the prefix of a comment, or the seam of two strings.
_GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:#|//|--|\*|>)?[ \t]*|_|[ \t]*[\"'`]\s*\+?\s*[fr]?[\"'`])"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that no text may contain, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a text breaks a rule."""

    path: str
    line: int
    text: str
    instead: str

    def __str__(self) -> str:
        """Format the finding as ``path:line: text``, for an editor to open."""
        return f"{self.path}:{self.line}: “{self.text}”: {self.instead}"


def rule(words: str, instead: str) -> Rule:
    """Compile a phrase: ``a|b`` are alternatives, a space matches any gap, ``*`` the rest of a word."""
    parts = [re.escape(part).replace(r"\|", "|").replace(r"\*", "[a-z]*") for part in words.split(" ")]
    body = _GAP.join(f"(?:{part})" for part in parts)
    return Rule(re.compile(rf"(?<![A-Za-z\]]){body}(?![A-Za-z])", re.IGNORECASE), instead)


def rules(phrases: Path = LIST, glossary: Path = GLOSSARY) -> list[Rule]:
    """Read the phrases of the list and the rejected synonyms of the glossary."""
    found = [rule(each["words"], f"write {each['use']}") for each in _table(phrases)["phrases"]]
    for line in glossary.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or len(cells) != 3 or cells[0] == "word":
            continue
        found.extend(rule(synonym.strip(), f"write {cells[0]}") for synonym in cells[2].split(",") if synonym.strip())
    return found


def problems(text: str, path: str, against: list[Rule]) -> Iterator[Finding]:
    """Yield each place of a text that breaks a rule."""
    for each in against:
        for match in each.pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(path, line, " ".join(match.group().split()), each.instead)


def files() -> list[str]:
    """List the tracked text files that are not exempt."""
    exempt = [each["path"] for each in _table(LIST)["exempt"]]
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    kinds = (".py", ".ts", ".tsx", ".sql", ".md", ".sh", ".toml", ".yml", ".json", ".css", ".html", "Makefile", "run")
    chosen = [path for path in tracked if path.endswith(kinds) and Path(path).is_file()]
    return [path for path in chosen if not any(path == each or path.startswith(f"{each}/") for each in exempt)]


def main(paths: list[str]) -> int:
    """Check the files given, or every tracked file; return 1 when a text breaks a rule."""
    against = rules()
    found = [
        finding for path in paths or files() for finding in problems(Path(path).read_text(encoding="utf-8"), path, against)
    ]
    for finding in sorted(found, key=lambda each: (each.path, each.line)):
        print(finding)
    if found:
        print(f"{len(found)} places do not use plain words; {LIST} and {GLOSSARY} have the rules.")
    return 1 if found else 0


def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
