"""Rows as JSON for the journal's statement, made safe for PostgreSQL: no NUL, no broken surrogates, no foreign types."""

from typing import cast

from retinue.core.json import INTEGER_DIGITS, Json, JsonObject, dumps, loads

_LARGEST = 10**INTEGER_DIGITS


def write(rows: list[JsonObject]) -> str:
    """Write rows as a JSON array that PostgreSQL accepts.

    PostgreSQL's text cannot hold NUL (https://www.postgresql.org/docs/current/datatype-json.html), and UTF-8 no lone
    surrogate; both come out of models and tools now and then and are replaced by U+FFFD.
    """
    try:
        text = dumps(rows).decode()
    except TypeError:  # a lone surrogate, an integer that is too long, or a type of someone's own
        text = dumps(_clean(rows)).decode()
    if "\\u0000" in text:  # rarely the escaped text of a backslash, which cleaning leaves alone
        text = dumps(_clean(loads(text))).decode()
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
        return value if abs(value) < _LARGEST else f"integer of more than {INTEGER_DIGITS:,} digits"
    return _foreign(value)


def _foreign(value: object) -> Json:
    try:
        return loads(dumps(value))
    except TypeError:
        return str(value)
