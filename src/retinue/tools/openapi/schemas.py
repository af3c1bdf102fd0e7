"""Schemas of a document as JSON Schemas that stand alone, as tools and models' providers take them.

References are copied in; what refers to itself is cut to "any value" at that point. A schema that would be too large is
copied to a smaller depth. What the service only returns (``readOnly``) is left out. ``allOf`` of plain objects becomes one
object. A discriminator names the choices: ``oneOf`` becomes ``anyOf`` whose branches demand their own value of the
property (a mapping's names, else the schema's name), and a parent that has a discriminator stands for its children.
"""

from dataclasses import dataclass
from typing import Final

from retinue.core.json import Json, JsonObject, dumps
from retinue.tools.openapi.document import References, list_of, object_of
from retinue.tools.openapi.keywords import kept_keywords, with_null
from retinue.tools.openapi.problems import OperationError

_DEPTHS: Final = (12, 8, 5, 3, 2)
_NODES: Final = 1500
_BYTES: Final = 30_000
_SCHEMAS: Final = frozenset({"items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"})
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS: Final = frozenset({"properties", "dependentSchemas"})
_PLAIN: Final = frozenset({"type", "properties", "required", "title", "description", "examples", "deprecated"})


_NESTING: Final = _SCHEMAS | _LISTS | _MAPS | {"$ref", "discriminator"}


class _TooLargeError(Exception):
    """The schema has too many parts at this depth."""


@dataclass(frozen=True, slots=True)
class _Copied:
    """A reference's copy at a depth, its number of parts, and the references that it was made of.

    It serves again where none of these stands above: there the copy would be cut at another place.
    """

    schema: JsonObject
    parts: int
    made_of: frozenset[str]


class Schemas:
    """Copies the schemas of one document. ``is_cut`` tells whether the last one had to be cut to be small enough."""

    def __init__(self, references: References) -> None:
        """Take where the references point."""
        self._references = references
        self._left = 0
        self._children: dict[str, list[str]] | None = None
        self._leaves: dict[int, JsonObject] = {}
        self._copies: dict[tuple[str, int], _Copied] = {}
        self._met: set[str] = set()
        self.is_cut = False

    def standalone(self, schema: Json) -> JsonObject:
        """Return a schema with every reference copied in. Raises ``OperationError`` for a reference that leads nowhere."""
        for depth in _DEPTHS:
            self._left = _NODES
            try:
                copied = self._copy(schema, (), depth)
            except _TooLargeError:
                continue
            if len(dumps(copied)) <= _BYTES:
                self.is_cut = depth != _DEPTHS[0]
                return copied
        self.is_cut = True
        return {"description": "Any value: the schema of the document is too large."}

    def _copy(self, schema: Json, above: tuple[str, ...], depth: int) -> JsonObject:
        self._left -= 1
        if self._left < 0:
            raise _TooLargeError
        if not isinstance(schema, dict):
            return {} if schema is not False else {"not": {}}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            return self._copy_reference(schema, reference, above, depth)
        if depth <= 0:
            return {}
        leaf = self._leaves.get(id(schema))  # the document outlives this object, so ids stay unique
        if leaf is not None:
            return leaf
        copied = self._copy_parts(schema, above, depth)
        if schema.get("nullable") is True or schema.get("x-nullable") is True:
            copied = with_null(copied)
        if schema.keys().isdisjoint(_NESTING):
            self._leaves[id(schema)] = copied
        return copied

    def _copy_reference(self, schema: JsonObject, reference: str, above: tuple[str, ...], depth: int) -> JsonObject:
        self._met.add(reference)
        if reference in above or depth <= 0:
            return {"description": f"As {reference.rpartition('/')[2]} above."}
        found = self._copy_target(reference, above, depth)
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        if self._references.is_30:
            beside = {name: value for name, value in beside.items() if name in {"description", "nullable", "x-nullable"}}
        if not beside:
            return found
        is_nullable = beside.pop("nullable", None) is True or beside.pop("x-nullable", None) is True
        added = self._copy_parts(beside, above, depth)
        if added.keys() <= {"title", "description", "examples", "default", "deprecated"}:
            joined: JsonObject = {**found, **added}
        else:
            joined = _merged({"allOf": [found, added]})
        return with_null(joined) if is_nullable else joined

    def _copy_target(self, reference: str, above: tuple[str, ...], depth: int) -> JsonObject:
        known = self._copies.get((reference, depth))
        if known is not None and known.made_of.isdisjoint(above):
            self._met |= known.made_of
            self._left -= known.parts
            return known.schema
        outside, self._met, left = self._met, {reference}, self._left
        target = self._references.at(reference)
        copied = self._family(target, reference, above, depth) or self._copy(target, (*above, reference), depth - 1)
        made_of = frozenset(self._met)
        if made_of.isdisjoint(above):
            self._copies[reference, depth] = _Copied(copied, left - self._left, made_of)
        self._met = outside | made_of
        return copied

    def _copy_parts(self, schema: JsonObject, above: tuple[str, ...], depth: int) -> JsonObject:
        copied = kept_keywords(schema)
        for key, value in schema.items():
            if key in _SCHEMAS and isinstance(value, dict | bool):
                copied[key] = value if isinstance(value, bool) else self._copy(value, above, depth - 1)
            elif key in _LISTS and isinstance(value, list) and value:
                copied[key] = [self._copy(item, above, depth - (key != "allOf")) for item in value]
            elif key in _MAPS and isinstance(value, dict):
                copied[key] = self._copy_map(value, above, depth)
        if "required" in copied and "properties" in copied:
            _drop_absent_required(copied, schema)
        if "patternProperties" in schema and copied.get("additionalProperties") is False:
            del copied["additionalProperties"]  # the patterns, which are not copied, would allow more
        if copied.get("type") == "array":
            copied.setdefault("items", {})  # which some providers demand
        discriminator = object_of(schema.get("discriminator"))
        choice = next((key for key in ("oneOf", "anyOf") if key in copied), None)
        if choice is not None and discriminator and not {"oneOf", "anyOf"} <= copied.keys():
            copied["anyOf"] = _tagged(list_of(schema[choice]), list_of(copied.pop(choice)), discriminator)
        return _merged(copied) if "allOf" in copied else copied

    def _copy_map(self, value: JsonObject, above: tuple[str, ...], depth: int) -> JsonObject:
        copied: JsonObject = {}
        for name, item in value.items():
            if not self._is_read_only(item):
                copied[name] = self._copy(item, above, depth - 1)
        return copied

    def _is_read_only(self, schema: Json) -> bool:
        facts = object_of(schema)
        reference = facts.get("$ref")
        target = self._references.at(reference) if isinstance(reference, str) else None
        return facts.get("readOnly") is True or object_of(target).get("readOnly") is True

    def _family(self, target: Json, reference: str, above: tuple[str, ...], depth: int) -> JsonObject | None:
        """Return the choice among the children of a parent that has a discriminator and lists no choices itself."""
        facts = object_of(target)
        discriminator = facts.get("discriminator")
        if discriminator is None or "oneOf" in facts or "anyOf" in facts:
            return None
        named: JsonObject = {"propertyName": discriminator}  # Swagger 2.0 has the name alone
        children = self._children_of(reference)
        self._met |= set(children)
        if not children or depth <= 1 or any(child in above for child in children):
            return None
        branches: list[Json] = [{"$ref": child} for child in children]
        copies: list[Json] = [self._copy(self._references.at(child), (*above, child), depth - 1) for child in children]
        return {"anyOf": _tagged(branches, copies, named if isinstance(discriminator, str) else object_of(discriminator))}

    def _children_of(self, reference: str) -> list[str]:
        if self._children is None:
            self._children = {}
            document = self._references.document
            places = (("#/components/schemas/", object_of(document.get("components")).get("schemas")),)
            places += (("#/definitions/", document.get("definitions")),)
            for prefix, schemas in places:
                for name, schema in object_of(schemas).items():
                    for part in list_of(object_of(schema).get("allOf")):
                        parent = object_of(part).get("$ref")
                        if isinstance(parent, str):
                            escaped = name.replace("~", "~0").replace("/", "~1")
                            self._children.setdefault(parent, []).append(prefix + escaped)
        return self._children.get(reference, [])


def _drop_absent_required(copied: JsonObject, schema: JsonObject) -> None:
    """Demand no property that is left out because it is read-only."""
    declared = object_of(schema.get("properties"))
    dropped = declared.keys() - object_of(copied["properties"]).keys()
    if dropped:
        copied["required"] = [name for name in list_of(copied["required"]) if name not in dropped]
        if not copied["required"]:
            del copied["required"]


def _tagged(branches: list[Json], copies: list[Json], discriminator: JsonObject) -> list[Json]:
    """Have each branch of a choice demand its own values of the discriminator's property, unless it does so already."""
    name = discriminator.get("propertyName")
    if not isinstance(name, str):
        return copies
    mapping: dict[str, list[Json]] = {}
    for value, target in object_of(discriminator.get("mapping")).items():
        mapping.setdefault(str(target).rpartition("/")[2], []).append(value)
    tagged: list[Json] = []
    for branch, copy in zip(branches, copies, strict=True):
        reference = object_of(branch).get("$ref")
        tagged.append(_with_tag(copy, name, reference, mapping) if isinstance(reference, str) else copy)
    return tagged


def _with_tag(copy: Json, name: str, reference: str, mapping: dict[str, list[Json]]) -> Json:
    schema = object_of(copy)
    own = object_of(object_of(schema.get("properties")).get(name))
    if "allOf" in schema or "anyOf" in schema or "enum" in own or "const" in own:
        return copy
    schema_name = reference.rpartition("/")[2]
    values = mapping.get(schema_name) or [schema_name]
    properties: JsonObject = {**object_of(schema.get("properties")), name: {**own, "type": "string", "enum": values}}
    required: list[Json] = [*dict.fromkeys([*(str(each) for each in list_of(schema.get("required"))), name])]
    return {**schema, "type": "object", "properties": properties, "required": required}


def _merged(schema: JsonObject) -> JsonObject:
    """Return one object for ``allOf`` of plain objects; another ``allOf`` stays, of one branch alone it is that branch."""
    outer: JsonObject = {name: value for name, value in schema.items() if name != "allOf"}
    parts = [object_of(part) for part in list_of(schema["allOf"])]
    told = {name: outer[name] for name in ("title", "description", "default", "examples") if name in outer}
    if len(parts) == 1 and outer.keys() <= told.keys():
        return {**parts[0], **told}
    everything = [*parts, outer]
    if not all(part.keys() <= _PLAIN and part.get("type", "object") == "object" for part in everything):
        return schema
    properties: JsonObject = {}
    required: dict[str, None] = {}
    for part in everything:
        for name, value in object_of(part.get("properties")).items():
            known = properties.get(name)
            properties[name] = value if known in (None, {}, value) else _both(object_of(known), object_of(value))
        required |= dict.fromkeys(str(name) for name in list_of(part.get("required")))
    merged: JsonObject = {"type": "object", "properties": properties}
    if required:
        merged["required"] = [*required]
    for part in everything:
        merged |= {name: part[name] for name in ("title", "description", "examples") if name in part}
    return merged


def _both(first: JsonObject, second: JsonObject) -> JsonObject:
    """Return a schema that demands both; fields that both have are the second's, which is the narrower one by custom."""
    if "anyOf" in first or "allOf" in first or "anyOf" in second or "allOf" in second:
        return {"allOf": [first, second]}
    return {**first, **second}


def check_standalone(schema: JsonObject) -> None:
    """Demand that a tool can have the schema. Raises ``OperationError``."""
    if len(dumps(schema)) > 2 * _BYTES:
        raise OperationError("its arguments have a schema of more than 60,000 bytes")
