"""The schema of a snippet's arguments, read from the signature of its function ``main``; nothing is executed."""

import ast
from dataclasses import dataclass

from retinue.core.json import Json, JsonObject
from retinue.tools.kinds.docstrings import read_docstring

MAIN = "main"
_TYPES: dict[str, JsonObject] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "list": {"type": "array"},
    "tuple": {"type": "array"},
    "dict": {"type": "object"},
}
_ANY: JsonObject = {}


class SignatureError(ValueError):
    """The snippet has no signature that a tool can have; the text completes ``configuration.code …``."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a snippet's function takes, as JSON Schema, its docstring's text, and whether it is a coroutine function."""

    schema: JsonObject
    description: str
    is_async: bool


def read_signature(source: str) -> Signature:
    """Read the function ``main`` of a snippet. Raises ``SignatureError``."""
    try:
        return _read(source)
    except (RecursionError, MemoryError):
        raise SignatureError("is nested too deeply") from None


def _read(source: str) -> Signature:
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError):
        raise SignatureError("is not valid Python") from None
    found = [each for each in module.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == MAIN]
    if not found:
        raise SignatureError("defines no function main, which is what a call of the tool calls")
    function = found[-1]
    text, described = read_docstring(ast.get_docstring(function))
    return Signature(_schema(function.args, described), text, isinstance(function, ast.AsyncFunctionDef))


def _schema(arguments: ast.arguments, described: dict[str, str]) -> JsonObject:
    if arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        raise SignatureError("gives main parameters with *, ** or /; name each one plainly")
    plain = arguments.args
    defaults: list[ast.expr | None] = [*([None] * (len(plain) - len(arguments.defaults))), *arguments.defaults]
    properties: JsonObject = {}
    required: list[Json] = []
    for each, default in zip((*plain, *arguments.kwonlyargs), (*defaults, *arguments.kw_defaults), strict=True):
        schema = dict(_type(each.annotation))
        if each.arg in described:
            schema["description"] = described[each.arg]
        if default is None:
            required.append(each.arg)
        else:
            _add_default(schema, default)
        properties[each.arg] = schema
    schema_: JsonObject = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema_, "required": required} if required else schema_


def _add_default(schema: JsonObject, default: ast.expr) -> None:
    try:
        value: object = ast.literal_eval(default)
    except ValueError:
        return
    if value is None or isinstance(value, str | int | float | bool):
        schema["default"] = value


def _type(annotation: ast.expr | None) -> JsonObject:
    if isinstance(annotation, ast.Constant):
        return _quoted(annotation.value)
    if isinstance(annotation, ast.Name):
        return _TYPES.get(annotation.id, _ANY)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _union([annotation.left, annotation.right])
    if isinstance(annotation, ast.Subscript):
        return _generic(annotation)
    return _ANY


def _quoted(value: object) -> JsonObject:
    if value is None:
        return _TYPES["None"]
    if isinstance(value, str):
        try:
            return _type(ast.parse(value, mode="eval").body)
        except (SyntaxError, RecursionError, MemoryError):
            return _ANY
    return _ANY


def _generic(annotation: ast.Subscript) -> JsonObject:
    name = annotation.value.id if isinstance(annotation.value, ast.Name) else ""
    inner = annotation.slice
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Optional":
        return _union([inner, ast.Constant(None)])
    if name == "Union":
        return _union(parts)
    if name == "Literal":
        return {"enum": [each for part in parts for each in _literal(part)]}
    if name == "list":
        return {"type": "array", "items": _type(inner)}
    if name == "dict" and len(parts) == 2:  # noqa: PLR2004 - key and value
        return {"type": "object", "additionalProperties": _type(parts[1])}
    return _TYPES.get(name, _ANY)


def _literal(part: ast.expr) -> list[Json]:
    value: object = part.value if isinstance(part, ast.Constant) else ...
    return [value] if value is None or isinstance(value, str | int | bool) else []


def _union(parts: list[ast.expr]) -> JsonObject:
    found: list[Json] = []
    for each in parts:
        schema = _type(each)
        if not schema:
            return _ANY
        inner = schema.get("anyOf")
        found += inner if isinstance(inner, list) else [schema]
    return {"anyOf": found}
