"""Permissions of webhooks."""

from collections.abc import Mapping

from retinue.core.permissions import MANAGERS

READ = "webhooks:read"
WRITE = "webhooks:write"

ALL: Mapping[str, frozenset[str]] = {READ: MANAGERS, WRITE: MANAGERS}
