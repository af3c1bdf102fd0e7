"""What deployments offer."""

from retinue.agents.service import SAVED as AGENT_SAVED
from retinue.core.feature import Feature, Periodic
from retinue.core.outbox import Listener
from retinue.core.timers import TimerHandler, TimerWork
from retinue.deployments import chatting, permissions, service, tasks
from retinue.teams.service import SAVED as TEAM_SAVED
from retinue.workflows.service import SAVED as WORKFLOW_SAVED

_DELETE_SECONDS = 3600

feature = Feature(
    name="deployments",
    routers=(
        "retinue.deployments.routes",
        "retinue.deployments.routes_called",
        "retinue.deployments.routes_chat",
    ),
    pages=("retinue.deployments.routes_page",),
    permissions=permissions.ALL,
    listens={each: Listener(tasks.note_saved) for each in (AGENT_SAVED, TEAM_SAVED, WORKFLOW_SAVED)},
    timers={service.DEPLOY: TimerWork(tasks.deploy), tasks.DEPLOY_CHANGE: TimerHandler(tasks.deploy_change)},
    periodic=(Periodic("deployments.delete_visitors", _DELETE_SECONDS, chatting.delete_expired),),
)
