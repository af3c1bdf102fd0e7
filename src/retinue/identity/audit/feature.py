"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.identity.audit import permissions, tasks
from retinue.identity.audit.settings import AuditSettings

_DELETE_SECONDS = 3600

feature = Feature(
    name="audit",
    routers=("retinue.identity.audit.routes",),
    permissions=permissions.ALL,
    settings=(AuditSettings,),
    periodic=(Periodic("audit.delete_expired", _DELETE_SECONDS, tasks.delete_expired),),
)
