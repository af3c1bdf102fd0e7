"""Tools over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter

from retinue.core.db.pages import Page
from retinue.core.errors import FieldProblem
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.json import dumps
from retinue.engine.ports import ToolInvoker
from retinue.tools import playground, service
from retinue.tools.errors import OpenApiInvalidError
from retinue.tools.function_list import list_functions as list_functions_of
from retinue.tools.openapi import imports
from retinue.tools.openapi.child import DocumentReader
from retinue.tools.repository import Filters
from retinue.tools.schemas import CreateTool, ImportOpenApi, TestTool, UpdateTool
from retinue.tools.types import InstalledFunction, KindForm, Tool, ToolDraft, ToolImport, ToolTest, ToolType, ToolUser
from retinue.tools.versions import service as versions
from retinue.tools.versions.types import ToolVersion, ToolVersionChanges

router = APIRouter(tags=["tools"])

Version = Annotated[int, PathParameter(ge=1, le=2_147_483_647)]


@router.get("/tools")
async def list_tools(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name or description.")] = None,
    tool_type: Annotated[ToolType | None, Query()] = None,
    is_active: Annotated[bool | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Tool]:
    """List the organization's tools and the built-in ones, newest first."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, Filters(q, tool_type, is_active), cursor=cursor, limit=limit)


@router.post("/tools", status_code=201)
async def create_tool(request: Request, body: CreateTool) -> Tool:
    """Create a tool: a call of an HTTP API (`api`), a `database`, files (`file`), or Python of your own (`custom`).

    Tools of MCP servers come by `POST /tools/import-mcp`.
    """
    draft = ToolDraft(body.name, body.description, body.tool_type, body.configuration, body.parameters_schema, body.effect)
    await service.examine(database_of(request), await actor_of(request), draft)
    async with open_context(request) as ctx:
        allowed = tuple(each.caller() for each in body.allowed_for)
        new = service.NewTool(draft, body.credentials, body.is_active, limits=body.limits, allowed_for=allowed)
        return await service.create(ctx, new)


@router.post("/tools/import-openapi")
async def import_openapi(request: Request, body: ImportOpenApi) -> ToolImport:
    """Read an OpenAPI document: show its operations, and import those named in `create` as tools."""
    if (body.document is None) == (body.url is None):
        raise OpenApiInvalidError.of(FieldProblem("document", "or url is needed, and not both", "Give one of them."))
    wanted = imports.Import(
        document=body.document if isinstance(body.document, str | None) else dumps(body.document).decode(),
        url=body.url,
        base_url=body.base_url,
        create=None if body.create == "all" else tuple(body.create),
        name_prefix=body.name_prefix,
        credentials=body.credentials,
        offset=body.offset,
        limit=body.limit,
        with_tools=body.with_tools,
        digest=body.digest,
    )
    reader: DocumentReader = request.app.state.process.document_reader
    return await imports.import_openapi(database_of(request), await actor_of(request), reader, wanted)


@router.get("/tools/forms")
async def list_tool_forms(request: Request) -> list[KindForm]:
    """List what a form for each type of tool asks: the schemas of configuration and credentials."""
    async with open_context(request) as ctx:
        return service.list_forms(ctx)


@router.get("/tools/functions")
async def list_functions(request: Request) -> list[InstalledFunction]:
    """List the Python functions that the operator installed: a tool of type `custom` may name one as its `function`."""
    return await list_functions_of(database_of(request), await actor_of(request))


@router.get("/tools/{tool_id}")
async def get_tool(request: Request, tool_id: UUID) -> Tool:
    """Return a tool."""
    async with open_context(request) as ctx:
        return await service.get(ctx, tool_id)


@router.patch("/tools/{tool_id}")
async def update_tool(request: Request, tool_id: UUID, body: UpdateTool) -> Tool:
    """Change a tool; what is left out stays. Credentials must be given again when the tool calls another host."""
    changes = body.model_dump(exclude_unset=True)
    if body.allowed_for is not None:
        changes["allowed_for"] = tuple(each.caller() for each in body.allowed_for)
    await service.examine_change(database_of(request), await actor_of(request), tool_id, changes)
    async with open_context(request) as ctx:
        return await service.update(ctx, tool_id, changes)


@router.get("/tools/{tool_id}/used-by")
async def list_tool_users(
    request: Request, tool_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ToolUser]:
    """List the agents that have a tool, their teams, and workflows that call it, newest first.

    `is_allowed` is whether the tool's `allowed_for` lets them use it.
    """
    async with open_context(request) as ctx:
        return await service.list_users(ctx, tool_id, cursor=cursor, limit=limit)


@router.get("/tools/{tool_id}/versions")
async def list_tool_versions(
    request: Request, tool_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ToolVersion]:
    """List a tool's versions, the newest first: what it was, who made it and when."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, tool_id)
        return await versions.list_page(ctx, tool_id, cursor=cursor, limit=limit)


@router.get("/tools/{tool_id}/versions/{version}")
async def get_tool_version(request: Request, tool_id: UUID, version: Version) -> ToolVersion:
    """Show one version of a tool."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, tool_id)
        return await versions.get(ctx, tool_id, version)


@router.get("/tools/{tool_id}/versions/{version}/changes")
async def get_tool_version_changes(
    request: Request,
    tool_id: UUID,
    version: Version,
    from_version: Annotated[int, Query(ge=1, le=2_147_483_647, description="The earlier version.")],
) -> ToolVersionChanges:
    """Show field by field what changed between two versions of a tool."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, tool_id)
        return await versions.compare(ctx, tool_id, from_version, version)


@router.post("/tools/{tool_id}/versions/{version}/restore")
async def restore_tool_version(request: Request, tool_id: UUID, version: Version) -> Tool:
    """Make an earlier version the present one; this is a new version too. Credentials stay as they are."""
    async with open_context(request) as ctx:
        kept = await versions.get(ctx, tool_id, version)
    changes = {"configuration": kept.snapshot["configuration"]}
    await service.examine_change(database_of(request), await actor_of(request), tool_id, changes)
    async with open_context(request) as ctx:
        return await service.restore(ctx, tool_id, version)


@router.delete("/tools/{tool_id}", status_code=204)
async def delete_tool(request: Request, tool_id: UUID) -> None:
    """Delete a tool that no agent uses."""
    async with open_context(request) as ctx:
        await service.delete(ctx, tool_id)


@router.post("/tools/{tool_id}/test")
async def test_tool(request: Request, tool_id: UUID, body: TestTool) -> ToolTest:
    """Call a tool once, outside a run. The call is real and has its side effects."""
    invoker: ToolInvoker = request.app.state.process.tool_invoker
    call = playground.TestCall(tool_id, body.arguments, body.settings, body.agent_id)
    return await playground.test(database_of(request), await actor_of(request), invoker, call)
