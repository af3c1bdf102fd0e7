"""The permissions of agents."""

from collections.abc import Mapping

from retinue.core.permissions import ADMINS, ANYONE, MANAGERS

READ = "agents:read"
WRITE = "agents:write"
HEARTBEAT = "agents:heartbeat"
PUBLISH = "agent_templates:publish"
VARIABLES_READ = "variables:read"
VARIABLES_WRITE = "variables:write"

ALL: Mapping[str, frozenset[str]] = {
    READ: ANYONE,
    WRITE: MANAGERS,
    HEARTBEAT: MANAGERS,
    PUBLISH: ADMINS,
    VARIABLES_READ: ANYONE,
    VARIABLES_WRITE: ADMINS,
}
