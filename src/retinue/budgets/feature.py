"""What the package offers."""

from retinue.budgets import permissions, tasks
from retinue.core.feature import Feature, Periodic

_REAP_SECONDS = 10
_KEEP_SECONDS = 3600

feature = Feature(
    name="budgets",
    routers=("retinue.budgets.routes",),
    permissions=permissions.ALL,
    periodic=(
        Periodic("budgets.reap", _REAP_SECONDS, tasks.reap, when_pending=True),
        Periodic("budgets.keep", _KEEP_SECONDS, tasks.keep),
    ),
)
