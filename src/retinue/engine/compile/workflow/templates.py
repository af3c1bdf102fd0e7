"""Texts with ``{{ … }}`` in a node's input: which expressions they hold, and the input with their values put in."""

from collections.abc import Iterator, Sequence

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.spec.workflow.nodes import ApprovalNode, Working
from retinue.engine.spec.workflow.values import is_expression, split


def inputs_of(node: Working) -> list[str]:
    """Return the expressions of what a node is given, in the order in which ``fill`` takes their values."""
    return [expression for text in _texts(given_of(node)) for is_code, expression in split(text) if is_code]


def given_of(node: Working) -> JsonObject:
    """Return the parts of a node that may hold ``{{ … }}``: its input, and the reason of an approval."""
    return {"input": node.input} | ({"reason": node.reason} if isinstance(node, ApprovalNode) else {})


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
