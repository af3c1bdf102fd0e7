"""Breaks the code once for each line of ``mutations.toml`` and runs the test that must notice.

    python -m tools.mutations [--copy FOLDER] [--only WORD] [--report FILE]

The work is done in a copy of the committed files, so the checkout is not touched. A mutation *survives* when its test stays
green: then the test does not show what it claims. Prints one line for each, and returns 1 when one survives, when a fragment
is not found exactly once, or when no test ran.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("mutations.toml")
_TESTS_FAILED, _TIMEOUT_SECONDS = 1, 900


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of the code: ``old`` becomes ``new`` in ``path``; ``test`` must then fail. ``shows`` is the claim."""

    shows: str
    path: str
    old: str
    new: str
    test: str


def read(only: str = "") -> list[Mutation]:
    """Read the list; ``only`` keeps the mutations whose claim, path or test contains it."""
    rows = [Mutation(**row) for row in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutation"]]
    return [row for row in rows if only in f"{row.shows} {row.path} {row.test}"]


def outcome_of(mutation: Mutation, copy: Path) -> str:
    """Apply a mutation in a copy, run its test and undo it; returns killed, SURVIVED, or what prevented the answer."""
    source = copy / mutation.path
    before = source.read_text(encoding="utf-8")
    if before.count(mutation.old) != 1:
        return f"UNCLEAR: the fragment occurs {before.count(mutation.old)} times"
    source.write_text(before.replace(mutation.old, mutation.new), encoding="utf-8")
    environ = dict(os.environ, PYTHONPATH=f"{copy / 'src'}{os.pathsep}{copy}", PYTHONDONTWRITEBYTECODE="1")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutation.test.split()]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environ, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "killed (time-out)"
    finally:
        source.write_text(before, encoding="utf-8")
    if done.returncode == _TESTS_FAILED:
        return "killed"
    return "SURVIVED" if done.returncode == 0 else f"UNCLEAR: pytest returned {done.returncode}: {done.stdout[-300:]}"


def main() -> int:
    """Run the mutations one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copy", type=Path, help="an existing copy of the repository to use")
    parser.add_argument("--only", default="", help="only mutations that contain this text")
    parser.add_argument("--report", type=Path, help="also append the lines of a Markdown table to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = options.copy or _copied(Path(folder))
        failures = 0
        for mutation in read(options.only):
            start = time.monotonic()
            outcome = outcome_of(mutation, copy)
            failures += not outcome.startswith("killed")
            print(f"{outcome:<10} {time.monotonic() - start:5.0f} s  {mutation.shows}  ({mutation.test})", flush=True)
            if options.report:
                with options.report.open("a", encoding="utf-8") as report:
                    report.write(f"| {mutation.shows} | `{mutation.test}` | {outcome} |\n")
    return 1 if failures else 0


def _copied(folder: Path) -> Path:
    archive = subprocess.run(["git", "archive", "HEAD"], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
