"""Sending points to InfluxDB in batches, as often as it takes: at least once, by one process at a time.

A point is queued in the transaction that writes it and leaves the queue when InfluxDB has answered. What a
worker that died had sent is sent again; InfluxDB takes a point of the same series and time for the same one.
"""

from collections.abc import Sequence
from datetime import timedelta

from retinue.core.db.database import Database
from retinue.core.ids import new_id
from retinue.core.logging import get_logger
from retinue.integrations.influxdb import repository, sending, writing
from retinue.integrations.influxdb.instruments import InfluxInstruments
from retinue.integrations.influxdb.sending import Influx, PointsNotSentError, PointsRefusedError
from retinue.integrations.influxdb.settings import InfluxSettings
from retinue.integrations.influxdb.types import QueuedPoint

SECONDS = 2.0
TRIM_SECONDS = 60.0
_BATCH = 5000
_HOLD = timedelta(seconds=45)
"""Without a sign of life for so long, another process sends. An answer is waited for at most 10 seconds."""
_log = get_logger(__name__)


class Prepared:
    """Whether this process has seen to the retention of InfluxDB."""

    def __init__(self) -> None:
        """Begin as one that has not."""
        self.is_done = False


async def forward(database: Database) -> None:
    """Send what waits. Every worker attempts it; it may be repeated."""
    settings = database.resources.settings_of(InfluxSettings)
    if not settings.influxdb_url:
        return
    await repository.use(database, timedelta(hours=settings.influxdb_buffer_hours))
    holder = new_id()
    points = await repository.claim(database, holder, _BATCH, _HOLD)
    if not points:
        await repository.release(database, holder)
        return
    instruments = database.resources.telemetry.of(InfluxInstruments)
    sentence, delay = None, None
    try:
        async with sending.opened(settings) as influx:
            await _prepare(database, influx)
            while points:
                refused = await _send(influx, points)
                await repository.complete(database, holder, [each.id for each in points], refused)
                instruments.count(len(points) - refused, refused)
                points = await repository.claim(database, holder, _BATCH, _HOLD)
    except PointsNotSentError as error:
        sentence, delay = error.detail, error.delay
        instruments.count_failure()
        _log.warning("influxdb.not_sent", error=sentence)
    finally:
        await repository.release(database, holder, sentence, delay)


async def trim(database: Database) -> None:
    """Drop points that InfluxDB has not received in time, also one that is no longer set. It may be repeated."""
    settings = database.resources.settings_of(InfluxSettings)
    dropped = await repository.trim(
        database, timedelta(hours=settings.influxdb_buffer_hours), settings.influxdb_buffer_points
    )
    if dropped:
        database.resources.telemetry.of(InfluxInstruments).count(0, dropped)
        _log.warning("influxdb.dropped", points=dropped)


async def _prepare(database: Database, influx: Influx) -> None:
    state = database.resources.part(Prepared, Prepared)
    if not state.is_done:
        await influx.prepare()
        state.is_done = True


async def _send(influx: Influx, points: Sequence[QueuedPoint]) -> int:
    """Send points; return how many are refused. A batch that is refused is sent in halves, so that one costs no other."""
    try:
        await influx.write(writing.lines_of(points))
    except PointsRefusedError as error:
        if len(points) == 1:
            _log.error("influxdb.point_refused", metric_type=points[0].metric_type, error=error.detail)
            return 1
        middle = len(points) // 2
        return await _send(influx, points[:middle]) + await _send(influx, points[middle:])
    return 0
