"""What alerts offer."""

from retinue.alerts import destinations, permissions, sending, tasks
from retinue.core.events import Listener
from retinue.core.feature import Feature, Periodic
from retinue.core.timers import TimerWork

_SWEEP_SECONDS = 2
_DELIVER_SECONDS = 1
_RECONCILE_SECONDS = 60

feature = Feature(
    name="alerts",
    routers=("retinue.alerts.routes", "retinue.alerts.routes_channels"),
    permissions=permissions.ALL,
    listens={"run.failed": Listener(tasks.note_failed_run)},
    timers={destinations.VERIFY: TimerWork(tasks.send_code)},
    periodic=(
        Periodic("alerts.sweep", _SWEEP_SECONDS, tasks.sweep),
        Periodic("alerts.deliver", _DELIVER_SECONDS, sending.deliver),
        Periodic("alerts.reconcile", _RECONCILE_SECONDS, tasks.reconcile),
    ),
)
