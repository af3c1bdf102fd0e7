"""Schemas of an OpenAPI document as JSON Schemas that stand alone: references copied in, 3.0 made 3.1."""

from typing import Final

from retinue.core.json import Json, JsonObject
from retinue.tools.errors import OpenApiInvalidError

_DEPTH: Final = 12
_NODES: Final = 4000
_HOPS: Final = 20
_DESCRIPTION_CHARACTERS: Final = 500
_SCHEMAS: Final = frozenset({"items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"})
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS: Final = frozenset({"properties", "$defs", "dependentSchemas"})
_KEPT: Final = frozenset(
    {"type", "enum", "const", "default", "format", "title", "description", "required", "minimum", "maximum", "multipleOf"}
    | {"exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"}
    | {"minProperties", "maxProperties", "readOnly", "writeOnly", "deprecated", "examples"}
)


class Schemas:
    """Follows and copies the references of one document."""

    def __init__(self, document: JsonObject) -> None:
        """Take the document the references point into."""
        self._document = document
        self._left = 0

    def follow(self, value: Json) -> Json:
        """Return what a value refers to, or the value itself. Raises ``OpenApiInvalidError`` for what is not there."""
        for _ in range(_HOPS):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                return value
            value = self._at(reference)
        raise OpenApiInvalidError(f"its references go round in circles at {value}.")

    def _at(self, reference: str) -> Json:
        if not reference.startswith("#/"):
            raise OpenApiInvalidError(f"it refers to another document ({reference[:200]}); bundle it into one.")
        place: Json = self._document
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
            if not isinstance(place, dict) or key not in place:
                raise OpenApiInvalidError(f"it refers to {reference[:200]}, which is not there.")
            place = place[key]
        return place

    def inline(self, schema: Json) -> JsonObject:
        """Return a schema with every reference copied in; what refers to itself is cut to "any value" at that point.

        Raises ``OpenApiInvalidError`` when it has more than 4,000 parts.
        """
        self._left = _NODES
        return self._copy(schema, (), _DEPTH)

    def _copy(self, schema: Json, above: tuple[str, ...], depth: int) -> JsonObject:
        self._left -= 1
        if self._left < 0:
            raise OpenApiInvalidError(f"its schema has more than {_NODES} parts.")
        if not isinstance(schema, dict):
            return {} if schema is not False else {"not": {}}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in above or depth == 0:
                return {"description": f"As {reference.rpartition('/')[2]} above."}
            beside = {key: value for key, value in schema.items() if key == "description"}
            return self._copy(self._at(reference), (*above, reference), depth - 1) | _plain(beside)
        if depth == 0:
            return {}
        return self._copy_parts(schema, above, depth)

    def _copy_parts(self, schema: JsonObject, above: tuple[str, ...], depth: int) -> JsonObject:
        copied = _plain(schema)
        for key, value in schema.items():
            if key in _SCHEMAS and isinstance(value, dict | bool):
                copied[key] = value if isinstance(value, bool) else self._copy(value, above, depth - 1)
            elif key in _LISTS and isinstance(value, list):
                copied[key] = [self._copy(item, above, depth - 1) for item in value]
            elif key in _MAPS and isinstance(value, dict):
                copied[key] = {name: self._copy(item, above, depth - 1) for name, item in value.items()}
        return _of_31(copied, schema)


def _plain(schema: JsonObject) -> JsonObject:
    kept = {key: value for key, value in schema.items() if key in _KEPT}
    text = kept.get("description")
    if isinstance(text, str):
        kept["description"] = text[:_DESCRIPTION_CHARACTERS]
    return kept


def _of_31(copied: JsonObject, schema: JsonObject) -> JsonObject:
    """Turn what OpenAPI 3.0 writes in its own way into JSON Schema."""
    kind = copied.get("type")
    if schema.get("nullable") is True and isinstance(kind, str):
        copied["type"] = [kind, "null"]
        values = copied.get("enum")
        if isinstance(values, list) and None not in values:
            copied["enum"] = [*values, None]
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(copied.get(exclusive), bool) and copied.pop(exclusive) and limit in copied:
            copied[exclusive] = copied.pop(limit)
    if not isinstance(copied.get("required", []), list):
        del copied["required"]
    return copied
