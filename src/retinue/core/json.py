"""JSON as a type, and the one way to write and read it. Integers are exact up to ``INTEGER_DIGITS`` digits.

orjson reads an integer of more than 64 bits as a float and refuses to write one, so documents that hold such integers take
a second, slower way here. ``docs/decisions/0007-exact-integers.md`` has the reasons.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import orjson
from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
    JsonObject: TypeAlias = dict[str, Json]
else:  # named aliases, because Pydantic follows a recursion by its name only
    Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | float | bool | None")
    JsonObject = TypeAliasType("JsonObject", dict[str, Json])

INTEGER_DIGITS = 1000
_DIGITS = bytes(ord("0") if 48 <= code <= 57 else ord(" ") for code in range(256))  # noqa: PLR2004 - ASCII's digits
_LONG_RUN = b"0" * 19
_LONG_DIGITS = re.compile(rb"[0-9]{19,}")
_LOWEST, _HIGHEST = -(1 << 63), (1 << 64) - 1
"""The integers that orjson writes."""
_LARGEST = 10**INTEGER_DIGITS


class IntegerTooLongError(ValueError):
    """The document contains an integer with too many digits."""


def dumps(value: object, *, sort_keys: bool = False, as_text: bool = False) -> bytes:
    """Write a value as compact JSON in UTF-8: instants in UTC with Z, decimals as numbers, UUIDs and dataclasses as such.

    ``as_text`` writes keys and values of other types as text. Raises ``TypeError`` for a type that JSON does not have, a
    lone surrogate, and an integer of more than ``INTEGER_DIGITS`` digits.
    """
    options = orjson.OPT_UTC_Z
    if sort_keys:
        options |= orjson.OPT_SORT_KEYS
    if as_text:
        options |= orjson.OPT_NON_STR_KEYS
    default = str if as_text else _foreign
    try:
        return orjson.dumps(value, default, options)
    except TypeError:
        return orjson.dumps(_exact(value), default, options)


def _foreign(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _exact(value: object) -> object:
    """Return a value whose long integers are written digit by digit."""
    if type(value) is int and not _LOWEST <= value <= _HIGHEST:
        if not -_LARGEST < value < _LARGEST:
            raise TypeError(f"an integer of more than {INTEGER_DIGITS} digits")
        return orjson.Fragment(str(value))
    if isinstance(value, Mapping):
        return {name: _exact(each) for name, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_exact(each) for each in cast("list[object]", value)]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _exact(getattr(value, each.name)) for each in fields(value)}
    return value


def loads(text: bytes | str) -> Json:
    """Read JSON. Raises ``orjson.JSONDecodeError`` for anything else, and ``IntegerTooLongError``, both ``ValueError``."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not has_long_number(data):
        return orjson.loads(data)
    # The shortened copy is checked by the strict reader; four digits, so that an escape such as \u0041 stays one.
    orjson.loads(_LONG_DIGITS.sub(b"1111", data))
    try:
        return json.loads(data, parse_int=_integer)
    except RecursionError:
        raise orjson.JSONDecodeError("nested too deeply", data.decode(errors="replace"), 0) from None


def has_long_number(data: bytes) -> bool:
    """Tell whether enough digits stand in a row that a number may be longer than 64 bits."""
    return _LONG_RUN in data.translate(_DIGITS)


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > INTEGER_DIGITS:
        raise IntegerTooLongError(f"an integer has more than {INTEGER_DIGITS:,} digits")
    return int(digits)


def long_integer_fields(data: bytes) -> list[str]:
    """Return the paths of the integers of a document that have more than ``INTEGER_DIGITS`` digits."""
    if not has_long_number(data):
        return []
    try:
        loads(data)
    except IntegerTooLongError:
        document: Any = json.loads(data, parse_int=lambda text: _TOO_LONG if len(text.lstrip("-")) > INTEGER_DIGITS else 0)
        return list(_paths(document, ""))
    except ValueError:
        return []
    return []


_TOO_LONG = object()


def _paths(value: object, path: str) -> "list[str]":
    if value is _TOO_LONG:
        return [path or "body"]
    prefix = f"{path}." if path else ""
    if isinstance(value, dict):
        return [found for name, each in cast("dict[str, Any]", value).items() for found in _paths(each, f"{prefix}{name}")]
    if isinstance(value, list):
        return [found for at, each in enumerate(cast("list[Any]", value)) for found in _paths(each, f"{prefix}{at}")]
    return []
