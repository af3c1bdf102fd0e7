"""What runs offer."""

from retinue.core.feature import Feature, Periodic
from retinue.runs import permissions, service, tasks
from retinue.runs.instruments import RunInstruments, look
from retinue.runs.node_results import service as node_results

_RECONCILE_SECONDS = 20
_WAKE_SECONDS = 5
_DELETE_SECONDS = 3600

feature = Feature(
    name="runs",
    routers=(
        "retinue.runs.routes",
        "retinue.runs.routes_records",
        "retinue.runs.routes_feedback",
        "retinue.runs.routes_teams",
        "retinue.runs.tool_calls.routes",
        "retinue.runs.routes_workflows",
    ),
    permissions=permissions.ALL,
    organization_stopped=(service.cancel_some,),
    file_folders=("runs",),
    periodic=(
        Periodic("runs.wake", _WAKE_SECONDS, tasks.wake, when_pending=True),
        Periodic("runs.reconcile", _RECONCILE_SECONDS, tasks.reconcile, when_pending=True),
        Periodic("runs.delete_expired", _DELETE_SECONDS, tasks.delete_expired),
        Periodic("runs.delete_node_results", _DELETE_SECONDS, node_results.delete_expired),
    ),
    instruments=(RunInstruments,),
    looks=(look,),
)
