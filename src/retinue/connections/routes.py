"""Connections over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from retinue.connections import service
from retinue.connections.schemas import AuthorizeConnection, ConnectionCallback, CreateMcpConnection
from retinue.connections.types import Connection, ConnectionAttempt, ConnectionGranted
from retinue.core.db.pages import Page
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(prefix="/connections", tags=["connections"])


@router.get("")
async def list_connections(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[Connection]:
    """List the organization's connections by OAuth, newest first. Those of each member are shown as they are for you."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, cursor=cursor, limit=limit)


@router.post("/mcp", status_code=201)
async def create_mcp_connection(request: Request, body: CreateMcpConnection) -> Connection:
    """Prepare to connect an MCP server by OAuth, before its tools are read; one with the same settings is returned."""
    credentials = {"type": "oauth", **body.model_dump(mode="json", exclude={"url"}, exclude_none=True)}
    return await service.create_mcp(database_of(request), await actor_of(request), body.url, credentials)


@router.post("/callback")
async def finish_connection(request: Request, body: ConnectionCallback) -> ConnectionGranted:
    """Finish connecting, in the session that began: exchange the code for tokens. Runs that wait for it go on."""
    return await service.callback(database_of(request), await actor_of(request), body)


@router.get("/{connection_id}")
async def get_connection(request: Request, connection_id: UUID) -> Connection:
    """Return a connection."""
    async with open_context(request) as ctx:
        return await service.get(ctx, connection_id)


@router.delete("/{connection_id}", status_code=204)
async def delete_connection(request: Request, connection_id: UUID) -> None:
    """Delete a connection that no tool uses, with what was granted."""
    async with open_context(request) as ctx:
        await service.delete(ctx, connection_id)


@router.post("/{connection_id}/authorize")
async def authorize_connection(request: Request, connection_id: UUID, body: AuthorizeConnection) -> ConnectionAttempt:
    """Begin to connect, signed in with a browser: return the URL at which the person consents."""
    return await service.authorize(database_of(request), await actor_of(request), connection_id, body.return_to)


@router.delete("/{connection_id}/grant", status_code=204)
async def revoke_connection(request: Request, connection_id: UUID) -> None:
    """Disconnect: delete what was granted to the organization or to you, and have the authorization server revoke it."""
    await service.disconnect(database_of(request), await actor_of(request), connection_id)
