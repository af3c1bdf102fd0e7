"""Permissions of conversations."""

from retinue.core.permissions import ANYONE, MANAGERS

READ = "conversations:read"
WRITE = "conversations:write"

ALL: dict[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
