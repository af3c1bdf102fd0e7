"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.metrics import permissions, tasks
from retinue.metrics.settings import MetricSettings

_COLLECT_SECONDS = 5
_ROLL_UP_SECONDS = 10
_KEEP_SECONDS = 3600

feature = Feature(
    name="metrics",
    routers=("retinue.metrics.routes",),
    permissions=permissions.ALL,
    settings=(MetricSettings,),
    periodic=(
        Periodic("metrics.collect", _COLLECT_SECONDS, tasks.collect, when_pending=True),
        Periodic("metrics.roll_up", _ROLL_UP_SECONDS, tasks.roll_up, when_pending=True),
        Periodic("metrics.keep", _KEEP_SECONDS, tasks.keep),
    ),
)
