"""What notifications offer."""

from retinue.budgets.events import EXHAUSTED, WARNING
from retinue.core.feature import Feature, Periodic
from retinue.core.outbox import Listener
from retinue.core.timers import TimerHandler
from retinue.deployments.events import DEPLOYED
from retinue.identity.api_keys.service import RATE_LIMIT_NEAR
from retinue.notifications import permissions, service, tasks
from retinue.runs.approvals import service as approvals
from retinue.runs.endpoints.events import DISABLED

_EMAIL_SECONDS = 15
_DELETE_SECONDS = 3600

feature = Feature(
    name="notifications",
    routers=("retinue.notifications.routes", "retinue.notifications.routes_unsubscribe"),
    permissions=permissions.ALL,
    listens={
        "run.failed": Listener(tasks.note_failed_run),
        approvals.REQUESTED: Listener(tasks.note_approval),
        approvals.DECIDED: Listener(tasks.note_decided),
        DEPLOYED: Listener(tasks.note_deployed),
        RATE_LIMIT_NEAR: Listener(tasks.note_rate_limit),
        WARNING: Listener(tasks.note_budget),
        EXHAUSTED: Listener(tasks.note_budget),
        DISABLED: Listener(tasks.note_webhook),
    },
    timers={service.AWAKEN: TimerHandler(service.awaken)},
    periodic=(
        Periodic("notifications.send_emails", _EMAIL_SECONDS, tasks.send_emails, when_pending=True),
        Periodic("notifications.delete_expired", _DELETE_SECONDS, tasks.delete_expired),
    ),
)
