"""What retention offers."""

from retinue.core.feature import Feature, Periodic
from retinue.retention import tasks

_DELETE_SECONDS = 3600

feature = Feature(
    name="retention",
    routers=("retinue.retention.routes",),
    periodic=(Periodic("retention.delete_expired", _DELETE_SECONDS, tasks.delete_expired),),
)
