"""The permissions of agents."""

from collections.abc import Mapping

from retinue.core.permissions import ADMINS, ANYONE, MANAGERS

READ = "agents:read"
WRITE = "agents:write"
HEARTBEAT = "agents:heartbeat"
PUBLISH = "agent_templates:publish"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS, HEARTBEAT: MANAGERS, PUBLISH: ADMINS}
