"""The permissions of budgets. To allow a run more than a budget, ``approvals:decide`` is needed beside ``budgets:write``."""

from collections.abc import Mapping

from retinue.core.permissions import ADMINS, MANAGERS

READ = "budgets:read"
WRITE = "budgets:write"

ALL: Mapping[str, frozenset[str]] = {READ: MANAGERS, WRITE: ADMINS}
