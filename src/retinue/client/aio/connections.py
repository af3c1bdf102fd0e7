"""Operations of connections, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
from retinue.client.types.connections import (
    AuthorizeConnection,
    Connection,
    ConnectionAttempt,
    ConnectionCallback,
    ConnectionGranted,
    ConnectionPage,
    CreateMcpConnection,
)


class AsyncConnectionsApi(AsyncResource):
    """Operations of connections."""

    async def list(self, *, limit: int | None = None, cursor: str | None = None) -> ConnectionPage:
        """List the organization's connections by OAuth, newest first."""
        return await self._connection.json("GET", "/connections", query={"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[Connection]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/connections", query={"limit": limit})

    async def finish(self, **body: Unpack[ConnectionCallback]) -> ConnectionGranted:
        """Finish connecting, in the session that began: exchange the code for tokens. Runs that wait for it go on."""
        return await self._connection.json("POST", "/connections/callback", body=body)

    async def create_mcp(self, **body: Unpack[CreateMcpConnection]) -> Connection:
        """Prepare to connect an MCP server by OAuth, before its tools are read; one with the same settings is …"""
        return await self._connection.json("POST", "/connections/mcp", body=body)

    async def get(self, connection_id: str, /) -> Connection:
        """Return a connection."""
        return await self._connection.json("GET", path("connections", connection_id))

    async def delete(self, connection_id: str, /) -> None:
        """Delete a connection that no tool uses, with what was granted."""
        await self._connection.nothing("DELETE", path("connections", connection_id))

    async def authorize(self, connection_id: str, /, **body: Unpack[AuthorizeConnection]) -> ConnectionAttempt:
        """Begin to connect, signed in with a browser: return the URL at which the person consents."""
        return await self._connection.json("POST", path("connections", connection_id, "authorize"), body=body)

    async def revoke(self, connection_id: str, /) -> None:
        """Disconnect: delete what was granted to the organization or to you, and have the authorization server …"""
        await self._connection.nothing("DELETE", path("connections", connection_id, "grant"))
