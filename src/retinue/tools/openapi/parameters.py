"""Parameters of an operation as arguments of its tool: where each is sent, and in which style."""

import re
from typing import Final

from retinue.core.json import JsonObject
from retinue.engine.spec.tool import PLACEHOLDER
from retinue.tools.openapi.call_parts import CallParts
from retinue.tools.openapi.document import References, list_of, object_of, text_of
from retinue.tools.openapi.problems import OperationError
from retinue.tools.openapi.schemas import Schemas

_OWN_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI has parameters of these names ignored: media types and security schemes describe them."""

_UNSENT_HEADERS: Final = frozenset(
    {"host", "cookie", "connection", "content-length", "transfer-encoding", "upgrade", "accept-encoding", "expect"}
    | {"keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer"}
)
_PLACES: Final = frozenset({"path", "query", "header", "cookie"})
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean", "null"})
_STYLES: Final = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
_BRACES: Final = re.compile(r"\{([^{}]+)\}")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DESCRIPTION_CHARACTERS: Final = 500


def list_parameters(references: References, shared: JsonObject, operation: JsonObject) -> list[JsonObject]:
    """Return the parameters of an operation; its own replace those of its path with the same name and place."""
    found: dict[tuple[str, str], JsonObject] = {}
    for each in (*list_of(shared.get("parameters")), *list_of(operation.get("parameters"))):
        parameter = object_of(references.follow(each))
        found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return list(found.values())


def add_parameters(schemas: Schemas, parts: CallParts, parameters: list[JsonObject]) -> None:
    """Add every parameter, those of the path first, so that they have the plain names.

    Raises ``OperationError`` for a required one that cannot be sent, and for one that is no parameter.
    """
    for parameter in sorted(parameters, key=lambda each: each.get("in") != "path"):
        _add(schemas, parts, parameter)
    _add_undeclared(parts)


def _add(schemas: Schemas, parts: CallParts, parameter: JsonObject) -> None:
    name, place = parameter.get("name"), parameter.get("in")
    if not isinstance(name, str) or not name or place not in _PLACES:
        raise OperationError(f"its parameter {text_of(name, 100) or 'without a name'} has no name, or a wrong field in")
    place = str(place)
    is_required = parameter.get("required") is True or place == "path"
    if place == "header" and _is_left_out(parts, name, is_required=is_required):
        return
    if place == "path" and "{" + name + "}" not in parts.path:
        parts.warnings.append(f"The path has no {{{name}}}; the parameter is left out.")
        return
    content = object_of(parameter.get("content"))
    media_type = next(iter(content), None)
    schema = schemas.standalone(
        object_of(object_of(content.get(media_type)).get("schema")) if media_type else parameter.get("schema", {})
    )
    text = text_of(parameter.get("description"), _DESCRIPTION_CHARACTERS)
    if text and "description" not in schema:
        schema = {**schema, "description": text}
    schema = _with_example(schema, parameter)
    argument = parts.add_argument(name, place, schema, is_required=is_required)
    if place == "path":
        parts.path = parts.path.replace("{" + name + "}", "{" + argument + "}")
    _place(parts, parameter, argument, media_type)


def _is_left_out(parts: CallParts, name: str, *, is_required: bool) -> bool:
    if name.lower() in _OWN_HEADERS:
        return True
    if name.lower() in _UNSENT_HEADERS:
        parts.warnings.append(f"The header {name} is set by the client and is not an argument.")
        return True
    if not _HEADER_NAME.fullmatch(name):
        if is_required:
            raise OperationError(f"it needs the header {name[:100]!r}, which is not a valid header name")
        parts.warnings.append(f"The header {name[:100]!r} is left out: it is not a valid header name.")
        return True
    return False


def _with_example(schema: JsonObject, parameter: JsonObject) -> JsonObject:
    example = parameter.get("example")
    if "examples" not in schema and isinstance(example, str | int | float) and len(str(example)) <= 100:  # noqa: PLR2004 - short
        return {**schema, "examples": [example]}
    return schema


def _place(parts: CallParts, parameter: JsonObject, argument: str, media_type: str | None) -> None:
    """Say where an argument is sent: by a plain template where that is the same, else with its style."""
    name, place = str(parameter["name"]), str(parameter["in"])
    style = parameter.get("style")
    if style is not None and style not in _STYLES[place]:
        raise OperationError(f"its parameter {name[:100]} has the style {text_of(style, 40)}, which {place} does not take")
    is_reserved = place == "query" and parameter.get("allowReserved") is True
    types = object_of(parts.properties[argument]).get("type")
    is_scalar = types is not None and set(map(str, types if isinstance(types, list) else [types])) <= _SCALARS
    is_default = style is None or style == _STYLES[place][0]
    if is_scalar and is_default and media_type is None and not is_reserved and place != "cookie":
        if place == "query" and name not in parts.query:
            parts.query[name] = "{" + argument + "}"
            return
        if place == "header":
            parts.headers[name] = "{" + argument + "}"
            return
        if place == "path":
            return
    entry: JsonObject = {"argument": argument, "name": name, "in": place}
    if media_type is not None:
        entry["content_type"] = media_type
    elif isinstance(style, str):
        entry["style"] = style
    if isinstance(parameter.get("explode"), bool) and media_type is None:
        entry["explode"] = parameter["explode"]
    if is_reserved:
        entry["allow_reserved"] = True
    parts.parameters.append(entry)


def _add_undeclared(parts: CallParts) -> None:
    """Take what stands in braces in the path and is not declared as a required string."""
    placed = {f"{{{name}}}" for name in parts.properties}
    for match in list(_BRACES.finditer(parts.path)):
        if match[0] in placed:
            continue
        argument = parts.add_argument(match[1], "path", {"type": "string"}, is_required=True)
        parts.path = parts.path.replace(match[0], "{" + argument + "}")
        parts.warnings.append(f"{match[0]} of the path is not declared; it is taken as a string.")
    if "{" in PLACEHOLDER.sub("", parts.path) or "}" in PLACEHOLDER.sub("", parts.path):
        raise OperationError("its path has braces that do not enclose a name")
