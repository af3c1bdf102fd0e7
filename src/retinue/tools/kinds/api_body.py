"""The body of an HTTP call: JSON, a form, multipart, text or a file, with the media type it is sent as.

Without an ``encoding``, a form repeats the field of a list and writes ``name[key]`` for objects and ``name[0][key]`` for
lists of objects; multipart sends a part an item and objects as JSON. Source: OpenAPI 3.1.1, section 4.8.15.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote_plus

from aiohttp import MultipartWriter

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.spec.tool import ApiConfiguration, ApiEncoding
from retinue.tools.kinds import styles
from retinue.tools.kinds.argument_error import ArgumentError
from retinue.tools.kinds.files import SentFile, file_of
from retinue.tools.kinds.templates import ABSENT, Filling, fill_body
from retinue.tools.ports import KindCall

_PLAIN = ApiEncoding()
_DEFAULTS = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data",
    "text": "text/plain; charset=utf-8",
    "binary": "application/octet-stream",
}


@dataclass(frozen=True, slots=True)
class Body:
    """A body and its media type."""

    content: bytes
    content_type: str


async def body_of(call: KindCall, configuration: ApiConfiguration, arguments: JsonObject) -> Body | None:
    """Return the body of a call; None without one. Raises ``ArgumentError`` for what cannot be sent."""
    if configuration.body is None:
        return None
    filled = fill_body(configuration.body, Filling(arguments, call.values, call.declared | arguments.keys()))
    if filled is ABSENT:
        return None
    value, kind = cast("Json", filled), configuration.body_type
    content_type = configuration.content_type or _DEFAULTS[kind]
    if kind in {"json", "text"}:
        return Body(dumps(value) if kind == "json" else styles.scalar(value).encode(), content_type)
    if kind == "form":
        return Body(_form(_fields_of(value), configuration.encoding).encode(), content_type)
    if kind == "multipart":
        return await _multipart(call, _fields_of(value), configuration.encoding, content_type)
    file = await file_of("body", value, call)
    is_open = configuration.content_type is None or "*" in configuration.content_type
    return Body(file.content, file.content_type if is_open else content_type)


def _fields_of(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise ArgumentError("The body must be an object: its fields are the fields of the form.")
    return value


def _form(fields: JsonObject, encodings: Mapping[str, ApiEncoding]) -> str:
    written: list[str] = []
    for name, value in fields.items():
        encoding = encodings.get(name, _PLAIN)
        encode = styles.reserved_kept if encoding.allow_reserved else quote_plus
        written += [pair.written(encode, quote_plus) for pair in _pairs(name, value, encoding)]
    return "&".join(written)


def _pairs(name: str, value: Json, encoding: ApiEncoding) -> list[styles.Pair]:
    if _has_style(encoding):
        style = encoding.style or "form"
        explode = encoding.explode if encoding.explode is not None else style in {"form", "deepObject"}
        return styles.pairs(name, value, style, explode=explode)
    if encoding.content_type is not None and isinstance(value, list | dict):
        return [styles.Pair(name, (dumps(value).decode(),))]
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return styles.pairs(name, value, "form", explode=True)
    return list(styles.nested(name, value))


def _has_style(encoding: ApiEncoding) -> bool:
    return encoding.style is not None or encoding.explode is not None or encoding.allow_reserved


async def _multipart(call: KindCall, fields: JsonObject, encodings: Mapping[str, ApiEncoding], content_type: str) -> Body:
    writer = MultipartWriter(content_type.partition(";")[0].strip().partition("/")[2])
    # Files go last: object stores read the fields of an upload before its file alone.
    for name, value in sorted(fields.items(), key=lambda field: encodings.get(field[0], _PLAIN).is_file):
        encoding = encodings.get(name, _PLAIN)
        if encoding.is_file:
            for item in value if isinstance(value, list) else [value]:
                if item is not None:
                    _add_file(writer, name, await file_of(name, item, call), encoding)
        elif _has_style(encoding):
            for pair in _pairs(name, value, encoding):
                _add_text(writer, pair.name, pair.text(), None)
        else:
            _add_value(writer, name, value, encoding.content_type)
    return Body(await writer.as_bytes(), writer.headers["Content-Type"])


def _add_value(writer: MultipartWriter, name: str, value: Json, content_type: str | None) -> None:
    first = content_type.partition(",")[0].strip() if content_type else None
    if isinstance(value, list) and (first is None or "json" not in first):
        for item in value:
            _add_value(writer, name, item, content_type)
    elif isinstance(value, list | dict):
        _add_text(writer, name, dumps(value).decode(), first or "application/json")
    elif value is not None:
        _add_text(writer, name, styles.scalar(value), first)


def _add_text(writer: MultipartWriter, name: str, text: str, content_type: str | None) -> None:
    part = writer.append(text.encode(), {"Content-Type": content_type or "text/plain; charset=utf-8"})  # pyright: ignore[reportArgumentType] - any mapping is taken
    part.set_content_disposition("form-data", quote_fields=False, name=_checked(name))


def _add_file(writer: MultipartWriter, name: str, file: SentFile, encoding: ApiEncoding) -> None:
    content_type = file.content_type
    wanted = [each.strip() for each in (encoding.content_type or "").split(",") if each.strip() and "*" not in each]
    if wanted and content_type.partition(";")[0] not in wanted:
        content_type = wanted[0]
    part = writer.append(file.content, {"Content-Type": content_type})  # pyright: ignore[reportArgumentType] - any mapping is taken
    part.set_content_disposition("form-data", quote_fields=False, name=_checked(name), filename=file.name)


def _checked(name: str) -> str:
    if any(ord(mark) < ord(" ") for mark in name):
        raise ArgumentError("The name of a form field may not hold control characters.")
    return name
