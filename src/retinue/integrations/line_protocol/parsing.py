"""Reads InfluxDB's line protocol: text becomes lines, and a line that is not valid a refusal with its number and the reason.

    measurement[,tag=value…] field=value[,field=value…] [timestamp]

Reference: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. A backslash is an escape only before a
comma, a space or (not in measurements) an equals sign, and in strings before a quote or a backslash; elsewhere it is itself.
Quantifiers are possessive, so that the time grows with the length of the text alone. Own code and not a library: a parser
in C reads input of strangers here, and none tells the line that is wrong.
"""

import re
from decimal import Decimal
from typing import TypeAlias

from retinue.integrations.line_protocol.types import FieldValue, Line, Refusal

_SHOWN_CHARACTERS = 100
_KEY_BYTES = 4096
"""Of measurement and tags together: they are stored with each field."""
_NUMBER_CHARACTERS = 400
_NAME_CHARACTERS = 500
_MOST_FIELDS = 5000

_SPACES = re.compile(r"[ \t]*+")
_GAP = re.compile(r" ++")
_MEASUREMENT = re.compile(r"(?:\\[, ]|\\(?![, ])|[^, \r\n\\])++")
_KEY = re.compile(r"(?:\\[,= ]|\\(?![,= ])|[^ \r\n\\])++")
_WORD = re.compile(r"(?:\\[,= ]|\\(?![,= ])|[^,= \r\n\\])++")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_TOKEN = re.compile(r'[^, \t\r\n"]++')
_END = re.compile(r"[ \t\r]*+(?:\n|\Z)")
_REST = re.compile(r"[^\n]*+")
_ESCAPED_IN_MEASUREMENT = re.compile(r"\\([, ])")
_ESCAPED = re.compile(r"\\([,= ])")
_ESCAPED_IN_STRING = re.compile(r'\\(["\\])')
_UNDECODED = re.compile("[\udc80-\udcff]")

_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_INTEGER = re.compile(r"(-?\d+)([iu])", re.ASCII)
_TIMESTAMP = re.compile(r"-?\d{1,19}", re.ASCII)
_TRUE, _FALSE = frozenset({"t", "T", "true", "True", "TRUE"}), frozenset({"f", "F", "false", "False", "FALSE"})
_INT64, _UINT64 = 2**63, 2**64
_HIGHEST = Decimal("1.7976931348623157e308")
"""The largest number of a float."""


class _BadLineError(Exception):
    """The line is not valid, for a reason, at a position up to which it was read."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.position = position


def parse(body: bytes) -> tuple[list[Line], list[Refusal]]:
    """Return the lines of a text and the refusals of those that are not valid. Empty lines and comments are neither."""
    text = body.decode(errors="surrogateescape")
    lines, refusals = list[Line](), list[Refusal]()
    position, number = 0, 1
    keys: _Keys = {}
    while position < len(text):
        start = _skip(_SPACES, text, position)
        end = _skip(_REST, text, start)
        if start < end and text[start] != "#" and text[start:end].strip():
            try:
                line, end = _parse_line(text, start, number, keys)
            except _BadLineError as error:
                # What a string holds is never read as a line, even if the line of the string is refused.
                refusals.append(Refusal(number, shorten(text[start:end]), _reason(error, text, start, number)))
                end = _skip(_REST, text, error.position)
            else:
                lines.append(line)
        number += text.count("\n", position, end) + 1
        position = end + 1
    return lines, refusals


def _reason(error: _BadLineError, text: str, start: int, number: int) -> str:
    more = text.count("\n", start, error.position)
    return f"{error}; a quote joins the lines {number} to {number + more}" if more else str(error)


def shorten(text: str) -> str:
    """Return the beginning of a line as it can be shown and sent: bytes that are not UTF-8 become question marks."""
    shown = text.strip().encode(errors="replace").decode(errors="replace").replace("\0", "?")
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return position if found is None else found.end()


_Keys: TypeAlias = dict[str, tuple[str, dict[str, str]]]


def _parse_line(text: str, start: int, number: int, keys: _Keys) -> tuple[Line, int]:
    """Return the line that begins at a position, and the position of its end."""
    measurement, tags, position = _parse_known_key(text, start, keys)
    gap = _GAP.match(text, position)
    if gap is None:
        raise _BadLineError("missing fields", position)
    fields, position = _parse_fields(text, gap.end())
    timestamp, position = _parse_timestamp(text, position)
    found = _END.match(text, position)
    if found is None:
        raise _BadLineError("bad timestamp", position)
    end = found.end() - text.startswith("\n", found.end() - 1)
    whole = text[start:end]
    if _UNDECODED.search(whole):
        raise _BadLineError("the line is not UTF-8", end)
    if "\0" in whole:
        raise _BadLineError("the line holds a NUL character", end)
    return Line(number, shorten(whole), measurement, tags, fields, timestamp), end


def _parse_known_key(text: str, start: int, keys: _Keys) -> tuple[str, dict[str, str], int]:
    """Parse measurement and tags; those of a line before, which most lines have, are read once and shared."""
    found = _KEY.match(text, start)
    key = "" if found is None else found[0]
    if key in keys:
        return *keys[key], start + len(key)
    measurement, tags, position = _parse_key(text, start)
    keys[key] = (measurement, tags)
    return measurement, tags, position


def _parse_key(text: str, start: int) -> tuple[str, dict[str, str], int]:
    found = _MEASUREMENT.match(text, start)
    if found is None:
        raise _BadLineError("missing measurement", start)
    measurement, position = _ESCAPED_IN_MEASUREMENT.sub(r"\1", found[0]), found.end()
    tags: dict[str, str] = {}
    while text.startswith(",", position):
        name, position = _parse_word(text, position + 1, "missing tag key")
        if not text.startswith("=", position):
            raise _BadLineError("missing tag value", position)
        value, position = _parse_word(text, position + 1, "missing tag value")
        if text.startswith("=", position):
            raise _BadLineError("invalid tag format", position)
        if name in tags:
            raise _BadLineError(f"duplicate tag {shorten(name)}", position)
        tags[name] = value
    if len(text[start:position].encode(errors="surrogateescape")) > _KEY_BYTES:
        raise _BadLineError(f"measurement and tags have more than {_KEY_BYTES} bytes", position)
    return measurement, tags, position


def _parse_word(text: str, position: int, missing: str) -> tuple[str, int]:
    found = _WORD.match(text, position)
    if found is None:
        raise _BadLineError(missing, position)
    return _ESCAPED.sub(r"\1", found[0]), found.end()


def _parse_fields(text: str, position: int) -> tuple[dict[str, FieldValue], int]:
    fields: dict[str, FieldValue] = {}
    while True:
        name, position = _parse_word(text, position, "missing field key" if fields else "missing fields")
        if not text.startswith("=", position):
            raise _BadLineError("missing field value", position)
        value, position = _parse_value(text, position + 1)
        if name in fields:
            raise _BadLineError(f"duplicate field {shorten(name)}", position)
        if len(name) > _NAME_CHARACTERS:
            raise _BadLineError(f"a field key has more than {_NAME_CHARACTERS} characters", position)
        if len(fields) >= _MOST_FIELDS:
            raise _BadLineError(f"the line has more than {_MOST_FIELDS:,} fields", position)
        fields[name] = value
        if not text.startswith(",", position):
            return fields, position
        position += 1


def _parse_value(text: str, position: int) -> tuple[FieldValue, int]:
    if text.startswith('"', position):
        found = _STRING.match(text, position)
        if found is None:
            raise _BadLineError("unbalanced quotes", position)
        return _ESCAPED_IN_STRING.sub(r"\1", found[1]), found.end()
    found = _TOKEN.match(text, position)
    if found is None:
        raise _BadLineError("missing field value", position)
    token = found[0]
    if token in _TRUE or token in _FALSE:
        return token in _TRUE, position + len(token)
    return _parse_number(token, position), position + len(token)


def _parse_number(token: str, position: int) -> Decimal:
    whole = _INTEGER.fullmatch(token)
    if len(token) > _NUMBER_CHARACTERS or (whole is None and _FLOAT.fullmatch(token) is None):
        raise _BadLineError("invalid number", position)
    if whole is None:
        number, is_in_range = Decimal(token), abs(Decimal(token)) <= _HIGHEST
    else:
        number = Decimal(whole[1])
        is_in_range = -_INT64 <= number < _INT64 if whole[2] == "i" else 0 <= number < _UINT64
    if not is_in_range:
        raise _BadLineError(f"the number {shorten(token)} is out of range", position)
    return number


def _parse_timestamp(text: str, position: int) -> tuple[int | None, int]:
    start = _skip(_SPACES, text, position)
    found = _TIMESTAMP.match(text, start)
    if found is None:
        return None, start
    if start == position:
        raise _BadLineError("invalid field format", position)
    timestamp = int(found[0])
    if not -_INT64 <= timestamp < _INT64:
        raise _BadLineError("bad timestamp", start)
    return timestamp, found.end()
