"""What the deletion of organizations offers."""

from retinue.core.feature import Feature, Periodic
from retinue.core.outbox import Listener
from retinue.identity.deletions import service, tasks
from retinue.identity.deletions.settings import DeletionSettings

_ERASE_SECONDS = 15
_SWEEP_SECONDS = 3600

feature = Feature(
    name="deletions",
    routers=("retinue.identity.deletions.routes",),
    settings=(DeletionSettings,),
    listens={service.REQUESTED: Listener(tasks.stop_work)},
    periodic=(
        Periodic("deletions.erase", _ERASE_SECONDS, tasks.erase, when_pending=True),
        Periodic("deletions.sweep_files", _SWEEP_SECONDS, tasks.sweep_files),
    ),
)
