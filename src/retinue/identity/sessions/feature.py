"""What the room of sessions offers."""

from retinue.core.feature import Feature, Periodic
from retinue.identity.sessions import routes, service
from retinue.identity.sessions.settings import SessionSettings

feature = Feature(
    name="sessions",
    routers=(routes.router,),
    settings=(SessionSettings,),
    periodic=(Periodic("sessions.delete_expired", 3600, service.delete_expired),),
)
