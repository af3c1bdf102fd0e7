"""JSON Schema in the subset that Gemini takes for the parameters of tools.

Gemini knows OpenAPI's schema of 2021 (https://ai.google.dev/api/caching#Schema): one type, ``nullable``, ``anyOf``, and
``enum`` for texts only. What it does not know is left out or described: arguments are checked against the whole schema when
the tool is called.
"""

from typing import Any, cast

from retinue.core.json import Json, JsonObject, dumps

_KEPT = ("title", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_FORMATS = {"string": {"date-time", "enum"}, "integer": {"int32", "int64"}, "number": {"float", "double"}}
_DEEPEST = 24
"""Where a schema that refers to itself is cut off."""
_ANY = "string"
"""What stands for a value of any type, for which Gemini has no word."""


def convert_schema(schema: JsonObject) -> dict[str, Any] | None:
    """Return the schema of a tool's parameters as Gemini takes it; None for a tool without parameters."""
    converted = _convert(schema, schema, 0)
    converted["type"] = "object"
    return converted if converted.get("properties") else None


def _convert(schema: Json, root: JsonObject, depth: int) -> dict[str, Any]:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {"type": _ANY}
    schema = _flattened(schema, root)
    types, is_nullable = _types(schema)
    written: dict[str, Any] = {name: schema[name] for name in _KEPT if name in schema}
    description = _description(schema, types)
    if description:
        written["description"] = description
    if is_nullable:
        written["nullable"] = True
    choices = [each for each in _choices(schema) if each != {"type": "null"}]
    if choices and not schema.get("properties"):
        return _any_of([_convert(each, root, depth + 1) for each in choices], written)
    if len(types) > 1:
        alone = {name: value for name, value in schema.items() if name != "description"}
        return _any_of([_convert({**alone, "type": each}, root, depth + 1) for each in types], written)
    return written | _of_type(schema, types[0] if types else _ANY, root, depth)


def _any_of(choices: list[dict[str, Any]], around: dict[str, Any]) -> dict[str, Any]:
    """Write a choice. Nothing may stand beside ``anyOf``, so the first choice carries the description."""
    if around.get("nullable"):
        choices = [{**each, "nullable": True} for each in choices]
    if "description" in around:
        choices[0] = {**choices[0], "description": around["description"]}
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def _of_type(schema: JsonObject, kind: str, root: JsonObject, depth: int) -> dict[str, Any]:
    written: dict[str, Any] = {"type": kind}
    if schema.get("format") in _FORMATS.get(kind, ()):
        written["format"] = schema["format"]
    if kind == "string":
        allowed = [each for each in _allowed(schema) if isinstance(each, str) and each]
        if allowed:
            written["enum"] = allowed
    elif kind in {"integer", "number"}:
        numbers = [each for each in _allowed(schema) if isinstance(each, int | float) and not isinstance(each, bool)]
        if numbers:
            written |= {"minimum": min(numbers), "maximum": max(numbers)}
    elif kind == "array":
        written["items"] = _convert(schema.get("items"), root, depth + 1)
    elif kind == "object":
        written |= _object(schema, root, depth)
    return written


def _object(schema: JsonObject, root: JsonObject, depth: int) -> dict[str, Any]:
    given = schema.get("properties")
    if not isinstance(given, dict) or not given:
        return {}
    properties = {name: _convert(each, root, depth + 1) for name, each in given.items()}
    written: dict[str, Any] = {"properties": properties}
    required = [name for name in _list(schema.get("required")) if name in properties]
    return {**written, "required": required} if required else written


def _flattened(schema: JsonObject, root: JsonObject) -> JsonObject:
    """Follow references and merge ``allOf``; what stands beside them wins."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        found = _found(reference, root)
        schema = {**found, **{name: value for name, value in schema.items() if name != "$ref"}}
    merged: JsonObject = {}
    for part in _list(schema.get("allOf")):
        each = _flattened(_dict(part), root)
        properties = {**_dict(merged.get("properties")), **_dict(each.get("properties"))}
        required = [*_list(merged.get("required")), *_list(each.get("required"))]
        merged |= each
        if properties:
            merged |= {"properties": properties, "required": required}
    own = {name: value for name, value in schema.items() if name != "allOf"}
    if "properties" in merged and "properties" in own:
        own["properties"] = {**_dict(merged["properties"]), **_dict(own["properties"])}
    return merged | own


def _found(reference: str, root: JsonObject) -> JsonObject:
    found: Json = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _types(schema: JsonObject) -> tuple[list[str], bool]:
    """Return the types that a value may have, and whether it may be null."""
    given = schema.get("type")
    types = [str(each) for each in given] if isinstance(given, list) else [given] if isinstance(given, str) else []
    allowed = _allowed(schema)
    if not types:
        types = list(dict.fromkeys(_type_of(each) for each in allowed))
    if not types and "properties" in schema:
        types = ["object"]
    if not types and "items" in schema:
        types = ["array"]
    is_nullable = "null" in types or None in allowed or schema.get("nullable") is True
    is_nullable = is_nullable or {"type": "null"} in _choices(schema)
    return [each for each in types if each != "null"], is_nullable


_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def _type_of(value: Json) -> str:
    return _TYPES[type(value)]


def _allowed(schema: JsonObject) -> list[Json]:
    return [schema["const"]] if "const" in schema else _list(schema.get("enum"))


def _choices(schema: JsonObject) -> list[Json]:
    return _list(schema.get("anyOf")) or _list(schema.get("oneOf"))


def _description(schema: JsonObject, types: list[str]) -> str:
    """Return the description, with the allowed values where Gemini takes no ``enum`` for them."""
    description, allowed = str(schema.get("description") or ""), _allowed(schema)
    if not allowed or types == ["string"]:
        return description
    values = ", ".join(dumps(each).decode() for each in allowed)
    return f"{description} Allowed values: {values}.".strip()


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Json) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
