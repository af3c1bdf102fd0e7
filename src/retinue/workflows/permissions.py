"""The permissions of workflows."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "workflows:read"
WRITE = "workflows:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
