"""What a process counts of exported traces, and how each destination stands."""

import asyncio

import psycopg
from prometheus_client import CollectorRegistry, Counter, Gauge
from psycopg_pool import PoolTimeout

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.integrations.tracing import repository
from retinue.integrations.tracing.settings import TracingSettings
from retinue.integrations.tracing.types import Destination

_log = get_logger(__name__)
_LOOK_SECONDS = 2.5


class TraceInstruments:
    """Counters of this process, and gauges of the installation's destinations."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments; what is counted begins at zero."""
        self._spans = Counter(
            "retinue_trace_spans",
            "Spans sent, and spans that the receiver refused.",
            ("destination", "outcome"),
            registry=registry,
        )
        self._failures = Counter(
            "retinue_trace_export_failures", "Attempts to export traces that failed.", ("destination",), registry=registry
        )
        self._dropped = Counter(
            "retinue_trace_runs_dropped",
            "Ended runs that a destination never receives: it refused them, or was away for too long.",
            ("destination",),
            registry=registry,
        )
        self._waiting = Gauge(
            "retinue_trace_runs_waiting",
            "Ended runs that a destination has yet to receive.",
            ("destination",),
            registry=registry,
        )
        self._oldest = Gauge(
            "retinue_trace_oldest_seconds",
            "Age of the oldest run that a destination has yet to receive; 0 for none.",
            ("destination",),
            registry=registry,
        )
        for name in Destination:
            self._failures.labels(name)
            self._dropped.labels(name)
            self.show(name, 0, 0.0)
            for outcome in ("sent", "rejected"):
                self._spans.labels(name, outcome)

    def count_spans(self, name: str, sent: int, rejected: int) -> None:
        """Count the spans of a request."""
        self._spans.labels(name, "sent").inc(sent)
        self._spans.labels(name, "rejected").inc(rejected)

    def count_failure(self, name: str) -> None:
        """Count an attempt that failed."""
        self._failures.labels(name).inc()

    def count_dropped(self, name: str, runs: int) -> None:
        """Count runs that a destination never receives."""
        self._dropped.labels(name).inc(runs)

    def show(self, name: str, waiting: int, oldest_seconds: float) -> None:
        """Set the gauges of a destination."""
        self._waiting.labels(name).set(waiting)
        self._oldest.labels(name).set(oldest_seconds)


async def look(database: Database) -> None:
    """Ask how the destinations stand, where there are any."""
    if not database.resources.settings_of(TracingSettings).targets:
        return
    instruments = database.resources.telemetry.of(TraceInstruments)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            for each in await repository.list_standing(database):
                instruments.show(each.name, each.waiting, each.oldest_seconds)
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        _log.warning("metrics.database_unreachable", error=str(error).strip() or type(error).__name__)
