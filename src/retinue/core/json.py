"""JSON as a type, and the one way to write and read it."""

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import orjson
from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
    JsonObject: TypeAlias = dict[str, Json]
else:  # named aliases, because Pydantic follows a recursion by its name only
    Json = TypeAliasType("Json", "dict[str, Json] | list[Json] | str | int | float | bool | None")
    JsonObject = TypeAliasType("JsonObject", dict[str, Json])


def dumps(value: object) -> bytes:
    """Write a value as compact JSON in UTF-8: instants in UTC with Z, decimals as numbers, UUIDs and dataclasses as such."""
    return orjson.dumps(value, _foreign, orjson.OPT_UTC_Z)


def _foreign(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def loads(text: bytes | str) -> Json:
    """Read JSON. Raises ``orjson.JSONDecodeError`` (a ``ValueError``) for anything else."""
    return orjson.loads(text)
