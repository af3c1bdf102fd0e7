"""The permissions of teams."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "teams:read"
WRITE = "teams:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
