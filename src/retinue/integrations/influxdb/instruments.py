"""What a process counts of points that leave for InfluxDB, and how many wait."""

import asyncio

import psycopg
from prometheus_client import CollectorRegistry, Counter, Gauge
from psycopg_pool import PoolTimeout

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.integrations.influxdb import repository
from retinue.integrations.influxdb.settings import InfluxSettings

_log = get_logger(__name__)
_LOOK_SECONDS = 2.5


class InfluxInstruments:
    """Counters of this process, and gauges of the installation."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments; what is counted begins at zero."""
        self._points = Counter(
            "retinue_influxdb_points",
            "Points that InfluxDB received, and points that it never receives.",
            ("outcome",),
            registry=registry,
        )
        self._failures = Counter(
            "retinue_influxdb_failures", "Attempts to send points to InfluxDB that failed.", registry=registry
        )
        self._waiting = Gauge(
            "retinue_influxdb_points_waiting", "Points that InfluxDB has yet to receive.", registry=registry
        )
        self._oldest = Gauge(
            "retinue_influxdb_oldest_seconds",
            "Age of the oldest point that InfluxDB has yet to receive; 0 for none.",
            registry=registry,
        )
        self.count(0, 0)

    def count(self, sent: int, dropped: int) -> None:
        """Count the points of a request."""
        self._points.labels("sent").inc(sent)
        self._points.labels("dropped").inc(dropped)

    def count_failure(self) -> None:
        """Count an attempt that failed."""
        self._failures.inc()

    def show(self, waiting: int, oldest_seconds: float) -> None:
        """Set the gauges."""
        self._waiting.set(waiting)
        self._oldest.set(oldest_seconds)


async def look(database: Database) -> None:
    """Ask how the destination stands, where there is one."""
    if not database.resources.settings_of(InfluxSettings).influxdb_url:
        return
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            standing = await repository.find_standing(database)
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        _log.warning("metrics.database_unreachable", error=str(error).strip() or type(error).__name__)
    else:
        if standing is not None:
            database.resources.telemetry.of(InfluxInstruments).show(standing.waiting, standing.oldest_seconds)
