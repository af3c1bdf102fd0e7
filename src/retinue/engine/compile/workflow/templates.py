"""Texts with ``{{ … }}`` in a node's input: which expressions they hold, and the input with their values put in."""

from collections.abc import Iterator, Sequence

from retinue.core.json import Json, dumps
from retinue.engine.spec.workflow.nodes import Working
from retinue.engine.spec.workflow.values import is_expression, split


def inputs_of(node: Working) -> list[str]:
    """Return the expressions of a node's input, in the order in which ``fill_input`` takes their values."""
    return [expression for text in _texts(node.input) for is_code, expression in split(text) if is_code]


def fill_input(value: Json, values: Sequence[Json]) -> Json:
    """Return the input with values put in: a text that is one expression becomes its value, any other stays a text."""
    return _filled(value, iter(values))


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
