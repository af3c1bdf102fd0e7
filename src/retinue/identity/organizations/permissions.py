"""What a member may do to the organization itself."""

from retinue.core.permissions import ADMINS, ANYONE, OWNERS

ORGANIZATION_READ = "organization:read"
ORGANIZATION_WRITE = "organization:write"
ORGANIZATION_DELETE = "organization:delete"

ALL: dict[str, frozenset[str]] = {
    ORGANIZATION_READ: ANYONE,
    ORGANIZATION_WRITE: ADMINS,
    ORGANIZATION_DELETE: OWNERS,
}
