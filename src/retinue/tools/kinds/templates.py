"""Filling the templates of ``api`` tools: ``{argument}`` and ``{{variable}}`` in one pass; no value is read again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.spec.tool import PLACEHOLDER

ABSENT: Final = object()
"""Stands for an argument that was not given, and for a place that a pointer does not find."""


def fill_text(template: str, arguments: JsonObject, values: Mapping[str, str]) -> str | None:
    """Fill a text; None when it uses an argument that was not given."""
    names = [match[2] for match in PLACEHOLDER.finditer(template) if match[2]]
    if any(arguments.get(name) is None for name in names):
        return None
    return PLACEHOLDER.sub(
        lambda match: values.get(match[1], match[0]) if match[1] else _text(arguments[match[2]]), template
    )


@dataclass(frozen=True, slots=True)
class Filling:
    """What a body is filled with. ``known`` are the arguments the tool declares; other braces stay as they are."""

    arguments: JsonObject
    values: Mapping[str, str]
    known: frozenset[str]


def fill_body(template: Json, filling: Filling) -> object:
    """Fill a document. A text that is one placeholder takes the argument's JSON value, a null too.

    A text that uses an argument that was not given is left out, and ``ABSENT`` when it is the whole document.
    """
    if isinstance(template, str):
        return _fill_leaf(template, filling)
    if isinstance(template, list):
        items = [fill_body(item, filling) for item in template]
        return [item for item in items if item is not ABSENT]
    if isinstance(template, dict):
        fields = {key: fill_body(item, filling) for key, item in template.items()}
        return {key: item for key, item in fields.items() if item is not ABSENT}
    return template


def _fill_leaf(template: str, filling: Filling) -> object:
    names = {match[2] for match in PLACEHOLDER.finditer(template) if match[2]} & filling.known
    if not names <= filling.arguments.keys():
        return ABSENT
    whole = PLACEHOLDER.fullmatch(template)
    if whole is not None and whole[2] in names:
        return filling.arguments[whole[2]]

    def put(match: re.Match[str]) -> str:
        if match[1]:
            return filling.values.get(match[1], match[0])
        return _text(filling.arguments[match[2]]) if match[2] in names else match[0]

    return PLACEHOLDER.sub(put, template)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return ",".join(_text(item) for item in value) if isinstance(value, list) else dumps(value).decode()


def read_pointer(value: Json, pointer: str) -> object:
    """Return what a JSON pointer (RFC 6901) selects, or ``ABSENT``."""
    place = value
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict) and key in place:
            place = place[key]
        elif isinstance(place, list) and key.isdigit() and int(key) < len(place):
            place = place[int(key)]
        else:
            return ABSENT
    return place
