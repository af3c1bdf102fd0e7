import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.core.http.bodies import MalformedError, check_json
from retinue.core.json import Json

_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def test_a_nul_character_is_named_by_its_field() -> None:
    with pytest.raises(MalformedError) as refused:
        check_json(b'{"name": "fine", "config": {"tools": [{"name": "a\\u0000b"}]}}')

    assert [problem.field for problem in refused.value.fields] == ["config.tools.0.name"]


def test_an_escaped_backslash_before_u0000_is_not_a_nul_character() -> None:
    check_json(b'{"name": "a\\\\u0000b"}')


def test_a_field_that_is_given_twice_is_named() -> None:
    for body in (b'{"a": 1, "a": 1}', b'{"b": [{"a": 1, "c": {}, "a" : 2}]}', b'{"a": "\\":", "\\u0061": 1}'):
        with pytest.raises(MalformedError) as refused:
            check_json(body)
        assert [problem.field for problem in refused.value.fields] == ["a"]


def test_the_same_name_in_different_objects_is_not_twice() -> None:
    check_json(b'{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}], "c": "\\"a\\": \\"a\\":"}')


@pytest.mark.parametrize("body", [b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": "\xff"}', b"{", b'{"a": 1}x', b"[" * 3000])
def test_what_is_not_strict_json_is_refused_with_a_remedy(body: bytes) -> None:
    with pytest.raises(MalformedError) as refused:
        check_json(body)

    assert refused.value.remedy_text


@given(_JSON)
def test_every_document_without_nul_passes_and_every_one_with_it_is_refused(value: Json) -> None:
    body = json.dumps(value).encode()
    if "\\u0000" in json.dumps(value) and "\0" in _texts(value):
        with pytest.raises(MalformedError):
            check_json(body)
    else:
        check_json(body)


def _texts(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_texts(item) for item in value)
    if isinstance(value, dict):
        return "".join(_texts(key) + _texts(item) for key, item in value.items())
    return ""
