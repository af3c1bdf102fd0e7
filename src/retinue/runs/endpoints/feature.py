"""What webhooks offer."""

from retinue.core.feature import Feature
from retinue.core.outbox import Listener
from retinue.core.timers import TimerWork
from retinue.runs.endpoints import permissions, sending, service
from retinue.runs.endpoints.types import RunEnd

_LEASE_SECONDS = 30.0

feature = Feature(
    name="webhooks",
    routers=("retinue.runs.endpoints.routes",),
    permissions=permissions.ALL,
    listens={each.value: Listener(service.note_end) for each in RunEnd},
    timers={sending.SEND: TimerWork(sending.on_due, lease_seconds=_LEASE_SECONDS)},
)
