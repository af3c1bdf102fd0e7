"""YAML as files hold it: YAML 1.2, errors at their places, and texts that come back as they were written."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from retinue.manifests.reading import MAX_DEPTH, read_file
from retinue.manifests.types import ManifestFile
from retinue.manifests.writing import write

_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30) | st.sampled_from(
    [
        "no",
        "1e3",
        "0o17",
        "08",
        "1:30",
        "2026-01-01",
        "~",
        "",
        " x",
        "x ",
        "a\nb\n",
        "a\n\n",
        "\n",
        "# x",
        "1_000",
        ".inf",
        "=",
        "<<",
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _read(text: str) -> Any:
    documents, problems = read_file(ManifestFile("a.yaml", text))
    assert problems == []
    return documents[0].value


@given(st.dictionaries(_TEXTS, _VALUES, min_size=1, max_size=5))
def test_what_is_written_reads_back_the_same(document: dict[str, Any]) -> None:
    assert _read(write(document, ["A comment."])) == document


@given(st.dictionaries(_TEXTS.filter(lambda text: text != "<<"), _TEXTS, min_size=1, max_size=5))
def test_texts_are_texts_for_readers_of_yaml_1_1_too(document: dict[str, Any]) -> None:
    assert yaml.safe_load(write(document)) == document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("true", True),
        ("~", None),
        ("", None),
        ("012", 12),
        ("0o12", 10),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1_000", "1_000"),
        ("!!str 1", "1"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    read = _read(f"a: {text}")["a"]

    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: [1", 2, 1, "not YAML"),
        ("a: 'x", 1, 6, "not YAML"),
        ("a: 1\n\tb: 2", 2, 1, "not YAML"),
        ("a: \x01", 1, 1, "not YAML"),
        ("a: 1\nb: 2\na: 3", 3, 1, "twice"),
        ("a: &x 1\nb: *x", 2, 4, "aliases"),
        ("a: !!python/object:os.system x", 1, 4, "tags"),
        ("a: .nan", 1, 4, "number"),
        ("[a]: 1", 1, 1, "key"),
        ("- a", 1, 1, "mapping"),
        ("just text", 1, 1, "mapping"),
        ("a: 1\n---\n- b", 3, 1, "mapping"),
        (f"a: {'9' * 1001}", 1, 4, "digits"),
        (f"a: {'[' * (MAX_DEPTH + 1)}", 1, 3 + MAX_DEPTH, "levels"),
        ("a: [" + "x," * 100_001 + "]", 1, 200_001, "values"),
    ],
)
def test_wrong_yaml_is_refused_at_its_place(text: str, line: int, column: int, message: str) -> None:
    _, (problem,) = read_file(ManifestFile("a.yaml", text))

    assert (problem.file, problem.line, problem.column) == ("a.yaml", line, column)
    assert message in problem.message


def test_documents_know_the_places_of_their_values() -> None:
    documents, problems = read_file(ManifestFile("a.yaml", '# first\n---\n---\na:\n  - b: 1\n---\n{"c":[true]}\n'))

    assert problems == []
    assert [each.value for each in documents] == [{"a": [{"b": 1}]}, {"c": [True]}]
    assert (documents[0].position_of(("a", 0, "b")).line, documents[0].position_of(("a", 0, "gone")).line) == (5, 5)
    assert documents[1].position_of(("c", 0)).column == 7
