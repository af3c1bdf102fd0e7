"""Importing tools from an OpenAPI document that is given as text or by its URL; importing again updates what changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import Error, FieldProblem
from retinue.core.json import JsonObject
from retinue.core.outbound.client import Outbound, OutboundRequest
from retinue.core.permissions import require
from retinue.engine.spec.tool import origin_of
from retinue.tools import repository, service
from retinue.tools.errors import OpenApiChangedError, OpenApiInvalidError, ToolInvalidError
from retinue.tools.openapi.child import DocumentReader, Found, Wanted
from retinue.tools.openapi.names import tool_name
from retinue.tools.openapi.operations import Operation
from retinue.tools.permissions import WRITE
from retinue.tools.registry import KINDS
from retinue.tools.repository import ImportedTool
from retinue.tools.types import (
    Effect,
    ImportedOperation,
    ImportStatus,
    RemovedOperation,
    SkippedOperation,
    Tool,
    ToolDraft,
    ToolImport,
    ToolType,
)

MAX_BYTES: Final = 10 * 1024 * 1024
_IMPORTED: Final = ("method", "url", "query", "headers", "parameters", "body", "body_type", "content_type", "encoding")
"""What an import writes of a configuration; the rest (response, errors, …) is the organization's own."""

_DEFAULTS: Final[JsonObject] = {
    "query": {},
    "headers": {},
    "parameters": [],
    "body": None,
    "body_type": "json",
    "content_type": None,
    "encoding": {},
}


@dataclass(frozen=True, slots=True)
class Import:
    """A document by its text, else by its URL, which operations to show, and which to import (None: all).

    ``digest`` is that of the document that was shown; another document is then refused.
    """

    document: str | None
    url: str | None
    base_url: str | None
    create: tuple[str, ...] | None
    name_prefix: str
    credentials: JsonObject | None
    offset: int
    limit: int
    with_tools: bool
    digest: str | None


async def import_openapi(database: Database, actor: Actor, reader: DocumentReader, wanted: Import) -> ToolImport:
    """Read an OpenAPI document and, when asked, create tools of its operations or update those that changed.

    No transaction is open while the document is read. An operation that cannot be imported is named under ``skipped``
    and stops no other. Writes tools and audit entries. Raises ``OpenApiInvalidError``, ``OpenApiChangedError``,
    ``OutboundRefusedError`` and ``OutboundFailedError`` for its URL, and ``ToolInvalidError`` for the credentials.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
    _check_credentials(wanted.credentials)
    text = await _text(database.resources.outbound, wanted)
    digest = hashlib.sha256(text).hexdigest()
    if wanted.digest is not None and wanted.digest != digest:
        raise OpenApiChangedError
    chosen = wanted.create
    found = await reader.read(
        text, Wanted(wanted.url, wanted.base_url, wanted.offset, wanted.limit, wanted.with_tools, chosen)
    )
    _check_chosen(found, chosen)
    async with database.context(actor) as ctx:
        work = _Work(wanted, found, await repository.list_names(ctx.tx), await _known(ctx, found, wanted))
        if chosen is None or chosen:
            await work.write(ctx)
        return work.result(digest)


def _check_credentials(credentials: JsonObject | None) -> None:
    problems = KINDS[ToolType.API].check_credentials(credentials) if credentials is not None else ()
    if problems:
        raise ToolInvalidError.of(*problems)


async def _text(outbound: Outbound, wanted: Import) -> bytes:
    if wanted.document is not None:
        try:
            text = wanted.document.encode()
        except UnicodeEncodeError:
            raise _invalid("document", "holds characters that are not valid Unicode", "Save it as UTF-8.") from None
        if len(text) > MAX_BYTES:
            raise _invalid("document", f"has {len(text)} bytes; at most {MAX_BYTES} are read", "Split it into several.")
        return text
    accept = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.5"}
    response = await outbound.send(OutboundRequest("GET", wanted.url or "", accept, max_bytes=MAX_BYTES, is_cut=True))
    if response.status != HTTPStatus.OK:
        raise _invalid("url", f"answered with status {response.status}", "Give the URL of the document itself, or its text.")
    if response.is_cut:
        raise _invalid("url", f"answered with more than {MAX_BYTES} bytes", "Split the document into several.")
    return response.text().encode(errors="replace")


def _invalid(field: str, message: str, remedy: str) -> OpenApiInvalidError:
    return OpenApiInvalidError.of(FieldProblem(field, message, remedy))


def _check_chosen(found: Found, chosen: tuple[str, ...] | None) -> None:
    known = {each.operation_id for each in found.operations}
    for index, name in enumerate(chosen or ()):
        if name not in known:
            reason = next((f": {each.reason}" for each in found.skipped if each.operation_id == name), "")
            raise _invalid(
                f"create.{index}", f"names {name}, which is no operation that can be imported{reason}", "Leave it out."
            )


async def _known(ctx: Context, found: Found, wanted: Import) -> dict[str, ImportedTool]:
    rows = await repository.list_imported(ctx.tx, found.title, wanted.name_prefix)
    return {each.operation: each for each in rows}


class _Work:
    """One import: how its operations compare to the tools that exist, and what was written."""

    def __init__(self, wanted: Import, found: Found, names: set[str], known: Mapping[str, ImportedTool]) -> None:
        self._wanted, self._found, self._names, self._known = wanted, found, names, known
        self._created: list[Tool] = []
        self._updated: list[Tool] = []
        self._failed: list[SkippedOperation] = []
        self._warnings: list[str] = []
        self._tool_names = self._named()

    def _named(self) -> dict[str, str]:
        taken = set(self._names)
        named: dict[str, str] = {}
        for each in self._found.operations:
            known = self._known_tool(each)
            named[each.operation_id] = known.name if known else tool_name(each.name, self._wanted.name_prefix, taken)
            taken.add(named[each.operation_id])
        return named

    def _known_tool(self, operation: Operation) -> ImportedTool | None:
        return self._known.get(_key(operation))

    def _status(self, operation: Operation) -> ImportStatus:
        known = self._known_tool(operation)
        if known is None:
            return ImportStatus.NEW
        return ImportStatus.UNCHANGED if known.digest == operation.digest else ImportStatus.CHANGED

    async def write(self, ctx: Context) -> None:
        """Create or update the tool of each chosen operation; one that is refused is named and stops no other."""
        chosen = None if self._wanted.create is None else set(self._wanted.create)
        for each in self._found.operations:
            if chosen is not None and each.operation_id not in chosen:
                continue
            try:
                await self._write_one(ctx, each)
            except Error as error:
                reason = error.detail if not error.remedy_text else f"{error.detail} {error.remedy_text}"
                self._failed.append(SkippedOperation(each.operation_id, each.method, each.path, reason))

    async def _write_one(self, ctx: Context, operation: Operation) -> None:
        status, known = self._status(operation), self._known_tool(operation)
        if known is None:
            new = service.NewTool(self._draft(operation), self._credentials(operation), is_schema_checked=True)
            self._created.append(await service.create(ctx, new))
        elif status is ImportStatus.CHANGED:
            changes = self._changes(operation, known)
            self._updated.append(await service.update(ctx, known.id, changes, is_schema_checked=True))

    def _draft(self, operation: Operation) -> ToolDraft:
        tool = operation.tool
        return ToolDraft(
            name=self._tool_names[operation.operation_id],
            description=str(tool["description"]),
            tool_type=ToolType.API,
            configuration=self._configuration(operation),
            parameters_schema=cast("JsonObject", tool["parameters_schema"]),
            effect=Effect(str(tool["effect"])),
        )

    def _configuration(self, operation: Operation) -> JsonObject:
        source: JsonObject = {
            "title": self._found.title,
            "prefix": self._wanted.name_prefix,
            "operation": _key(operation),
            "digest": operation.digest,
        }
        return {**cast("JsonObject", operation.tool["configuration"]), "source": source}

    def _changes(self, operation: Operation, known: ImportedTool) -> dict[str, object]:
        draft = self._draft(operation)
        kept = {name: value for name, value in known.configuration.items() if name not in _IMPORTED}
        changes: dict[str, object] = {
            "description": draft.description,
            "configuration": {**kept, **draft.configuration},
            "parameters_schema": draft.parameters_schema,
            "effect": draft.effect,
        }
        credentials = self._credentials(operation)
        return changes if credentials is None else {**changes, "credentials": credentials}

    def _credentials(self, operation: Operation) -> JsonObject | None:
        """Return the credentials for an operation: none where it needs none, or calls another server than the document's."""
        if self._wanted.credentials is None or operation.is_public:
            return None
        url = str(cast("JsonObject", operation.tool["configuration"])["url"])
        base = self._found.base_url
        if base is not None and origin_of(url) != origin_of(base):
            warning = (
                f"{operation.method} {operation.path} calls {origin_of(url)}; it got no credentials. Give them to its tool."
            )
            self._warnings.append(warning)
            return None
        return self._wanted.credentials

    def result(self, digest: str) -> ToolImport:
        """Return what the document offers and what was written."""
        found, wanted = self._found, self._wanted
        shown = found.operations[wanted.offset : wanted.offset + wanted.limit]
        keys = {_key(each) for each in found.operations}
        gone = [each for key, each in self._known.items() if key not in keys]
        skipped = [SkippedOperation(each.operation_id, each.method, each.path, each.reason) for each in found.skipped]
        warned = [f"{each.method} {each.path}: {text}" for each in found.operations for text in each.warnings]
        return ToolImport(
            title=found.title,
            base_url=found.base_url,
            digest=digest,
            operation_count=len(found.operations),
            operations=tuple(self._to_response(each) for each in shown),
            skipped=(*skipped, *self._failed),
            removed=tuple(RemovedOperation(each.id, each.name, each.operation) for each in gone),
            credentials=found.credentials,
            warnings=(*found.warnings, *warned, *self._warnings),
            created=tuple(self._created),
            updated=tuple(self._updated),
        )

    def _to_response(self, operation: Operation) -> ImportedOperation:
        known = self._known_tool(operation)
        name = self._tool_names[operation.operation_id]
        tool: JsonObject | None = None
        changes: tuple[str, ...] = ()
        if operation.tool:
            tool = {**operation.tool, "name": name, "tool_type": "api", "configuration": self._configuration(operation)}
            if known is not None and self._status(operation) is ImportStatus.CHANGED:
                changes = _changed_fields(operation, known)
        return ImportedOperation(
            operation_id=operation.operation_id,
            method=operation.method,
            path=operation.path,
            summary=operation.summary,
            name=name,
            status=self._status(operation),
            tool_id=known.id if known else None,
            changes=changes,
            warnings=operation.warnings,
            tool=tool,
        )


def _key(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _changed_fields(operation: Operation, known: ImportedTool) -> tuple[str, ...]:
    """Name what differs between the tool of an operation and the one that exists."""
    tool = operation.tool
    found = [name for name in ("description", "parameters_schema", "effect") if tool[name] != getattr(known, name)]
    configuration = {**_DEFAULTS, **cast("JsonObject", tool["configuration"])}
    before = {**_DEFAULTS, **known.configuration}
    found += [f"configuration.{name}" for name in _IMPORTED if not _is_same(configuration.get(name), before.get(name))]
    return tuple(found)


def _is_same(new: object, stored: object) -> bool:
    """Compare a part of a configuration as imported with it as stored, where every default is written out."""
    if isinstance(new, list) and isinstance(stored, list):
        items, kept = cast("list[object]", new), cast("list[object]", stored)
        return len(items) == len(kept) and all(map(_is_same, items, kept))
    if isinstance(new, dict) and isinstance(stored, dict):
        fields, known = cast("dict[str, object]", new), cast("dict[str, object]", stored)
        return all(_is_same(fields.get(name), known.get(name)) for name in fields.keys() | known.keys())
    return new == stored or (new is None and stored is False)
