"""Permissions of alerts."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "alerts:read"
WRITE = "alerts:write"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS}
