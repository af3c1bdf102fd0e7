"""Values of a state are stored so that they come back as they were."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.types import Send

from retinue.core.json import JsonObject, dumps, loads
from retinue.runs.execution import encoding, rows

_texts = st.text(max_size=20)
_clean = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _clean | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_clean, inner, max_size=3) | st.builds(Send, _clean, inner),
    max_leaves=8,
)


def _fits_msgpack(value: object) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    if isinstance(value, Send):
        return _fits_msgpack(value.arg)
    if isinstance(value, dict):
        return all(map(_fits_msgpack, value.values()))  # pyright: ignore[reportUnknownArgumentType] - any value
    if isinstance(value, list | tuple):
        return all(map(_fits_msgpack, value))  # pyright: ignore[reportUnknownArgumentType] - any value
    return True


@given(value=_values.filter(_fits_msgpack))
def test_value_comes_back_as_it_was(value: object) -> None:
    assert encoding.decode(loads(dumps(encoding.encode(value)))) == value


@given(parts=st.lists(st.lists(_values.filter(_fits_msgpack), max_size=3), min_size=1, max_size=5))
def test_list_that_grew_is_put_together_again(parts: list[list[Any]]) -> None:
    stored: dict[tuple[str, object], Any] = {("c", 0): encoding.encode(parts[0])}
    for version, added in enumerate(parts[1:], start=1):
        stored["c", version] = loads(dumps(encoding.encode_grown(version - 1, added)))

    assert encoding.assemble(stored, "c", len(parts) - 1) == [item for part in parts for item in part]


@given(texts=st.lists(_texts, max_size=4))
def test_rows_hold_nothing_that_postgres_refuses(texts: list[str]) -> None:
    row: JsonObject = {"list": [*texts], "map": dict.fromkeys(texts, 1)}

    written = rows.write([row])

    assert "\x00" not in written.encode().decode()
    assert "\\u0000" not in written.replace("\\\\", "")


@pytest.mark.parametrize("text", ["plain", "back\\u0000slash", "ünïcode"])
def test_rows_leave_clean_text_as_it_is(text: str) -> None:
    assert loads(rows.write([{"text": text}])) == [{"text": text}]


def test_rows_make_something_of_foreign_values() -> None:
    foreign: Any = {"big": 2**70 + 1, "set": {1}}

    assert loads(rows.write([foreign])) == [{"big": 2**70 + 1, "set": "{1}"}]


@given(parts=st.lists(st.dictionaries(_clean, _values.filter(_fits_msgpack), max_size=3), min_size=1, max_size=5))
def test_dictionary_that_was_merged_is_put_together_again(parts: list[dict[str, Any]]) -> None:
    stored: dict[tuple[str, object], Any] = {("c", 0): loads(dumps(encoding.encode(parts[0])))}
    for version, changed in enumerate(parts[1:], start=1):
        stored["c", version] = loads(dumps(encoding.encode_merged(version - 1, changed)))
    whole: dict[str, Any] = {}
    for part in parts:
        whole |= part

    assert encoding.assemble(stored, "c", len(parts) - 1) == whole
