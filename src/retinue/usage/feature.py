"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.usage import permissions, tasks
from retinue.usage.buffer import UsageInstruments
from retinue.usage.settings import UsageSettings

_ADD_UP_SECONDS = 5
_KEEP_SECONDS = 3600

feature = Feature(
    name="usage",
    routers=("retinue.usage.routes",),
    permissions=permissions.ALL,
    settings=(UsageSettings,),
    periodic=(
        Periodic("usage.add_up", _ADD_UP_SECONDS, tasks.add_up, when_pending=True),
        Periodic("usage.keep", _KEEP_SECONDS, tasks.keep),
    ),
    instruments=(UsageInstruments,),
)
