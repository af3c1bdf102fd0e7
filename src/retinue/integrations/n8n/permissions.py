"""The permissions of the connection to n8n."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "n8n:read"
WRITE = "n8n:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
