"""Which keywords of a schema are kept, and in which form: what comes out is valid JSON Schema 2020-12, whatever came in."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from retinue.core.json import Json, JsonObject

_DESCRIPTION_CHARACTERS: Final = 500
_ENUM_VALUES: Final = 500
_EXAMPLE_CHARACTERS: Final = 100
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_OTHER_TYPES: Final = {"file": "string", "int": "integer", "float": "number", "double": "number", "bool": "boolean"}


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_CHECKS: Final[Mapping[str, Callable[[Json], bool]]] = {
    **dict.fromkeys(("title", "format", "contentEncoding", "contentMediaType"), lambda value: isinstance(value, str)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(("uniqueItems", "deprecated", "writeOnly"), lambda value: isinstance(value, bool)),
    "multipleOf": lambda value: _is_number(value) and isinstance(value, int | float) and value > 0,
    "enum": lambda value: isinstance(value, list) and 0 < len(value) <= _ENUM_VALUES,
    "const": lambda _value: True,
    "default": lambda _value: True,
    "examples": lambda value: isinstance(value, list),
}


def kept_keywords(schema: JsonObject) -> JsonObject:
    """Return the keywords that hold no schemas, in the form of JSON Schema 2020-12; what is malformed is left out."""
    kept: JsonObject = {}
    types = _type(schema.get("type"))
    if types is not None:
        kept["type"] = types
    if schema.get("type") == "file":
        kept["format"] = "binary"
    text = schema.get("description")
    if isinstance(text, str) and text:
        kept["description"] = text[:_DESCRIPTION_CHARACTERS]
    for name, value in schema.items():
        check = _CHECKS.get(name)
        if check is not None and check(value):
            kept[name] = value
    required = schema.get("required")
    if isinstance(required, list):
        names: list[Json] = [*dict.fromkeys(name for name in required if isinstance(name, str))]
        if names:
            kept["required"] = names
    _add_pattern(kept, schema.get("pattern"))
    _use_31(kept, schema)
    _add_example(kept, schema)
    return kept


def _type(value: Json) -> Json:
    if isinstance(value, list):
        types: list[Json] = [*dict.fromkeys(each for item in value if (each := _one_type(item)) is not None)]
        return types or None
    return _one_type(value)


def _one_type(value: Json) -> str | None:
    if not isinstance(value, str):
        return None
    name = value.lower()
    return name if name in _TYPES else _OTHER_TYPES.get(name)


def _add_pattern(kept: JsonObject, pattern: Json) -> None:
    """Keep a pattern that models' providers can read too; another one, such as with Unicode classes, is described."""
    if not isinstance(pattern, str):
        return
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        text = kept.get("description")
        kept["description"] = f"{text} " * isinstance(text, str) + f"Pattern: {pattern[:_DESCRIPTION_CHARACTERS]}"
    else:
        kept["pattern"] = pattern


def _use_31(kept: JsonObject, schema: JsonObject) -> None:
    """Turn what OpenAPI 3.0 writes in its own way (exclusive limits as booleans) into JSON Schema 2020-12."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and limit in kept:
            kept[exclusive] = kept.pop(limit)


def _add_example(kept: JsonObject, schema: JsonObject) -> None:
    example = schema.get("example")
    if "examples" not in kept and isinstance(example, str | int | float) and len(str(example)) <= _EXAMPLE_CHARACTERS:
        kept["examples"] = [example]


def with_null(schema: JsonObject) -> JsonObject:
    """Return a schema that takes null as well: what ``nullable: true`` means, beside ``allOf`` and the like too."""
    types = schema.get("type")
    plain = not any(name in schema for name in ("allOf", "anyOf", "oneOf", "not", "const", "$ref"))
    if plain and isinstance(types, str | list):
        listed: list[Json] = types if isinstance(types, list) else [types]
        widened: JsonObject = {**schema, "type": listed if "null" in listed else [*listed, "null"]}
        values = schema.get("enum")
        if isinstance(values, list) and None not in values:
            widened["enum"] = [*values, None]
        return widened
    if plain and "enum" not in schema:
        return schema
    told = {name: schema[name] for name in ("title", "description") if name in schema}
    bare: JsonObject = {name: value for name, value in schema.items() if name not in told}
    return {**told, "anyOf": [bare, {"type": "null"}]}
