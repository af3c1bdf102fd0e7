import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.engine.spec.schemas import argument_problems, schema_problems
from retinue.engine.spec.variables import fill, fill_document, names_in


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "array"}, "parameters_schema.type"),
        ({}, "parameters_schema.type"),
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "parameters_schema.properties.a.type"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.com/x"}}}, "parameters_schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "parameters_schema"),
        ({"type": "object", "properties": {"a b": {}}}, "parameters_schema.properties.a b"),
        ({"type": "object", "properties": {"a": {"description": "x" * 70_000}}}, "parameters_schema"),
    ],
)
def test_schemas_that_cannot_be_used_are_named(schema: dict[str, Any], field: str) -> None:
    problems = schema_problems(schema, "parameters_schema")

    assert problems[0].field == field


def test_a_deep_schema_is_refused() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(500):
        schema = {"type": "object", "properties": {"a": schema}}

    assert "nested" in schema_problems(schema, "parameters_schema")[0].message


def test_a_pattern_cannot_hold_up_the_process() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    began = time.perf_counter()

    assert argument_problems(schema, {"a": "a" * 40 + "!"}) == ()
    assert time.perf_counter() - began < 1


def test_a_schema_that_turns_in_circles_is_told() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/a"}},
        "$defs": {"a": {"$ref": "#/$defs/a"}},
    }

    assert argument_problems(schema, {"a": 1})


@given(
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=20), max_size=4), st.text(max_size=40)
)
def test_variables_are_filled_once(values: dict[str, str], around: str) -> None:
    text = around.replace("{", "").replace("}", "") + "".join(f"{{{{ {name} }}}}" for name in values)

    assert names_in(text) == values.keys()
    assert fill(text, values) == around.replace("{", "").replace("}", "") + "".join(values.values())
    assert fill_document({"a": [text, 1, None]}, {}) == {"a": [text, 1, None]}


def test_unknown_variables_stay() -> None:
    assert (
        fill("{{known}} {{unknown}} { {known} } {{9}}", {"known": "{{unknown}}"})
        == "{{unknown}} {{unknown}} { {known} } {{9}}"
    )
