"""Strict JSON types: a boolean, a number and a date are taken only in their own JSON form, never converted from another."""

from typing import Any, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

_STRICT = frozenset({"bool", "int", "float", "str", "list", "dict"})
_DATES = frozenset({"date", "datetime", "time", "timedelta"})
_NAMED = frozenset({"fields", "choices"})
"""Keys of a core schema whose keys in turn are names of fields or tags, not of the schema's own parts."""
_OPAQUE = frozenset({"metadata", "serialization", "default", "expected", "members", "config", "ref"})


def _strict(node: object) -> object:
    if isinstance(node, list):
        return [_strict(each) for each in cast("list[object]", node)]
    if isinstance(node, tuple):
        return tuple(_strict(each) for each in cast("tuple[object, ...]", node))
    if not isinstance(node, dict):
        return node
    fields = cast("dict[str, Any]", node)
    made = {name: _inner(name, value) for name, value in fields.items()}
    kind = made.get("type")
    if kind in _STRICT and "strict" not in made:
        made["strict"] = True
    elif kind in _DATES:
        return no_info_before_validator_function(_date_text, cast("CoreSchema", made))
    return made


def _inner(name: str, value: object) -> object:
    if name in _NAMED and isinstance(value, dict):
        return {key: _strict(each) for key, each in cast("dict[object, object]", value).items()}
    return value if name in _OPAQUE else _strict(value)


def _date_text(value: object) -> object:
    """Refuse a timestamp, as a number or as digits; OpenAPI's date formats are texts of RFC 3339."""
    if isinstance(value, (bool, int, float)) or (isinstance(value, str) and value.strip("+-. \t").isdigit()):
        raise PydanticCustomError("date_type", "should be a date in the format of RFC 3339, such as 2026-01-31T12:00:00Z")
    return value


class StrictTypes:
    """Put before ``BaseModel`` among the bases of a model that reads JSON documents.

    Pydantic's lax mode reads ``"off"`` as false and ``"5"`` as 5; its strict mode refuses UUIDs, dates and enumerations in
    their JSON form as well. This makes only the types strict that JSON has itself, at any depth of a field.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - Pydantic's
        """Make the types of all fields strict."""
        return cast("CoreSchema", _strict(handler(source)))
