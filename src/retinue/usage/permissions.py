"""The permissions of usage. Costs by person are for those who manage agents."""

from collections.abc import Mapping

from retinue.core.permissions import ADMINS, MANAGERS

READ = "usage:read"
WRITE = "usage:write"

ALL: Mapping[str, frozenset[str]] = {READ: MANAGERS, WRITE: ADMINS}
