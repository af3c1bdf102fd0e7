"""Rows as JSON for the journal's statement, made safe for PostgreSQL: no NUL, no broken surrogates, no foreign types."""

from typing import cast

import orjson

from retinue.core.json import Json, JsonObject

_OPTIONS = orjson.OPT_UTC_Z


def write(rows: list[JsonObject]) -> str:
    """Write rows as a JSON array that PostgreSQL accepts.

    PostgreSQL's text cannot hold NUL (https://www.postgresql.org/docs/current/datatype-json.html), and UTF-8 no lone
    surrogate; both come out of models and tools now and then and are replaced by U+FFFD.
    """
    try:
        text = orjson.dumps(rows, option=_OPTIONS).decode()
    except TypeError:  # a lone surrogate, an integer of more than 64 bits, or a type of somebody's own
        text = orjson.dumps(_clean(rows), option=_OPTIONS).decode()
    if "\\u0000" in text:  # rarely the escaped text of a backslash, which cleaning leaves alone
        text = orjson.dumps(_clean(cast("Json", orjson.loads(text))), option=_OPTIONS).decode()
    return text


def _clean(value: object) -> Json:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {str(_clean(name)): _clean(each) for name, each in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in cast("list[object]", value)]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 63 else float(value)
    return _foreign(value)


def _foreign(value: object) -> Json:
    try:
        return cast("Json", orjson.loads(orjson.dumps(value, option=_OPTIONS)))
    except TypeError:
        return str(value)
