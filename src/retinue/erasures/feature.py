"""What erasures offer."""

from retinue.core.feature import Feature, Periodic
from retinue.erasures import tasks

_WORK_SECONDS = 10

feature = Feature(
    name="erasures",
    routers=("retinue.erasures.routes",),
    periodic=(Periodic("erasures.work", _WORK_SECONDS, tasks.work, when_pending=True),),
)
