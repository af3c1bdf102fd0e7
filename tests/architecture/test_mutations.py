"""The list of mutations stays usable: what each replaces is there once, and the test that must notice exists."""

from pathlib import Path

from tools.mutations.__main__ import read


def test_what_every_mutation_replaces_is_there_once() -> None:
    counts = {each.shows: Path(each.path).read_text(encoding="utf-8").count(each.old) for each in read()}

    assert {shows: count for shows, count in counts.items() if count != 1} == {}


def test_the_test_of_every_mutation_exists() -> None:
    missing = [name for each in read() for name in each.test.split() if not Path(name.split("::")[0]).exists()]

    assert missing == []
