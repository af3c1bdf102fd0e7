"""Types of Python for schemas of the OpenAPI document."""

import json
from typing import Any, cast

from tools.client.document import OPAQUE, Document, Schema

_WIDTH = 104
_PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "null": "None", "string": "str"}
_GIVEN = {"date-time": "str | datetime", "uuid": "str | UUID"}
"""What may be given for a string of a format; answers have strings."""


def type_of(schema: Schema, *, is_given: bool = False) -> str:
    """Return the annotation of a schema."""
    if "$ref" in schema:
        name: str = schema["$ref"].rpartition("/")[2]
        return OPAQUE.get(name, name)
    several = schema.get("anyOf") or schema.get("oneOf") or _sorts(schema)
    if several:
        return _union([type_of(each, is_given=is_given) for each in several])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(_literal(each) for each in values)}]"
    return _plain(schema, is_given=is_given)


def _sorts(schema: Schema) -> list[Schema]:
    kind = schema.get("type")
    return [{**schema, "type": each} for each in cast("list[str]", kind)] if isinstance(kind, list) else []


def _plain(schema: Schema, *, is_given: bool) -> str:
    kind = str(schema.get("type"))
    if kind == "array":
        return f"list[{type_of(schema.get('items', {}), is_given=is_given)}]"
    if kind == "object":
        more = schema.get("additionalProperties")
        return (
            f"dict[str, {type_of(cast('Schema', more), is_given=is_given)}]" if isinstance(more, dict) else "dict[str, Any]"
        )
    if is_given and kind == "string" and schema.get("format") in _GIVEN:
        return _GIVEN[schema["format"]]
    return _PLAIN.get(kind, "Any")


def is_record(schema: Schema, *, is_given: bool) -> bool:
    """Tell whether a schema is an object with fields of its own. One that is given and may have others is a dictionary."""
    if schema.get("type") != "object" or not schema.get("properties"):
        return False
    return not is_given or schema.get("additionalProperties", False) is False


def definition(document: Document, name: str) -> str:
    """Return the statement that defines a schema's type."""
    schema, is_given = document.schemas[name], name in document.given
    if not is_record(schema, is_given=is_given):
        return f"{name}: TypeAlias = {type_of(schema, is_given=is_given)}\n"
    needed = schema.get("required", [])
    text = " ".join(schema.get("description", f"{name}, as the API has it").split("\n\n")[0].split()).rstrip(".")
    lines = [f"class {name}(TypedDict):", f'    """{sentence(text)}"""', ""]
    for field, each in schema["properties"].items():
        if not field.isidentifier():
            raise ValueError(f"{name}.{field} is no name of Python")
        shown = type_of(each, is_given=is_given)
        lines.append(f"    {field}: {shown if field in needed else f'NotRequired[{shown}]'}")
    return "\n".join(lines) + "\n"


def sentence(text: str) -> str:
    """Return a text as one line of a docstring."""
    kept = text.replace("\\", "\\\\").replace('"""', "'''").strip()
    first = kept if len(kept) <= _WIDTH else f"{kept.partition('. ')[0]}."
    short = first if len(first) <= _WIDTH else f"{first[:_WIDTH].rpartition(' ')[0].rstrip(',;:.')} …"
    return short if short.endswith((".", "…", "?")) else f"{short}."


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _union(parts: list[str]) -> str:
    found = dict.fromkeys(each for part in parts for each in _members(part))
    if "Any" in found:
        return "Any"
    ordered = [each for each in found if each != "None"] + (["None"] if "None" in found else [])
    return " | ".join(ordered)


def _members(text: str) -> list[str]:
    """Take a union apart, but none inside brackets."""
    depth, members = 0, [""]
    for mark in text:
        depth += {"[": 1, "]": -1}.get(mark, 0)
        if mark == "|" and not depth:
            members.append("")
        else:
            members[-1] += mark
    return [each.strip() for each in members]
