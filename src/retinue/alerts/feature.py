"""What alerts offer."""

from retinue.alerts import destinations, guarding, permissions, tasks, watch
from retinue.alerts.settings import AlertSettings
from retinue.budgets.events import EXHAUSTED
from retinue.core.feature import Feature, Periodic
from retinue.core.outbox import Listener
from retinue.core.timers import TimerHandler, TimerWork

_WORK_SECONDS = 1
_WAKE_SECONDS = 5
_PING_SECONDS = 60
_RECONCILE_SECONDS = 60
_DELETE_SECONDS = 3600

feature = Feature(
    name="alerts",
    routers=(
        "retinue.alerts.routes",
        "retinue.alerts.routes_channels",
        "retinue.alerts.routes_silences",
        "retinue.alerts.routes_unsubscribe",
    ),
    permissions=permissions.ALL,
    settings=(AlertSettings,),
    listens={
        "run.failed": Listener(tasks.note_failed_run, handle_all=tasks.note_failed_runs),
        EXHAUSTED: Listener(guarding.note_exhausted),
    },
    timers={destinations.VERIFY: TimerWork(tasks.send_code), watch.WAKE: TimerHandler(watch.on_wake)},
    periodic=(
        Periodic("alerts.work", _WORK_SECONDS, tasks.work),
        Periodic("alerts.wake", _WAKE_SECONDS, tasks.wake, when_pending=True),
        Periodic("alerts.ping", _PING_SECONDS, tasks.ping),
        Periodic("alerts.reconcile", _RECONCILE_SECONDS, tasks.reconcile, when_pending=True),
        Periodic("alerts.delete_expired", _DELETE_SECONDS, tasks.delete_expired),
    ),
)
