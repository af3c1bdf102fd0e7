"""Making tools of an OpenAPI document that is given as text or read from its address."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.http.outbound import Outbound, OutboundRequest
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.tools import service
from retinue.tools.errors import OpenApiInvalidError
from retinue.tools.kinds.openapi import OpenApi, parse_document, read_openapi
from retinue.tools.permissions import WRITE
from retinue.tools.types import Effect, ImportedOperation, Tool, ToolDraft, ToolImport, ToolType

MAX_IMPORTED = 100


@dataclass(frozen=True, slots=True)
class Import:
    """An OpenAPI document by its text, else by its address, and the operations to make tools of (None: all)."""

    document: str | None
    url: str | None
    base_url: str | None
    create: tuple[str, ...] | None
    name_prefix: str
    credentials: JsonObject | None


async def import_openapi(database: Database, actor: Actor, wanted: Import) -> ToolImport:
    """Read an OpenAPI document and, when asked, make tools of its operations: all of them or none.

    No transaction is open while the document is read. Raises ``OpenApiInvalidError``, ``OutboundRefusedError`` and
    ``OutboundFailedError`` for its address, ``ToolInvalidError``, and ``ToolNameTakenError`` for a name that exists.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
    text = wanted.document
    if text is None:
        text = await _fetch(database.resources.outbound, wanted.url or "")
    read = await asyncio.to_thread(_read, text, wanted)
    chosen = _chosen(read, wanted.create)
    created: list[Tool] = []
    if chosen:
        async with database.context(actor) as ctx:
            created = [await service.create(ctx, _imported(each, wanted)) for each in chosen]
    return ToolImport(read.title, read.base_url, read.operations, read.credentials, read.warnings, tuple(created))


async def _fetch(outbound: Outbound, url: str) -> str:
    request = OutboundRequest("GET", url, {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.5"})
    response = await outbound.send(request)
    if response.status != HTTPStatus.OK:
        raise OpenApiInvalidError(
            f"The address answered with status {response.status}.",
            remedy="Give the address of the document itself, or its text.",
            fields=(FieldProblem("url", f"answered with status {response.status}", "Give the document's own address."),),
        )
    return response.text()


def _read(text: str, wanted: Import) -> OpenApi:
    return read_openapi(parse_document(text), source_url=wanted.url, base_url=wanted.base_url)


def _chosen(read: OpenApi, create: Sequence[str] | None) -> list[ImportedOperation]:
    if create is None:
        if len(read.operations) > MAX_IMPORTED:
            message = f"means {len(read.operations)} operations; {MAX_IMPORTED} at most are made at once"
            raise OpenApiInvalidError.of(FieldProblem("create", message, "Name the operations you need."))
        return list(read.operations)
    known = {each.operation_id: each for each in read.operations}
    unknown = [name for name in create if name not in known]
    if unknown:
        raise OpenApiInvalidError.of(FieldProblem("create", f"names {unknown[0]}, which is no operation of the document"))
    return [known[name] for name in dict.fromkeys(create)]


def _imported(operation: ImportedOperation, wanted: Import) -> service.NewTool:
    tool = operation.tool
    draft = ToolDraft(
        name=f"{wanted.name_prefix}{tool['name']}"[:64],
        description=str(tool["description"]),
        tool_type=ToolType.API,
        configuration=cast("JsonObject", tool["configuration"]),
        parameters_schema=operation.parameters_schema,
        effect=Effect(str(tool["effect"])),
    )
    return service.NewTool(draft, wanted.credentials)
