"""What a process tells of its connections to the database: the pool's figures, and the skew of its clock."""

from collections.abc import Iterator

from prometheus_client import Gauge, Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from retinue.core.clock import DatabaseClock
from retinue.core.db.pools import Pool
from retinue.core.telemetry.telemetry import Telemetry


class PoolCollector(Collector):
    """Reads a pool's figures when the metrics are read."""

    def __init__(self, pool: Pool) -> None:
        """Take the pool."""
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        """Return the pool's figures."""
        stats = self._pool.get_stats()
        size, idle = stats.get("pool_size", 0), stats.get("pool_available", 0)
        connections = GaugeMetricFamily("retinue_db_pool_connections", "Open database connections.", labels=("state",))
        connections.add_metric(("in_use",), size - idle)
        connections.add_metric(("idle",), idle)
        yield connections
        limit = "Database connections that this process may open."
        yield GaugeMetricFamily("retinue_db_pool_max_connections", limit, stats.get("pool_max", 0))
        waiting = "Requests that wait for a database connection."
        yield GaugeMetricFamily("retinue_db_pool_waiting_requests", waiting, stats.get("requests_waiting", 0))
        taken = "Times a database connection was taken from the pool."
        yield CounterMetricFamily("retinue_db_pool_requests", taken, stats.get("requests_num", 0))
        seconds = "Time for which connections were in use."
        yield CounterMetricFamily("retinue_db_pool_use_seconds", seconds, stats.get("usage_ms", 0) / 1000)
        refused = "Requests that got no database connection in time."
        yield CounterMetricFamily("retinue_db_pool_timeouts", refused, self._pool.timeouts)


def instrument(telemetry: Telemetry, pool: Pool, clock: DatabaseClock) -> None:
    """Add the pool's figures and the clock's skew to what a process tells."""
    telemetry.registry.register(PoolCollector(pool))
    skew = "How far the machine's clock is ahead of the database's; negative when it is behind."
    Gauge("retinue_clock_skew_seconds", skew, registry=telemetry.registry).set_function(lambda: clock.skew_seconds)
