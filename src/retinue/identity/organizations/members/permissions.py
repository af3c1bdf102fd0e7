"""What a member may do to the others. Invitations fall under the same names."""

from retinue.core.permissions import ADMINS, ANYONE

READ = "members:read"
WRITE = "members:write"

ALL: dict[str, frozenset[str]] = {READ: ANYONE, WRITE: ADMINS}
