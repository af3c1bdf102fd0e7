"""What approvals offer."""

from retinue.core.feature import Feature
from retinue.core.timers import TimerHandler
from retinue.runs.approvals import service

feature = Feature(
    name="approvals",
    routers=("retinue.runs.approvals.routes",),
    timers={service.EXPIRE: TimerHandler(service.expire), service.CONNECTED: TimerHandler(service.connected)},
)
