"""Texts with ``{{ … }}`` in what a node is given: which expressions they hold, and the texts with their values put in."""

from collections.abc import Iterator, Sequence
from typing import Final, cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.spec.workflow.nodes import Working
from retinue.engine.spec.workflow.values import is_expression, split

_GIVEN: Final = {
    "approval": ("reason",),
    "question": ("ask",),
    "http": ("url", "headers", "query", "body"),
    "model": ("messages",),
}
"""Of each type of node, the fields beside ``input`` that may hold ``{{ … }}``."""


def inputs_of(node: Working) -> list[str]:
    """Return the expressions of what a node is given, in the order in which ``fill`` takes their values."""
    return [expression for text in _texts(given_of(node)) for is_code, expression in split(text) if is_code]


def given_of(node: Working) -> JsonObject:
    """Return the parts of a node that may hold ``{{ … }}``: its input, and what its type has."""
    names = _GIVEN.get(str(getattr(node, "type", "")), ())
    fields = cast("JsonObject", node.model_dump(mode="json", include=set(names))) if names else {}
    return {"input": node.input, **{name: fields[name] for name in names}}


def fill(node: Working, values: Sequence[Json]) -> JsonObject:
    """Return what a node is given, with values put in: a text that is one expression becomes its value."""
    filled = _filled(given_of(node), iter(values))
    return filled if isinstance(filled, dict) else {}


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _filled(value: Json, values: Iterator[Json]) -> Json:
    if isinstance(value, str):
        if is_expression(value):
            return next(values)
        return "".join(_text(next(values)) if is_code else literal for is_code, literal in split(value))
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    return value


def _text(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value).decode()
