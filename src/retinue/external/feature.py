"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.core.timers import TimerWork
from retinue.external import permissions, presence, pushing, service
from retinue.runs.work.service import PUSH

_DELETE_SECONDS = 3600

feature = Feature(
    name="external",
    routers=("retinue.external.routes",),
    permissions=permissions.ALL,
    organization_keys=(presence.list_presence_keys,),
    timers={PUSH: TimerWork(pushing.on_due, lease_seconds=30.0)},
    periodic=(Periodic("external.delete_old", _DELETE_SECONDS, service.delete_old),),
)
