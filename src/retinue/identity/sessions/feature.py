"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.identity.sessions import service
from retinue.identity.sessions.settings import SessionSettings

feature = Feature(
    name="sessions",
    routers=("retinue.identity.sessions.routes",),
    settings=(SessionSettings,),
    organization_keys=(service.list_presence_keys,),
    periodic=(Periodic("sessions.delete_expired", 3600, service.delete_expired),),
)
