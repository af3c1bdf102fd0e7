"""The permissions of metrics."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "metrics:read"
WRITE = "metrics:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
