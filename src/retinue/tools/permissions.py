"""The permissions of tools."""

from collections.abc import Mapping

from retinue.core.permissions import Role

READ = "tools:read"
WRITE = "tools:write"

ALL: Mapping[str, frozenset[str]] = {
    READ: frozenset(Role),
    WRITE: frozenset({Role.OWNER, Role.ADMIN, Role.AGENT_MANAGER}),
}
