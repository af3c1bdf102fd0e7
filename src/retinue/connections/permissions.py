"""The permissions of connections. A connection of their own a member gives and takes with ``connections:read``."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "connections:read"
WRITE = "connections:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
