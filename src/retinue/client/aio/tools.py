"""Operations of tools, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, Unpack
from uuid import UUID

from retinue.client.resource import AsyncResource, path
from retinue.client.types.tools import (
    AcceptMcpTool,
    CreateTool,
    ImportMcp,
    ImportOpenApi,
    InstalledFunction,
    KindForm,
    McpImport,
    McpStatus,
    SetWebSearch,
    TestTool,
    Tool,
    ToolImport,
    ToolPage,
    ToolTest,
    ToolType,
)
from retinue.client.types.tools_2 import (
    ToolUser,
    ToolUseRecord,
    ToolUseRecordPage,
    ToolUserPage,
    ToolVersion,
    ToolVersionChanges,
    ToolVersionPage,
    UpdateTool,
    WebSearchSettings,
    WebSearchTest,
)


class AsyncToolsApi(AsyncResource):
    """Operations of tools."""

    async def list(
        self,
        *,
        q: str | None = None,
        tool_type: ToolType | None = None,
        is_active: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ToolPage:
        """List the organization's tools and the built-in ones, newest first."""
        return await self._connection.json(
            "GET", "/tools", query={"q": q, "tool_type": tool_type, "is_active": is_active, "limit": limit, "cursor": cursor}
        )

    def iterate(
        self,
        *,
        q: str | None = None,
        tool_type: ToolType | None = None,
        is_active: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Tool]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/tools", query={"q": q, "tool_type": tool_type, "is_active": is_active, "limit": limit}
        )

    async def create(self, **body: Unpack[CreateTool]) -> Tool:
        """Create a tool: a call of an HTTP API (`api`), a `database`, files (`file`), or Python of your own …"""
        return await self._connection.json("POST", "/tools", body=body)

    async def list_forms(self) -> builtins.list[KindForm]:
        """List what a form for each type of tool asks: the schemas of configuration and credentials."""
        return await self._connection.json("GET", "/tools/forms")

    async def list_functions(self) -> builtins.list[InstalledFunction]:
        """List the Python functions that the operator installed: a tool of type `custom` may name one as its …"""
        return await self._connection.json("GET", "/tools/functions")

    async def import_mcp(self, **body: Unpack[ImportMcp]) -> McpImport:
        """Connect to an MCP server: see its tools, and make tools of those named in `create`."""
        return await self._connection.json("POST", "/tools/import-mcp", body=body)

    async def import_openapi(self, **body: Unpack[ImportOpenApi]) -> ToolImport:
        """Read an OpenAPI document: show its operations, and import those named in `create` as tools."""
        return await self._connection.json("POST", "/tools/import-openapi", body=body)

    async def list_mcp_commands(self) -> builtins.list[str]:
        """List the MCP servers that tools may start on this machine, by the names the operator gave them."""
        return await self._connection.json("GET", "/tools/mcp-commands")

    async def get(self, tool_id: str, /) -> Tool:
        """Return a tool."""
        return await self._connection.json("GET", path("tools", tool_id))

    async def update(self, tool_id: str, /, **body: Unpack[UpdateTool]) -> Tool:
        """Change a tool; what is left out stays. Credentials must be given again when the tool calls another host."""
        return await self._connection.json("PATCH", path("tools", tool_id), body=body)

    async def delete(self, tool_id: str, /) -> None:
        """Delete a tool that no agent uses."""
        await self._connection.nothing("DELETE", path("tools", tool_id))

    async def list_calls(
        self,
        tool_id: str,
        /,
        *,
        state: Literal["started", "succeeded", "failed", "unknown"] | None = None,
        run_id: str | UUID | None = None,
        agent_id: str | UUID | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ToolUseRecordPage:
        """List the calls that runs made of a tool, newest first; those of private runs are shown to their person …"""
        return await self._connection.json(
            "GET",
            path("tools", tool_id, "calls"),
            query={
                "state": state,
                "run_id": run_id,
                "agent_id": agent_id,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate_calls(
        self,
        tool_id: str,
        /,
        *,
        state: Literal["started", "succeeded", "failed", "unknown"] | None = None,
        run_id: str | UUID | None = None,
        agent_id: str | UUID | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[ToolUseRecord]:
        """Iterate over what ``list_calls`` lists, page after page."""
        return self._connection.items(
            path("tools", tool_id, "calls"),
            query={"state": state, "run_id": run_id, "agent_id": agent_id, "since": since, "until": until, "limit": limit},
        )

    async def accept_mcp(self, tool_id: str, /, **body: Unpack[AcceptMcpTool]) -> Tool:
        """Accept the description and schema that the MCP server offers now. `pin` is the one that was reviewed."""
        return await self._connection.json("POST", path("tools", tool_id, "mcp", "accept"), body=body)

    async def check_mcp(self, tool_id: str, /) -> McpStatus:
        """Ask the MCP server of a tool whether it answers, and whether the tool is still what was accepted."""
        return await self._connection.json("POST", path("tools", tool_id, "mcp", "check"))

    async def test(self, tool_id: str, /, **body: Unpack[TestTool]) -> ToolTest:
        """Call a tool once, outside a run. The call is real and has its side effects."""
        return await self._connection.json("POST", path("tools", tool_id, "test"), body=body)

    async def list_users(self, tool_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> ToolUserPage:
        """List the agents that have a tool, their teams, and workflows that call it, newest first."""
        return await self._connection.json(
            "GET", path("tools", tool_id, "used-by"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_users(self, tool_id: str, /, *, limit: int | None = None) -> AsyncIterator[ToolUser]:
        """Iterate over what ``list_users`` lists, page after page."""
        return self._connection.items(path("tools", tool_id, "used-by"), query={"limit": limit})

    async def list_versions(
        self, tool_id: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> ToolVersionPage:
        """List a tool's versions, the newest first: what it was, who made it and when."""
        return await self._connection.json(
            "GET", path("tools", tool_id, "versions"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_versions(self, tool_id: str, /, *, limit: int | None = None) -> AsyncIterator[ToolVersion]:
        """Iterate over what ``list_versions`` lists, page after page."""
        return self._connection.items(path("tools", tool_id, "versions"), query={"limit": limit})

    async def get_version(self, tool_id: str, version: int, /) -> ToolVersion:
        """Show one version of a tool."""
        return await self._connection.json("GET", path("tools", tool_id, "versions", version))

    async def get_version_changes(self, tool_id: str, version: int, /, *, from_version: int) -> ToolVersionChanges:
        """Show field by field what changed between two versions of a tool."""
        return await self._connection.json(
            "GET", path("tools", tool_id, "versions", version, "changes"), query={"from_version": from_version}
        )

    async def restore_version(self, tool_id: str, version: int, /) -> Tool:
        """Make an earlier version the present one; this is a new version too. Credentials stay as they are."""
        return await self._connection.json("POST", path("tools", tool_id, "versions", version, "restore"))

    async def get_web_search(self) -> WebSearchSettings:
        """Show which provider the tool `web_search` asks. The API key is never shown."""
        return await self._connection.json("GET", "/web-search")

    async def set_web_search(self, **body: Unpack[SetWebSearch]) -> WebSearchSettings:
        """Choose the provider of the tool `web_search` for the organization."""
        return await self._connection.json("PUT", "/web-search", body=body)

    async def delete_web_search(self) -> None:
        """Remove the organization's provider; that of the installation, if any, takes its place."""
        await self._connection.nothing("DELETE", "/web-search")

    async def test_web_search(self) -> WebSearchTest:
        """Search once with the provider that is set."""
        return await self._connection.json("POST", "/web-search/test")
