"""Who reads the audit log."""

from retinue.core.permissions import ADMINS

READ = "audit:read"

ALL: dict[str, frozenset[str]] = {READ: ADMINS}
