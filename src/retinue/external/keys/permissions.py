"""What a member may do with the keys and signing secrets of external agents."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "agent_keys:read"
WRITE = "agent_keys:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
