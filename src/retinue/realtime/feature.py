"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.realtime import service
from retinue.realtime.settings import RealtimeSettings

feature = Feature(
    name="realtime",
    routers=("retinue.realtime.routes_endpoint",),
    pages=("retinue.realtime.routes", "retinue.realtime.routes_broadcast", "retinue.realtime.routes_auth"),
    settings=(RealtimeSettings,),
    periodic=(Periodic("realtime.delete_expired", 60.0, service.delete_expired, when_pending=True),),
)
"""`/realtime/v1` and `/auth/v1`, the paths of Supabase's clients, and where a person finds the URL and the key."""
