"""What the package offers."""

from retinue.core.feature import Feature, Periodic
from retinue.integrations.influxdb import forwarding
from retinue.integrations.influxdb.instruments import InfluxInstruments, look
from retinue.integrations.influxdb.settings import InfluxSettings

feature = Feature(
    name="influxdb",
    settings=(InfluxSettings,),
    periodic=(
        Periodic("influxdb.forward", forwarding.SECONDS, forwarding.forward),
        Periodic("influxdb.trim", forwarding.TRIM_SECONDS, forwarding.trim, when_pending=True),
    ),
    instruments=(InfluxInstruments,),
    looks=(look,),
)
