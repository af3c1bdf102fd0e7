"""What other packages ask of the InfluxDB to which points are sent on."""

from enum import StrEnum
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.integrations.influxdb import sending
from retinue.integrations.influxdb.sending import PointsKeptError
from retinue.integrations.influxdb.settings import InfluxSettings

_log = get_logger(__name__)


class Forgotten(StrEnum):
    """What happened to points in InfluxDB: there is none, they are deleted, or it does not delete."""

    NOWHERE = "nowhere"
    DELETED = "deleted"
    KEPT = "kept"


async def forget(database: Database, tag: str, target: UUID) -> Forgotten:
    """Delete the points with a tag, ``agent_id`` or ``organization_id``; may be repeated.

    Raises ``PointsNotSentError`` while InfluxDB does not answer.
    """
    settings = database.resources.settings_of(InfluxSettings)
    if not settings.influxdb_url:
        return Forgotten.NOWHERE
    async with sending.opened(settings) as influx:
        try:
            await influx.delete(tag, str(target))
        except PointsKeptError as error:
            _log.warning("influxdb.not_deleted", error=error.detail)
            return Forgotten.KEPT
    return Forgotten.DELETED
