"""The sessions that a process has open with MCP servers: one for each organization, server and credentials."""

import asyncio
import importlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

from retinue.core.errors import LimitedError
from retinue.core.outbound.client import Outbound
from retinue.core.resources import Resources
from retinue.tools.mcp.settings import McpSettings
from retinue.tools.mcp.types import Target

if TYPE_CHECKING:
    from retinue.tools.mcp.connection import Connection

_IMPLEMENTATION = "retinue.tools.mcp.connection"


class McpSessionsFullError(LimitedError):
    """The organization has as many sessions with MCP servers as it may have, and all of them are in use."""

    code = "mcp_sessions_full"
    remedy = "Try again later, or ask the operator to raise RETINUE_MCP_SESSIONS_PER_ORGANIZATION."


class McpSessions:
    """The pool. A session is never found by another organization: its key is made of the organization's id."""

    def __init__(self, outbound: Outbound, settings: McpSettings) -> None:
        """Take the guarded client and the limits."""
        self._outbound = outbound
        self._settings = settings
        self._open: dict[str, dict[str, Connection]] = {}

    def count(self, organization_id: str, target: Target) -> int:
        """Return how many sessions an organization has open with a server in this process, whatever their credentials."""
        return sum(each.is_with(target) for each in self._open.get(organization_id, {}).values())

    @asynccontextmanager
    async def use(self, organization_id: str, target: Target) -> "AsyncGenerator[Connection]":
        """Lend a session, opened when there is none. Raises ``McpUnavailableError`` and ``McpSessionsFullError``."""
        connection = await self._get(organization_id, target)
        connection.users += 1  # before anything is awaited: a session that is used is not idle
        try:
            await connection.ready()
            yield connection
        finally:
            connection.users -= 1
            connection.used_at = asyncio.get_running_loop().time()

    async def discard(self, organization_id: str, target: Target) -> None:
        """Close a session that is of no use any more."""
        connection = self._open.get(organization_id, {}).get(target.key(organization_id))
        if connection is not None:
            await connection.close()

    async def close(self) -> None:
        """Close every session."""
        connections = [each for own in self._open.values() for each in own.values()]
        await asyncio.gather(*(each.close() for each in connections))

    async def _get(self, organization_id: str, target: Target) -> "Connection":
        key = target.key(organization_id)
        connection = self._find(organization_id, key)
        if connection is None:
            await self._make_room(organization_id)
            implementation = await asyncio.to_thread(importlib.import_module, _IMPLEMENTATION)
            connection = self._find(organization_id, key)  # another call may have been first in the meantime
            if connection is None:
                connection = cast("Connection", implementation.Connection(target, self._outbound, self._settings))
                self._open.setdefault(organization_id, {})[key] = connection
                connection.open(partial(self._forget, organization_id, key, connection))
        return connection

    def _find(self, organization_id: str, key: str) -> "Connection | None":
        found = self._open.get(organization_id, {}).get(key)
        return found if found is not None and found.is_open else None

    def _forget(self, organization_id: str, key: str, connection: "Connection") -> None:
        own = self._open.get(organization_id, {})
        if own.get(key) is connection:
            del own[key]
        if not own:
            self._open.pop(organization_id, None)

    async def _make_room(self, organization_id: str) -> None:
        own = self._open.get(organization_id, {})
        if len(own) < self._settings.mcp_sessions_per_organization:
            return
        idle = [each for each in own.values() if not each.users]
        if not idle:
            raise McpSessionsFullError
        await min(idle, key=lambda each: each.used_at).close()


def sessions_of(resources: Resources) -> McpSessions:
    """Return the process's sessions."""
    return resources.part(McpSessions, lambda: McpSessions(resources.outbound, resources.settings_of(McpSettings)))


async def close(resources: Resources) -> None:
    """Close the process's sessions, if there are any."""
    sessions: McpSessions | None = resources.parts.get(McpSessions)
    if sessions is not None:
        await sessions.close()
