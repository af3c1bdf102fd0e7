"""Reading an OpenAPI 3.0 or 3.1 document into tools of kind ``api``: one tool an operation, which models use best.

Path, query and header parameters and the fields of a JSON or form body become the tool's arguments, side by side; a body
that is no plain object becomes the one argument ``body``. References are followed inside the document only. Source: the
OpenAPI Specification 3.1.1 and 3.0.4.
"""

import re
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urljoin

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.engine.spec.tool import PLACEHOLDER, check_url
from retinue.tools.errors import OpenApiInvalidError
from retinue.tools.kinds.openapi_schemas import Schemas
from retinue.tools.types import ImportedOperation

_METHODS = ("get", "head", "post", "put", "patch", "delete")
_EFFECTS = {"get": "read_only", "head": "read_only", "put": "idempotent", "delete": "idempotent"}
_VERSION = re.compile(r"3\.[01](?:\.\d+)?")
_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_NOT_ARGUMENT = re.compile(r"[^A-Za-z0-9_.-]")
_NAME_CHARACTERS = 64
_DESCRIPTION_CHARACTERS = 1000
_OPERATIONS = 1000
_BASE_REMEDY = "Give the address below which its paths are."
_NODES = 500_000
_OWN_HEADERS = frozenset({"accept", "content-type", "authorization"})
_FORMS = frozenset({"application/x-www-form-urlencoded"})


@dataclass(frozen=True, slots=True)
class OpenApi:
    """What a document offers."""

    title: str
    base_url: str
    operations: tuple[ImportedOperation, ...]
    credentials: tuple[JsonObject, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Parts:
    """A call's templates and schema, as they are gathered."""

    path: str
    query: dict[str, Json] = field(default_factory=dict[str, Json])
    headers: dict[str, Json] = field(default_factory=dict[str, Json])
    body: Json = None
    body_type: str = "json"
    properties: JsonObject = field(default_factory=dict[str, Json])
    required: list[str] = field(default_factory=list[str])


def parse_document(text: str) -> JsonObject:
    """Read a document's text, JSON or YAML. Raises ``OpenApiInvalidError``; documents of version 2 are refused."""
    document = _parsed(text)
    version = document.get("openapi")
    if isinstance(version, float):  # YAML reads 3.1 as a number
        version = str(version)
    if "swagger" in document:
        raise _invalid("is a Swagger 2.0 document", "Convert it to OpenAPI 3, for which converters are freely at hand.")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise _invalid("says no version 3.0 or 3.1 in its field openapi", None)
    return document


def _parsed(text: str) -> JsonObject:
    try:
        document = loads(text)
    except ValueError:
        document = _parsed_yaml(text)
    if not isinstance(document, dict):
        raise _invalid("is not an object", None)
    return document


def _parsed_yaml(text: str) -> Json:
    import yaml  # noqa: PLC0415 - half as heavy as the web framework, and needed here alone

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
        _count(document)
        return loads(dumps(document, as_text=True))
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark is not None else ""
        raise _invalid(f"is neither JSON nor YAML{place}", None) from None


def _count(document: object) -> None:
    """Refuse what its aliases make endless or huge (each alias counts as often as it is used)."""
    waiting, total = [document], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            children = list(cast("dict[object, object]", each).values())
        elif isinstance(each, list | tuple | set):
            children = list(cast("list[object]", each))
        else:
            continue
        total += len(children)
        if total > _NODES:
            raise _invalid(f"has more than {_NODES} parts", None)
        waiting += children


def _invalid(message: str, remedy: str | None) -> OpenApiInvalidError:
    return OpenApiInvalidError.of(FieldProblem("document", message, remedy or OpenApiInvalidError.remedy))


def read_openapi(document: JsonObject, *, source_url: str | None, base_url: str | None) -> OpenApi:
    """Turn a document's operations into tools. ``base_url`` replaces the servers it names.

    Raises ``OpenApiInvalidError`` when it has no operations, ``base_url`` is no address that tools can have, or none is
    given and the document names no server.
    """
    base = (_checked(base_url) if base_url else _server(document, source_url)).rstrip("/")
    schemas = Schemas(document)
    warnings: list[str] = []
    operations: list[ImportedOperation] = []
    names: set[str] = set()
    for path, item in _object(document.get("paths")).items():
        shared = _object(schemas.follow(item))
        for method in _METHODS:
            operation = shared.get(method)
            if not isinstance(operation, dict) or len(operations) >= _OPERATIONS:
                continue
            try:
                operations.append(_operation(schemas, (base, method, path), shared, operation, names))
            except OpenApiInvalidError as error:
                warnings.append(f"{method.upper()} {path} was left out: {error.detail}")
    if not operations:
        raise _invalid("describes no operation that can be used" + (f"; {warnings[0]}" if warnings else ""), None)
    title = str(_object(document.get("info")).get("title") or "API")
    return OpenApi(title, base, tuple(operations), _credentials(schemas, document), tuple(warnings))


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _checked(base_url: str) -> str:
    try:
        if "?" in base_url or any(match[2] for match in PLACEHOLDER.finditer(base_url)):
            raise ValueError("may hold no query and no {argument}")  # noqa: TRY301 - one refusal for all of them
        return check_url(base_url)
    except ValueError as error:
        raise OpenApiInvalidError.of(FieldProblem("base_url", str(error), _BASE_REMEDY)) from None


def _server(document: JsonObject, source_url: str | None) -> str:
    servers = [_object(server) for server in _list(document.get("servers"))]
    url = str(servers[0].get("url", "/")) if servers else "/"
    for name, variable in _object(servers[0].get("variables") if servers else None).items():
        url = url.replace("{" + name + "}", str(_object(variable).get("default", "")))
    url = urljoin(source_url or "", url)
    if not url.startswith(("https://", "http://")):
        message = "is needed, because the document names no server with a full address"
        raise OpenApiInvalidError.of(FieldProblem("base_url", message, _BASE_REMEDY))
    return url


def _operation(
    schemas: Schemas, place: tuple[str, str, str], shared: JsonObject, operation: JsonObject, names: set[str]
) -> ImportedOperation:
    base, method, path = place
    operation_id = str(operation.get("operationId") or f"{method}{path}")
    parts = _Parts(path)
    for each in _parameters(schemas, shared, operation):
        _add_parameter(schemas, parts, each)
    _add_body(schemas, parts, operation, method)
    schema: JsonObject = {"type": "object", "properties": parts.properties, "additionalProperties": False}
    if parts.required:
        schema["required"] = cast("Json", sorted(set(parts.required)))
    summary = str(operation.get("summary") or operation.get("description") or f"{method.upper()} {path}").strip()
    configuration: JsonObject = {"method": method.upper(), "url": base + parts.path}
    configuration |= {key: value for key, value in (("query", parts.query), ("headers", parts.headers)) if value}
    if parts.body is not None:
        configuration |= {"body": parts.body, "body_type": parts.body_type}
    tool: JsonObject = {
        "name": _unique(operation_id, names),
        "description": _description(operation, summary),
        "tool_type": "api",
        "configuration": configuration,
        "parameters_schema": schema,
        "effect": _EFFECTS.get(method, "dangerous"),
    }
    return ImportedOperation(operation_id, method.upper(), path, summary.split("\n")[0][:300], schema, tool)


def _parameters(schemas: Schemas, shared: JsonObject, operation: JsonObject) -> list[JsonObject]:
    found: dict[tuple[str, str], JsonObject] = {}
    for each in (*_list(shared.get("parameters")), *_list(operation.get("parameters"))):
        parameter = _object(schemas.follow(each))
        found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return list(found.values())


def _add_parameter(schemas: Schemas, parts: _Parts, parameter: JsonObject) -> None:
    name, place = str(parameter.get("name")), str(parameter.get("in"))
    is_required = bool(parameter.get("required")) or place == "path"
    if place == "cookie":
        if is_required:
            raise OpenApiInvalidError(f"it needs the cookie {name}, and cookies are not supported.")
        return
    if place == "header" and name.lower() in _OWN_HEADERS:
        return
    content = next(iter(_object(parameter.get("content")).values()), None)
    schema = schemas.inline(parameter.get("schema") or _object(content).get("schema") or {"type": "string"})
    if parameter.get("description") and "description" not in schema:
        schema = {**schema, "description": str(parameter["description"])[:_DESCRIPTION_CHARACTERS]}
    argument = _argument(name, parts)
    parts.properties[argument] = schema
    if is_required:
        parts.required.append(argument)
    if place == "path":
        parts.path = parts.path.replace("{" + name + "}", "{" + argument + "}")
    else:
        target = parts.query if place == "query" else parts.headers
        target[name] = "{" + argument + "}"


def _argument(name: str, parts: _Parts) -> str:
    argument = _NOT_ARGUMENT.sub("_", name)
    argument = (argument if argument[:1].isalpha() or argument[:1] == "_" else f"_{argument}")[:_NAME_CHARACTERS]
    return f"{argument}_2" if argument in parts.properties else argument


def _add_body(schemas: Schemas, parts: _Parts, operation: JsonObject, method: str) -> None:
    request = _object(schemas.follow(operation.get("requestBody")))
    content = _object(request.get("content"))
    if not content or method in {"get", "head"}:
        return
    media_type = next((each for each in content if each.split(";")[0].strip().endswith("json") or each == "*/*"), None)
    media_type = media_type or next((each for each in content if each.split(";")[0].strip() in _FORMS), None)
    if media_type is None:
        raise OpenApiInvalidError(f"its body is {', '.join(content)}; JSON and forms are supported.")
    is_form = media_type.split(";")[0].strip() in _FORMS
    parts.body_type = "form" if is_form else "json"
    schema = schemas.inline(_object(content[media_type]).get("schema") or {})
    is_required = bool(request.get("required"))
    fields = _flat_fields(schema, parts)
    if fields is None:
        if is_form:
            raise OpenApiInvalidError("its form is no plain object.")
        argument = _argument("body", parts)
        parts.properties[argument], parts.body = schema or {"description": "The body, as JSON."}, "{" + argument + "}"
        parts.required += [argument] if is_required else []
        return
    parts.properties |= fields
    parts.body = {name: "{" + name + "}" for name in fields}
    parts.required += [str(name) for name in _list(schema.get("required")) if name in fields] if is_required else []


def _flat_fields(schema: JsonObject, parts: _Parts) -> JsonObject | None:
    """Return a plain object's fields when they can stand beside the other arguments."""
    fields = _object(schema.get("properties"))
    is_plain = fields and not any(key in schema for key in ("oneOf", "anyOf", "allOf", "not", "if", "patternProperties"))
    is_closed = not schema.get("additionalProperties")
    fits = all(_argument(name, _Parts("")) == name and name not in parts.properties for name in fields)
    if not (is_plain and is_closed and fits):
        return None
    return {name: each for name, each in fields.items() if not _object(each).get("readOnly")}


def _unique(operation_id: str, names: set[str]) -> str:
    plain = _NOT_NAME.sub("_", operation_id).strip("_")[:_NAME_CHARACTERS] or "operation"
    name, count = plain, 2
    while name in names:
        name, count = f"{plain[: _NAME_CHARACTERS - 4]}_{count}", count + 1
    names.add(name)
    return name


def _description(operation: JsonObject, summary: str) -> str:
    longer = str(operation.get("description") or "").strip()
    text = summary if not longer or longer == summary else f"{summary}\n\n{longer}"
    return text[:_DESCRIPTION_CHARACTERS]


def _credentials(schemas: Schemas, document: JsonObject) -> tuple[JsonObject, ...]:
    found: list[JsonObject] = []
    for scheme in _object(_object(document.get("components")).get("securitySchemes")).values():
        each = _object(schemas.follow(scheme))
        kind, way = each.get("type"), str(each.get("scheme", "")).lower()
        if kind == "http" and way in {"bearer", "basic"}:
            found.append({"type": way})
        elif kind in {"oauth2", "openIdConnect"}:
            found.append({"type": "bearer"})
        elif kind == "apiKey" and each.get("in") in {"header", "query"}:
            found.append({"type": "api_key", "in": each.get("in"), "name": each.get("name")})
    return tuple(found)
