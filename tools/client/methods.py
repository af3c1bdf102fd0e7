"""The modules of methods: for each tag a class that waits for answers, and one for an event loop."""

from collections.abc import Iterator
from typing import Any

from tools.client.document import Document, Operation, Schema, camel, refs_of, snake
from tools.client.types_files import imports_of, standard_imports
from tools.client.typing_of import is_record, sentence, type_of

_HEAD = '"""{what}. Generated from the OpenAPI document by ``python -m tools.client``."""\n\n'
_KEY, _PREFER = "idempotency-key", "prefer"
_EVENTS = "text/event-stream"
_EXTENDED = {"runs": ("retinue.client.runs", "Runs", "AsyncRuns")}
"""Tags whose classes have methods that are written by hand, and where."""


class _Side:
    """What differs between the two: names of classes and modules, and how a call is awaited."""

    def __init__(self, *, is_async: bool) -> None:
        self.is_async = is_async
        self.prefix = "Async" if is_async else ""
        self.package = "aio" if is_async else "api"
        self.definition = "async def" if is_async else "def"
        self.wait = "await " if is_async else ""
        self.iterator = "AsyncIterator" if is_async else "Iterator"

    def class_of(self, tag: str) -> str:
        """Return the name of the class of a tag."""
        return f"{self.prefix}{camel(tag)}Api"


_SIDES = (_Side(is_async=False), _Side(is_async=True))


def method_files(document: Document, homes: dict[str, list[str]]) -> dict[str, str]:
    """Return the texts of the modules of methods, and of those that put the classes together."""
    files: dict[str, str] = {}
    for side in _SIDES:
        files[f"{side.package}/__init__.py"] = ""
        files |= {f"{side.package}/{snake(tag)}.py": _module(document, tag, side, homes) for tag in document.tags}
        files[f"{side.package}/everything.py"] = _everything(document, side)
    return files


def _module(document: Document, tag: str, side: _Side, homes: dict[str, list[str]]) -> str:
    operations = document.of_tag(tag)
    methods = "\n".join(method for each in operations for method in _methods(document, each, side))
    body = f'class {side.class_of(tag)}({side.prefix}Resource):\n    """Operations of {tag}."""\n\n{methods}'
    names = {
        name
        for each in operations
        for name in refs_of([each.body, list(each.answers.values()), list(each.query)])
        + [item for item in [_item(document, each)] if item]
        if f"{name}" in body
    }
    what = f"Operations of {tag}" + (", for an event loop" if side.is_async else "")
    abstract = "".join(
        f"from collections.abc import {name}\n" for name in ("AsyncIterator", "Iterator") if f" {name}[" in body
    )
    parts = [name for name in ("Download", "RunEvent") if f"{name}" in body and name not in names]
    own = f"from retinue.client.models import {', '.join(parts)}\n" if parts else ""
    inputs = "from retinue.client.files import Upload\n" if "Upload" in body else ""
    helpers = [f"{side.prefix}Resource", *(name for name in ("new_key", "path") if f"{name}(" in body)]
    builtin = "import builtins\n" if "builtins." in body else ""
    standard = standard_imports(body, ("Any", "Literal", "Unpack"))
    return (
        _HEAD.format(what=what)
        + f"from __future__ import annotations\n\n{builtin}{abstract}{standard}\n{inputs}{own}"
        + f"from retinue.client.resource import {', '.join(helpers)}\n{imports_of(names, homes)}\n\n{body}"
    )


def _everything(document: Document, side: _Side) -> str:
    imports, fields = "", ""
    for tag in document.tags:
        module, name = f"retinue.client.{side.package}.{snake(tag)}", side.class_of(tag)
        if tag in _EXTENDED:
            module, *names = _EXTENDED[tag]
            name = names[side.is_async]
        imports += f"from {module} import {name}\n"
        fields += f"        self.{snake(tag)} = {name}(connection)\n"
    connection = f"{side.prefix}Connection"
    module_of = f"retinue.client.{'async_' if side.is_async else ''}connection"
    what = "The whole API" + (", for an event loop" if side.is_async else "")
    return (
        f"{_HEAD.format(what=what)}{imports}from {module_of} import {connection}\n\n\n"
        f'class {side.prefix}Everything:\n    """The operations of the API by tag."""\n\n'
        f'    def __init__(self, connection: {connection}) -> None:\n        """Take the connection."""\n{fields}'
    )


def _item(document: Document, operation: Operation) -> str | None:
    """Return the type of the items of a page."""
    schema = operation.answers.get("application/json", {})
    if not operation.is_paged or "$ref" not in schema:
        return None
    page = document.schemas[schema["$ref"].rpartition("/")[2]]
    return type_of(page["properties"]["items"]["items"])


def _methods(document: Document, operation: Operation, side: _Side) -> Iterator[str]:
    media = list(operation.answers)
    if media == [_EVENTS]:
        yield _iterating(operation, side, operation.name, "RunEvent", "events")
        return
    yield _calling(document, operation, side)
    item = _item(document, operation)
    if item is not None:
        yield _iterating(operation, side, operation.name.replace("list", "iterate", 1), item, "items")


def _calling(document: Document, operation: Operation, side: _Side) -> str:
    given, sent = _body(document, operation)
    has_key, waits = _KEY in operation.headers, _PREFER in operation.headers
    keywords = _keywords(operation, is_iterating=False)
    keywords += [f"{_own(each)}: str" for each in operation.own_headers]
    keywords += ["idempotency_key: str | None = None"] if has_key else []
    keywords += ["wait_seconds: int | None = None"] if waits else []
    if operation.is_upload:
        keywords += ["media_type: str | None = None"]
    arguments = [f'"{operation.method}"', _path(operation)]
    arguments += [f"query={_query(operation, is_iterating=False)}"] if operation.query else []
    if operation.own_headers:
        arguments += ["headers={" + ", ".join(f'"{each}": {_own(each)}' for each in operation.own_headers) + "}"]
    arguments += [sent] if sent else []
    arguments += ["key=idempotency_key or new_key()"] if has_key else []
    arguments += ["wait_seconds=wait_seconds"] if waits else []
    kind, verb = _answer(operation)
    call = f"{side.wait}self._connection.{verb}({', '.join(arguments)})"
    lines = [
        f"    {side.definition} {operation.name}({_signature(operation, given, keywords)}) -> {kind}:",
        f'        """{sentence(operation.summary)}"""',
        f"        {'' if kind == 'None' else 'return '}{call}",
    ]
    return "\n".join(lines) + "\n"


def _own(header: str) -> str:
    """Return the parameter of a header: ``share_token`` of X-Retinue-Share-Token."""
    return header.lower().removeprefix("x-retinue-").replace("-", "_")


def _iterating(operation: Operation, side: _Side, name: str, item: str, verb: str) -> str:
    keywords = _keywords(operation, is_iterating=True)
    arguments = [_path(operation)]
    arguments += [f"query={_query(operation, is_iterating=True)}"] if operation.query else []
    what = f"Iterate over what ``{operation.name}`` lists, page after page."
    lines = [
        f"    def {name}({_signature(operation, [], keywords)}) -> {side.iterator}[{item}]:",
        f'        """{what if verb == "items" else sentence(operation.summary)}"""',
        f"        return self._connection.{verb}({', '.join(arguments)})",
    ]
    return "\n".join(lines) + "\n"


def _signature(operation: Operation, given: list[str], keywords: list[str]) -> str:
    first = ["self", *(f"{name}: {'int' if name in {'version', 'other'} else 'str'}" for name in operation.path_names)]
    unpacked = [each for each in given if each.startswith("**")]
    positional = [each for each in given if not each.startswith("**")]
    fixed = [*first, *positional, "/"] if len(first) + len(positional) > 1 else first
    return ", ".join([*fixed, *(["*", *keywords] if keywords else []), *unpacked])


def _keywords(operation: Operation, *, is_iterating: bool) -> list[str]:
    return [_keyword(each) for each in operation.query if not (is_iterating and each["name"] == "cursor")]


def _keyword(parameter: Schema) -> str:
    kind = type_of(parameter["schema"], is_given=True).replace("list[", "builtins.list[")
    if parameter.get("required"):
        return f"{parameter['name']}: {kind}"
    return f"{parameter['name']}: {kind if 'None' in kind else f'{kind} | None'} = None"


def _query(operation: Operation, *, is_iterating: bool) -> str:
    names = [each["name"] for each in operation.query if not (is_iterating and each["name"] == "cursor")]
    return "{" + ", ".join(f'"{name}": {name}' for name in names) + "}"


def _path(operation: Operation) -> str:
    parts = [part for part in operation.path.split("/") if part]
    if not operation.path_names:
        return f'"{operation.path}"'
    shown = ", ".join(part[1:-1] if part.startswith("{") else f'"{part}"' for part in parts)
    return f"path({shown})"


def _body(document: Document, operation: Operation) -> tuple[list[str], str]:
    """Return the parameters of a body, and how it is passed on."""
    if operation.body is None:
        return [], ""
    if operation.is_upload:
        return ["file: Upload"], "file=file, media_type=media_type"
    name = operation.body.get("$ref", "").rpartition("/")[2]
    if name and is_record(document.schemas[name], is_given=name in document.given):
        fields: dict[str, Any] = document.schemas[name]["properties"]
        own = {_KEY: "idempotency_key", _PREFER: "wait_seconds"}
        others = {own[each] for each in operation.headers & own.keys()} | {each["name"] for each in operation.query}
        taken = others & fields.keys()
        if taken:
            raise ValueError(f"{operation.id}: {', '.join(sorted(taken))} of the body is another parameter's name")
        return [f"**body: Unpack[{name}]"], "body=body"
    return [f"body: {type_of(operation.body, is_given=True)}"], "body=body"


def _answer(operation: Operation) -> tuple[str, str]:
    """Return the type of an answer, and the verb of the connection that reads it."""
    if not operation.answers:
        return "None", "nothing"
    schema = operation.answers.get("application/json")
    if schema is not None:
        return type_of(schema).replace("list[", "builtins.list["), "json"
    media = next(iter(operation.answers))
    return ("str", "text") if media.startswith("text/") else ("Download", "download")
