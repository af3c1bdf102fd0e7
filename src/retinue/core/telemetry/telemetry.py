"""What a process counts about itself, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).

One registry a process, in its resources. Counters live in memory and cost well under a microsecond; what only the database
knows is asked for when someone reads the metrics, once in ten seconds at most. Labels are bounded: routes, statuses, kinds
and error codes, never ids; ids of organizations only where a setting asks for them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from retinue import __version__

FAST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Buckets for what the platform does itself."""
SLOW_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Buckets for what models and tools do."""
_CACHE_SECONDS = 10.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Look = Callable[[], Awaitable[None]]
"""Sets gauges to what the database says at present."""


class Instruments(Protocol):
    """The instruments of a package: a class that makes them in a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments."""
        ...


InstrumentsT = TypeVar("InstrumentsT", bound=Instruments)


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as a reader of the documentation needs it."""

    name: str
    type: str
    labels: tuple[str, ...]
    text: str


class Telemetry:
    """The instruments of one process."""

    def __init__(self) -> None:
        """Make a registry of its own, so that two processes in one interpreter (tests) do not meet."""
        disable_created_metrics()
        self.registry = CollectorRegistry()
        self._parts: dict[type[Any], Any] = {}
        self._looks: list[Look] = []
        self._looked_at = float("-inf")
        self._turn = asyncio.Lock()
        ProcessCollector(registry=self.registry)
        build = Gauge("retinue_build_info", "The version that runs; always 1.", ("version",), registry=self.registry)
        build.labels(__version__).set(1)
        self._requests = Counter(
            "retinue_http_requests", "HTTP requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._request_seconds = Histogram(
            "retinue_http_request_seconds",
            "Time from a request to the start of its answer.",
            ("method", "route"),
            buckets=FAST_SECONDS,
            registry=self.registry,
        )
        self.open_streams = Gauge("retinue_open_streams", "Event streams that are being read.", registry=self.registry)

    def of(self, kind: type[InstrumentsT]) -> InstrumentsT:
        """Return the process's instruments of a class; the first to ask makes them."""
        part: InstrumentsT | None = self._parts.get(kind)
        if part is None:
            part = self._parts[kind] = kind(self.registry)
        return part

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered HTTP request. ``route`` is the path's pattern, never the path itself."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._request_seconds.labels(known, route).observe(seconds)

    def look(self, look: Look) -> None:
        """Call ``look`` before the metrics are read, once in ten seconds at most."""
        self._looks.append(look)

    async def render(self) -> bytes:
        """Write the present value of every instrument."""
        async with self._turn:
            if time.monotonic() - self._looked_at >= _CACHE_SECONDS:
                for look in self._looks:
                    await look()
                self._looked_at = time.monotonic()
        return generate_latest(self.registry)

    def describe(self) -> list[Described]:
        """Return every metric, by name."""
        found: list[Described] = []
        for collector in self.registry._collector_to_names:  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 - no public way
            for metric in collector.collect():
                named = set(getattr(collector, "_labelnames", ())) | {
                    label for sample in metric.samples for label in sample.labels if label != "le"
                }
                name = f"{metric.name}_total" if metric.type == "counter" else metric.name
                found.append(Described(name, metric.type, tuple(sorted(named)), metric.documentation))
        return sorted(found, key=lambda each: each.name)
