"""The OpenAPI document as the generator of the client reads it: operations by tag, and the schemas that they reach.

Operations that redirect browsers are left out.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

Schema = dict[str, Any]

_REF = "#/components/schemas/"
_PREFIX = "/api/v1"
_METHODS = ("get", "post", "put", "patch", "delete")
OPAQUE = {"Json": "Any", "JsonInput": "Any", "JsonObject": "dict[str, Any]", "JsonObjectInput": "dict[str, Any]"}
"""Schemas of any JSON, and their types."""

_NOUNS = {"external agents": "agent", "variables": "organization_variable", "audit log": "audit_log", "api keys": "api_key"}
_UNCHANGED = frozenset({"auth", "dashboard", "n8n", "deployed", "usage", "live", "realtime", "system", "manifests"})


@dataclass(frozen=True)
class Operation:
    """One operation: its name in the client, where it goes, what it takes and gives. Schemas are as in the document."""

    id: str
    tag: str
    name: str
    method: str
    path: str
    summary: str
    path_names: tuple[str, ...]
    query: tuple[Schema, ...]
    headers: frozenset[str]
    own_headers: tuple[str, ...]
    """Headers that this operation alone needs, as X-Retinue-Share-Token."""
    body: Schema | None
    body_is_needed: bool
    is_upload: bool
    answers: dict[str, Schema]
    """Schemas of the media types of success; empty when the answer has no content."""

    @property
    def is_paged(self) -> bool:
        """Whether the operation gives pages, one after the other."""
        return self.method == "GET" and any(each["name"] == "cursor" for each in self.query)


class Document:
    """The operations and schemas of an OpenAPI document."""

    def __init__(self, path: Path) -> None:
        """Read a file."""
        document = json.loads(path.read_text(encoding="utf-8"))
        self.schemas: dict[str, Schema] = document["components"]["schemas"]
        found = (
            _operation(route, method, each)
            for route, methods in sorted(document["paths"].items())
            for method, each in methods.items()
            if method in _METHODS and not _is_redirect(each)
        )
        self.operations = sorted(found, key=lambda each: (each.tag, each.path, _METHODS.index(each.method.lower())))

    @property
    def tags(self) -> list[str]:
        """The tags, in order."""
        return sorted({each.tag for each in self.operations})

    def of_tag(self, tag: str) -> list[Operation]:
        """Return the operations of a tag. Raises ``ValueError`` when two have the same name."""
        found = [each for each in self.operations if each.tag == tag]
        names = [each.name for each in found]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{tag} has two operations named {', '.join(sorted(twice))}")
        return found

    def reached(self, *roots: Any) -> set[str]:
        """Return the names of the schemas that parts of the document need, directly or not."""
        found: set[str] = set()
        waiting = [name for root in roots for name in refs_of(root)]
        while waiting:
            name = waiting.pop()
            if name not in found and name not in OPAQUE:
                found.add(name)
                waiting += refs_of(self.schemas[name])
        return found

    @cached_property
    def given(self) -> set[str]:
        """The schemas that are sent alone, and in no answer."""
        sent = self.reached(*(each.body for each in self.operations))
        return sent - self.reached(*(list(each.answers.values()) for each in self.operations))


def refs_of(part: Any) -> list[str]:
    """Return the names that a part of the document refers to, in order."""
    return list(_refs(part))


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in cast("list[Any]", part):
            yield from _refs(each)
    elif isinstance(part, dict):
        for key, value in cast("Schema", part).items():
            if key == "$ref":
                yield str(value).removeprefix(_REF)
            elif key != "mapping":
                yield from _refs(value)


def snake(text: str) -> str:
    """Return a tag as the name of a module."""
    return re.sub(r"\W+", "_", text).lower()


def camel(text: str) -> str:
    """Return a tag as a part of a class's name."""
    return "".join(word.capitalize() for word in re.split(r"\W+", text))


def _operation(route: str, method: str, operation: Schema) -> Operation:
    tag = (operation.get("tags") or ["system"])[0]
    parameters = operation.get("parameters", [])
    content = operation.get("requestBody", {}).get("content", {})
    media, body = next(iter(content.items()), ("", None))
    answers = {
        name: found.get("schema", {})
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for name, found in answer.get("content", {}).items()
    }
    return Operation(
        id=operation["operationId"],
        tag=tag,
        name=_name(operation["operationId"], tag),
        method=method.upper(),
        path=route.removeprefix(_PREFIX),
        summary=_summary(operation),
        path_names=tuple(re.findall(r"{(\w+)}", route)),
        query=tuple(each for each in parameters if each["in"] == "query"),
        headers=frozenset(each["name"].lower() for each in parameters if each["in"] == "header"),
        own_headers=tuple(each["name"] for each in parameters if each["in"] == "header" and each.get("required")),
        body=None if body is None else body["schema"],
        body_is_needed=operation.get("requestBody", {}).get("required", False),
        is_upload=media == "multipart/form-data",
        answers=answers,
    )


def _is_redirect(operation: Schema) -> bool:
    """Say whether an operation only leads a browser to a page, which is nothing for programs."""
    return not any(status.startswith("2") for status in operation["responses"])


def _summary(operation: Schema) -> str:
    text = operation.get("description") or operation.get("summary") or operation["operationId"]
    return " ".join(text.split("\n\n")[0].split())


def _name(operation_id: str, tag: str) -> str:
    """Return the name of an operation among those of its tag: the noun of the tag is left out."""
    verb, _, rest = operation_id.partition("_")
    plural = snake(tag)
    singular = _NOUNS.get(tag, plural if tag in _UNCHANGED else plural.removesuffix("s"))
    if rest in {singular, f"{singular}s", plural}:
        return verb
    for noun in (singular, plural):
        if rest.startswith(f"{noun}_"):
            return f"{verb}_{rest.removeprefix(f'{noun}_')}"
        if rest.endswith(f"_{noun}"):
            return f"{verb}_{rest.removesuffix(f'_{noun}')}"
    return operation_id
