"""Permissions of runs."""

from retinue.core.permissions import ADMINS, ANYONE, Role
from retinue.runs.feedback.service import GIVE

READ = "runs:read"
WRITE = "runs:write"
DECIDE = "approvals:decide"
ASSIGN = "approvals:assign"

_MANAGERS = frozenset({Role.OWNER, Role.ADMIN, Role.AGENT_MANAGER})

ALL: dict[str, frozenset[str]] = {
    READ: _MANAGERS | {Role.VIEWER},
    WRITE: _MANAGERS,
    DECIDE: _MANAGERS,
    ASSIGN: ADMINS,
    GIVE: ANYONE,
}
