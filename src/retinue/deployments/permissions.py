"""Permissions of deployments."""

from collections.abc import Mapping

from retinue.core.permissions import ANYONE, MANAGERS

READ = "deployments:read"
WRITE = "deployments:write"
CALL = "deployments:call"

ALL: Mapping[str, frozenset[str]] = {READ: ANYONE, WRITE: MANAGERS, CALL: MANAGERS}
