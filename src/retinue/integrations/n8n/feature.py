"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.core.outbox import Listener
from retinue.core.timers import TimerWork
from retinue.integrations.n8n import following, permissions, resuming

_RECONCILE_SECONDS = 60

feature = Feature(
    name="n8n",
    routers=("retinue.integrations.n8n.routes", "retinue.integrations.n8n.routes_runs"),
    permissions=permissions.ALL,
    timers={
        following.FOLLOW: TimerWork(following.follow),
        following.LIST: TimerWork(following.look_at_list),
        resuming.RESUME: TimerWork(resuming.send),
    },
    listens={
        "run.completed": Listener(resuming.note_end),
        "run.failed": Listener(resuming.note_end),
        "run.cancelled": Listener(resuming.note_end),
    },
    periodic=(Periodic("n8n.reconcile", _RECONCILE_SECONDS, following.reconcile, when_pending=True),),
)
