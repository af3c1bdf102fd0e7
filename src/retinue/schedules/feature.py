"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.core.timers import TimerHandler
from retinue.schedules import firing, firing_many, permissions, tasks

_RECONCILE_SECONDS = 60
_DELETE_SECONDS = 3600

feature = Feature(
    name="schedules",
    routers=("retinue.schedules.routes",),
    permissions=permissions.ALL,
    timers={
        firing.FIRE: TimerHandler(firing.on_due, firing_many.on_due_many, rests=True),
        firing.ADVANCE: TimerHandler(firing.on_queue, rests=True),
    },
    periodic=(
        Periodic("schedules.reconcile", _RECONCILE_SECONDS, tasks.reconcile, when_pending=True),
        Periodic("schedules.delete_expired", _DELETE_SECONDS, tasks.delete_expired),
    ),
)
