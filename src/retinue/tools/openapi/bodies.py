"""The request body of an operation: which media type is sent, and how its fields become arguments.

The fields of an object stand beside the other arguments, which models handle best; any other body is the one argument
``body``. Of several media types JSON is preferred, then forms, multipart, text, and last any other as a file.
"""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.tool import MediaType
from retinue.tools.kinds.file_schema import FILE_SCHEMA
from retinue.tools.openapi.call_parts import CallParts
from retinue.tools.openapi.document import References, object_of, text_of
from retinue.tools.openapi.problems import OperationError
from retinue.tools.openapi.schemas import Schemas

_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = frozenset({"multipart/form-data", "multipart/mixed", "multipart/*"})
_TEXTS: Final = ("xml", "yaml", "csv", "javascript", "graphql", "ndjson", "jsonl", "x-www-form-urlencoded")
_ORDER: Final = ("json", "form", "multipart", "text", "binary")
_CHOICES: Final = ("oneOf", "anyOf", "allOf", "not", "if")
_MOST_FIELDS: Final = 100
_MEDIA_TYPE: Final[TypeAdapter[str]] = TypeAdapter(MediaType)


def kind_of(media_type: str) -> str:
    """Return the type of body that a media type is sent as: json, form, multipart, text or binary."""
    plain = media_type.partition(";")[0].strip().lower()
    if plain in {"*/*", "application/*"} or plain.endswith(("/json", "+json")):
        return "json"
    if plain == _FORM:
        return "form"
    if plain in _MULTIPART:
        return "multipart"
    if plain.startswith("text/") or plain.endswith(_TEXTS):
        return "text"
    return "binary"


def add_body(references: References, schemas: Schemas, parts: CallParts, operation: JsonObject, method: str) -> None:
    """Add the body of an operation. Raises ``OperationError`` for one that cannot be sent."""
    request = object_of(references.follow(operation.get("requestBody")))
    content = object_of(request.get("content"))
    if not content:
        return
    if method == "head":
        parts.warnings.append("Its body is left out: a HEAD call carries none.")
        return
    media_type = min(content, key=lambda each: _ORDER.index(kind_of(each)))
    kind = kind_of(media_type)
    if kind == "binary" and media_type.lower().startswith("multipart/"):
        raise OperationError(f"its body is {media_type[:100]}; multipart/form-data and multipart/mixed are supported")
    described = object_of(content[media_type])
    parts.body = {"body_type": kind} | _content_type(media_type, kind)
    is_required = request.get("required") is True
    text = text_of(request.get("description"), 500)
    if kind == "text":
        _add_whole(parts, {"type": "string", "description": text or f"The body, as {media_type}."}, is_required=is_required)
    elif kind == "binary":
        _add_whole(
            parts, {**FILE_SCHEMA, "description": f"{text} {FILE_SCHEMA['description']}".strip()}, is_required=is_required
        )
    else:
        _add_fields(schemas, parts, described, kind, is_required=is_required)


def _content_type(media_type: str, kind: str) -> JsonObject:
    """Return the media type where it differs from what is sent without one."""
    plain = media_type.strip()
    usual = {"json": "application/json", "form": _FORM, "multipart": "multipart/form-data", "text": "", "binary": ""}
    if plain == usual[kind] or "*" in plain:
        return {}
    try:
        return {"content_type": _MEDIA_TYPE.validate_python(plain)}
    except ValidationError:
        raise OperationError(f"its body has the media type {plain[:100]!r}, which is not one") from None


def _add_whole(parts: CallParts, schema: JsonObject, *, is_required: bool) -> None:
    argument = parts.add_argument("body", "body", schema, is_required=is_required)
    parts.body["body"] = "{" + argument + "}"


def _add_fields(schemas: Schemas, parts: CallParts, described: JsonObject, kind: str, *, is_required: bool) -> None:
    schema = schemas.standalone(described.get("schema", {}))
    fields = _flat_fields(schema)
    encodings = object_of(described.get("encoding"))
    if fields is None:
        if kind != "json" and schema.get("type", "object") != "object" and "anyOf" not in schema:
            raise OperationError("its form is not an object")
        _add_whole(parts, schema or {"description": "The body, as JSON."}, is_required=is_required)
        return
    if kind == "multipart":
        fields = _with_files(fields, encodings)
    needed = schema.get("required")
    body: JsonObject = {}
    written: JsonObject = {}
    for name, field in fields.items():
        is_needed = is_required and isinstance(needed, list) and name in needed
        argument = parts.add_argument(name, "body", object_of(field), is_required=is_needed)
        body[name] = "{" + argument + "}"
        encoding = _encoding(parts, name, object_of(encodings.get(name)), object_of(field), kind)
        if encoding:
            written[name] = encoding
    parts.body["body"] = body
    if written:
        parts.body["encoding"] = written


def _flat_fields(schema: JsonObject) -> JsonObject | None:
    """Return the fields of a plain, closed object; None for any other schema."""
    fields = object_of(schema.get("properties"))
    if not fields or len(fields) > _MOST_FIELDS or any(key in schema for key in _CHOICES):
        return None
    if schema.get("additionalProperties") or "null" in str(schema.get("type")):
        return None
    return fields


def _with_files(fields: JsonObject, encodings: JsonObject) -> JsonObject:
    """Return the fields of a multipart body, with the schema of a file where one is sent."""
    shown: JsonObject = {}
    for name, field in fields.items():
        schema = object_of(field)
        is_list = schema.get("type") == "array"
        inner = object_of(schema.get("items")) if is_list else schema
        content_type = object_of(encodings.get(name)).get("contentType")
        if not (_is_file(inner) or (not inner.get("type") and content_type and _is_binary(content_type))):
            shown[name] = field
            continue
        file = {**FILE_SCHEMA}
        text = schema.get("description") or inner.get("description")
        if isinstance(text, str):
            file["description"] = f"{text} {FILE_SCHEMA['description']}"
        shown[name] = {"type": "array", "items": file} if is_list else file
    return shown


def _is_file(schema: JsonObject) -> bool:
    if schema.get("format") in {"binary", "file"}:
        return True
    return isinstance(schema.get("contentMediaType"), str) and "contentEncoding" not in schema


def _is_binary(content_type: Json) -> bool:
    return any(kind_of(each) == "binary" for each in str(content_type).split(","))


def _encoding(parts: CallParts, name: str, declared: JsonObject, field: JsonObject, kind: str) -> JsonObject:
    """Return how a field is written, as a tool's configuration has it."""
    found: JsonObject = {}
    if kind == "json":
        return found
    if isinstance(declared.get("contentType"), str) and declared["contentType"]:
        found["content_type"] = declared["contentType"]
    if declared.get("style") in {"form", "spaceDelimited", "pipeDelimited", "deepObject"}:
        found["style"] = declared["style"]
    if isinstance(declared.get("explode"), bool):
        found["explode"] = declared["explode"]
    if declared.get("allowReserved") is True:
        found["allow_reserved"] = True
    if object_of(declared.get("headers")).keys() - {"Content-Type", "Content-Disposition"}:
        parts.warnings.append(f"The part {name[:100]} is sent without headers of its own.")
    item = object_of(field.get("items")) if field.get("type") == "array" else field
    if kind == "multipart" and item.get("properties") == FILE_SCHEMA["properties"]:
        found["is_file"] = True
    return found
