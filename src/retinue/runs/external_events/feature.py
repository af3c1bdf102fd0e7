"""What events offer."""

from retinue.core.feature import Feature, Periodic
from retinue.core.timers import TimerHandler
from retinue.runs.external_events import permissions, service

_DELETE_SECONDS = 3600

feature = Feature(
    name="events",
    routers=("retinue.runs.external_events.routes",),
    permissions=permissions.ALL,
    timers={service.EXPIRE: TimerHandler(service.expire)},
    periodic=(Periodic("events.delete_old", _DELETE_SECONDS, service.delete_old),),
)
