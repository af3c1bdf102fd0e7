"""How deep JSON is nested: libraries and PostgreSQL stop at a few hundred levels, so values are checked first."""

import json

from retinue.core.json import Json

MAX_DEPTH = 100
"""Levels of nesting that arguments of tools and their results may have."""


def is_deeper(value: Json, levels: int = MAX_DEPTH) -> bool:
    """Return whether lists and objects are nested in more than ``levels`` levels."""
    containers: list[Json] = [value] if isinstance(value, list | dict) else []
    while containers and levels:
        levels -= 1
        containers = [
            child
            for each in containers
            for child in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(child, list | dict)
        ]
    return bool(containers)


def flattened(value: Json) -> Json:
    """Return a value as it is, or as the text of its JSON when it is nested more than ``MAX_DEPTH`` levels deep."""
    if not is_deeper(value):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return f"The value is nested too deeply to be shown: more than {MAX_DEPTH} levels."
