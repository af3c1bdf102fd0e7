"""Which of the values at hand an expression reads: only these leave the process, and a decision is stored with them."""

import ast
from collections.abc import Iterable
from functools import lru_cache

from retinue.core.json import Json, JsonObject


def values_read(expressions: Iterable[str], values: JsonObject) -> JsonObject:
    """Return the part of some values that expressions read: of an object read by constant keys alone, those keys."""
    wanted: dict[str, frozenset[str] | None] = {}
    for expression in expressions:
        for name, keys in _reads(expression).items():
            known = wanted.get(name, frozenset())
            wanted[name] = None if keys is None or known is None else known | keys
    return {name: _part(values[name], keys) for name, keys in wanted.items() if name in values}


def values_read_by_code(code: str, values: JsonObject) -> JsonObject:
    """Return the values that code names."""
    try:
        named = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    except SyntaxError:  # the sandbox says what is wrong
        return {}
    return {name: value for name, value in values.items() if name in named}


def keys_read(expressions: Iterable[str], name: str) -> frozenset[str] | None:
    """Return the constant keys that are all that expressions read of a value; None when one reads the whole of it."""
    found = frozenset[str]()
    for expression in expressions:
        keys = _reads(expression).get(name, frozenset())
        if keys is None:
            return None
        found |= keys
    return found


def keys_read_by_code(code: Iterable[str], name: str) -> frozenset[str] | None:
    """Return what ``keys_read`` does, for code."""
    found = frozenset[str]()
    for each in code:
        keys = _names(ast.parse(each)).get(name, frozenset())
        if keys is None:
            return None
        found |= keys
    return found


def _part(value: Json, keys: frozenset[str] | None) -> Json:
    return value if keys is None or not isinstance(value, dict) else {key: value[key] for key in keys if key in value}


@lru_cache(maxsize=4096)
def _reads(expression: str) -> dict[str, frozenset[str] | None]:
    """Return the names of an expression, each with the constant keys that are all it reads of it, or None for the whole."""
    return _names(ast.parse(expression.strip(), mode="eval"))


def _names(tree: ast.AST) -> dict[str, frozenset[str] | None]:
    found: dict[str, frozenset[str] | None] = {}
    keyed = {id(node.value): node for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name):
            continue
        place = keyed.get(id(node))
        key = place.slice.value if place is not None and isinstance(place.slice, ast.Constant) else None
        keys, known = frozenset({key}) if isinstance(key, str) else None, found.get(node.id, frozenset())
        found[node.id] = None if keys is None or known is None else known | keys
    return found
