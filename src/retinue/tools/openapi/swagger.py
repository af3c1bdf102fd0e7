"""Swagger 2.0 documents as OpenAPI 3.0: what the reading of operations needs is rewritten, the rest stays.

Schemas stay under ``definitions``, where their references point. Source: the Swagger 2.0 specification.
"""

from typing import Final
from urllib.parse import urlsplit

from retinue.core.json import Json, JsonObject
from retinue.tools.openapi.document import References, list_of, object_of
from retinue.tools.openapi.problems import OperationError

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_STYLES: Final[dict[str, JsonObject]] = {
    "csv": {"explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
_FLOWS: Final = {"application": "clientCredentials", "accessCode": "authorizationCode"}
_NOT_SCHEMA: Final = frozenset({"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"})


def is_swagger(document: JsonObject) -> bool:
    """Tell whether a document is Swagger 2.0."""
    return "swagger" in document


def convert(document: JsonObject, source_url: str | None) -> JsonObject:
    """Return a Swagger 2.0 document as OpenAPI 3.0; one that cannot be converted has the reason as ``x-problem``."""
    references = References(document, source_url)
    converted: JsonObject = {**document, "openapi": "3.0.3", "components": {"securitySchemes": _schemes(document)}}
    converted["servers"] = _servers(document, source_url)
    paths: JsonObject = {}
    for path, item in object_of(document.get("paths")).items():
        try:
            found = object_of(references.follow(item))
        except OperationError:
            found = object_of(item)  # told where the path is read
        shared = list_of(found.get("parameters"))
        written: JsonObject = {name: each for name, each in found.items() if name != "parameters"}
        for method in _METHODS:
            if isinstance(found.get(method), dict):
                written[method] = _operation(references, object_of(found[method]), shared)
        paths[path] = written
    converted["paths"] = paths
    return converted


def _servers(document: JsonObject, source_url: str | None) -> list[Json]:
    source = urlsplit(source_url or "")
    host = document.get("host") or source.netloc
    schemes = [str(each) for each in list_of(document.get("schemes"))] or [source.scheme or "https"]
    scheme = "https" if "https" in schemes else schemes[0]
    base = str(document.get("basePath") or "/")
    base = base if base.startswith("/") else f"/{base}"
    return [{"url": f"{scheme}://{host}{base}" if host else base}]


def _schemes(document: JsonObject) -> JsonObject:
    found: JsonObject = {}
    for name, scheme in object_of(document.get("securityDefinitions")).items():
        each = object_of(scheme)
        if each.get("type") == "basic":
            found[name] = {"type": "http", "scheme": "basic"}
        elif each.get("type") == "oauth2":
            flow = str(each.get("flow"))
            found[name] = {"type": "oauth2", "flows": {_FLOWS.get(flow, flow): each}}
        else:
            found[name] = each
    return found


def _operation(references: References, operation: JsonObject, shared: list[Json]) -> JsonObject:
    if isinstance(operation.get("$ref"), str):
        return operation
    try:
        parameters = _parameters(references, shared, list_of(operation.get("parameters")))
        consumes = operation.get("consumes", references.document.get("consumes"))
        types = [str(each) for each in list_of(consumes)]
        apart: list[Json] = [_parameter(each) for each in parameters if _is_sent_apart(each)]
        written: JsonObject = {**operation, "parameters": apart}
        body = _body([each for each in parameters if not _is_sent_apart(each)], types)
    except OperationError as error:
        return {**operation, "parameters": [], "x-problem": str(error)}
    if body:
        written["requestBody"] = body
    return written


def _parameters(references: References, shared: list[Json], own: list[Json]) -> list[JsonObject]:
    found: dict[tuple[str, str], JsonObject] = {}
    for each in (*shared, *own):
        parameter = object_of(references.follow(each))
        found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return list(found.values())


def _is_sent_apart(parameter: JsonObject) -> bool:
    return parameter.get("in") not in {"body", "formData"}


def _schema(parameter: JsonObject) -> JsonObject:
    return {name: value for name, value in parameter.items() if name not in _NOT_SCHEMA}


def _parameter(parameter: JsonObject) -> JsonObject:
    written: JsonObject = {name: parameter[name] for name in ("name", "in", "required", "description") if name in parameter}
    written["schema"] = _schema(parameter)
    if parameter.get("type") == "array":
        written |= _style(parameter)
    return written


def _style(parameter: JsonObject) -> JsonObject:
    form = str(parameter.get("collectionFormat", "csv"))
    if form not in _STYLES:
        raise OperationError(
            f"its parameter {parameter.get('name')} has the collectionFormat {form}, which is not supported"
        )
    style = _STYLES[form]
    if parameter.get("in") in {"path", "header"}:
        return {"explode": False}
    return style


def _body(parameters: list[JsonObject], consumes: list[str]) -> JsonObject:
    if not parameters:
        return {}
    body = next((each for each in parameters if each.get("in") == "body"), None)
    if body is not None:
        types = [each for each in consumes if each not in {_FORM, _MULTIPART}] or ["application/json"]
        content: JsonObject = {each: {"schema": body.get("schema", {})} for each in types}
        return {"required": body.get("required") is True, "description": body.get("description"), "content": content}
    has_file = any(each.get("type") == "file" for each in parameters)
    media_type = _MULTIPART if has_file or (_MULTIPART in consumes and _FORM not in consumes) else _FORM
    properties: JsonObject = {}
    encoding: JsonObject = {}
    for each in parameters:
        name = str(each.get("name"))
        properties[name] = {**_schema(each), **({"description": each["description"]} if "description" in each else {})}
        if each.get("type") == "array" and "collectionFormat" in each:
            encoding[name] = {"style": "form", **_style(each)}
    required: list[Json] = [each.get("name") for each in parameters if each.get("required") is True]
    schema: JsonObject = {"type": "object", "properties": properties, "required": required}
    return {"required": bool(required), "content": {media_type: {"schema": schema, "encoding": encoding}}}
