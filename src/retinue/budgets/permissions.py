"""The permissions of budgets. Deciding whether a run may spend beyond one needs ``budgets:write`` and ``approvals:decide``."""

from collections.abc import Mapping

from retinue.core.permissions import ADMINS, MANAGERS

READ = "budgets:read"
WRITE = "budgets:write"

ALL: Mapping[str, frozenset[str]] = {READ: MANAGERS, WRITE: ADMINS}
