"""Writing arguments as parameters in the styles of OpenAPI 3 (which follow RFC 6570). Pure; nothing is sent here.

Where OpenAPI leaves a style undefined: ``null`` items and fields are left out, empty lists and objects are not sent, a list
or object inside a list is written as JSON, and ``deepObject`` nests further brackets (lists by index).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from retinue.core.json import Json, JsonObject, dumps

_BARE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
Encode = Callable[[str], str]

_DELIMITERS: Final = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_RESERVED: Final = ":/?@!$'()*,;%"
"""Reserved characters that ``allowReserved`` leaves as they are; ``& = + # [ ]`` would end or change the parameter."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value, whose parts are joined by a delimiter."""

    name: str
    parts: tuple[str, ...]
    delimiter: str = ","

    def text(self) -> str:
        """Return the value unencoded."""
        return self.delimiter.join(self.parts)

    def written(self, encode: Encode, encode_name: Encode) -> str:
        """Return ``name=value``; a comma between the parts is not encoded, so that it differs from one inside them."""
        delimiter = self.delimiter if self.delimiter == "," else encode(self.delimiter)
        return f"{encode_name(self.name)}={delimiter.join(encode(part) for part in self.parts)}"


def percent_encoded(text: str) -> str:
    """Encode every character that is not unreserved (RFC 3986)."""
    return quote(text, safe="")


def reserved_kept(text: str) -> str:
    """Encode as ``allowReserved`` asks; what is percent-encoded already stays so."""
    return _BARE_PERCENT.sub("%25", quote(text, safe=_RESERVED))


def scalar(value: Json) -> str:
    """Return a value as text: strings as they are, everything else as JSON writes it."""
    return value if isinstance(value, str) else dumps(value).decode()


def pairs(name: str, value: Json, style: str, *, explode: bool) -> list[Pair]:
    """Return the pairs of a value in one of the query's styles; none for an empty list or object."""
    if style == "deepObject":
        return list(nested(name, value))
    delimiter = _DELIMITERS[style]
    if isinstance(value, list):
        items = [scalar(item) for item in value if item is not None]
        if explode:
            return [Pair(name, (item,)) for item in items]
        return [Pair(name, tuple(items), delimiter)] if items else []
    if isinstance(value, dict):
        fields = _fields(value)
        if explode:
            return [Pair(key, (text,)) for key, text in fields]
        return [Pair(name, tuple(part for field in fields for part in field), delimiter)] if fields else []
    return [Pair(name, (scalar(value),))]


def nested(name: str, value: Json) -> Iterator[Pair]:
    """Yield ``name[key]=…`` for each value inside an object, ``name[0]=…`` for each inside a list, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from nested(f"{name}[{key}]", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from nested(f"{name}[{index}]", item)
    elif value is not None:
        yield Pair(name, (scalar(value),))


def in_path(name: str, value: Json, style: str, *, explode: bool) -> str:
    """Return a value as a part of the path in the style ``simple``, ``label`` or ``matrix``, percent-encoded."""
    if style == "matrix":
        return _matrix(name, value, explode=explode)
    first, between = (".", "." if explode else ",") if style == "label" else ("", ",")
    return first + between.join(_parts(value, percent_encoded, explode=explode))


def in_header(value: Json, *, explode: bool) -> str:
    """Return a value in the style ``simple`` as a header has it: not encoded."""
    return ",".join(_parts(value, str, explode=explode))


def _matrix(name: str, value: Json, *, explode: bool) -> str:
    if explode and isinstance(value, list):
        return "".join(f";{percent_encoded(name)}={percent_encoded(scalar(item))}" for item in value if item is not None)
    if explode and isinstance(value, dict):
        return "".join(f";{percent_encoded(key)}={percent_encoded(text)}" for key, text in _fields(value))
    text = ",".join(_parts(value, percent_encoded, explode=False))
    return f";{percent_encoded(name)}" + (f"={text}" if text else "")


def _parts(value: Json, encode: Encode, *, explode: bool) -> list[str]:
    if isinstance(value, list):
        return [encode(scalar(item)) for item in value if item is not None]
    if isinstance(value, dict):
        fields = _fields(value)
        if explode:
            return [f"{encode(key)}={encode(text)}" for key, text in fields]
        return [encode(part) for field in fields for part in field]
    return [encode(scalar(value))]


def _fields(value: JsonObject) -> list[tuple[str, str]]:
    return [(key, scalar(item)) for key, item in value.items() if item is not None]
