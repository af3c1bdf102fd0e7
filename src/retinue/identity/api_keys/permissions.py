"""What a member may do with the organization's API keys."""

from retinue.core.permissions import ADMINS, ANYONE

READ = "api_keys:read"
WRITE = "api_keys:write"

ALL: dict[str, frozenset[str]] = {READ: ANYONE, WRITE: ADMINS}
