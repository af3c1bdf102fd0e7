"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.integrations.tracing import exporting
from retinue.integrations.tracing.instruments import TraceInstruments, look
from retinue.integrations.tracing.settings import TracingSettings

_EXPORT_SECONDS = 2
_TRIM_SECONDS = 60

feature = Feature(
    name="tracing",
    routers=("retinue.integrations.tracing.routes",),
    settings=(TracingSettings,),
    periodic=(
        Periodic("traces.export", _EXPORT_SECONDS, exporting.export),
        Periodic("traces.trim", _TRIM_SECONDS, exporting.trim, when_pending=True),
    ),
    instruments=(TraceInstruments,),
    looks=(look,),
)
