"""What a process counts about itself, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).

One registry a process, made at the entry point and handed down; a room adds its own instruments to it by hand.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Telemetry:
    """The instruments of one process."""

    def __init__(self) -> None:
        """Make a registry of its own, so that two processes in one interpreter (tests) do not meet."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "retinue_http_requests", "HTTP requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "retinue_http_request_seconds",
            "Time to the start of the answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.open_streams = Gauge("retinue_open_streams", "Event streams being read now.", registry=self.registry)

    def render(self) -> bytes:
        """Write every instrument's present value."""
        return generate_latest(self.registry)
