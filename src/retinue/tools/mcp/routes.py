"""MCP servers over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from retinue.core.http.context import actor_of, database_of
from retinue.engine.ports import SecretVariables
from retinue.tools.invoke import Invoker
from retinue.tools.mcp import verbs
from retinue.tools.mcp.schemas import AcceptMcpTool, ImportMcp
from retinue.tools.mcp.types import ChosenTool, McpImport, McpStatus
from retinue.tools.types import Tool

router = APIRouter(tags=["tools"])


@router.get("/tools/mcp-commands")
async def list_mcp_commands(request: Request) -> list[str]:
    """List the MCP servers that tools may start on this machine, by the names the operator gave them."""
    return await verbs.list_commands(database_of(request), await actor_of(request))


@router.post("/tools/import-mcp")
async def import_mcp(request: Request, body: ImportMcp) -> McpImport:
    """Connect to an MCP server: see its tools, and make tools of those named in `create`."""
    create = tuple(ChosenTool(each.tool, each.name, each.effect) for each in body.create)
    wanted = verbs.Import(body.url, body.command, body.credentials, create, body.name_prefix)
    return await verbs.import_mcp(database_of(request), await actor_of(request), _variables(request), wanted)


@router.post("/tools/{tool_id}/mcp/check")
async def check_mcp_tool(request: Request, tool_id: UUID) -> McpStatus:
    """Ask the MCP server of a tool whether it answers, and whether the tool is still what was accepted."""
    return await verbs.check(database_of(request), await actor_of(request), _variables(request), tool_id)


@router.post("/tools/{tool_id}/mcp/accept")
async def accept_mcp_tool(request: Request, tool_id: UUID, body: AcceptMcpTool) -> Tool:
    """Accept the description and schema that the MCP server offers now. `pin` is the one that was reviewed."""
    return await verbs.accept(database_of(request), await actor_of(request), _variables(request), tool_id, body.pin)


def _variables(request: Request) -> SecretVariables:
    """Return who knows variables: the one of the process, which the invoker of tools has."""
    invoker: Invoker = request.app.state.process.tool_invoker
    return invoker.variables
