"""What a process counts of tool calls."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from retinue.core.telemetry.telemetry import SLOW_SECONDS

_TYPE = ("tool_type",)
OK, FAILED, UNKNOWN, CANCELLED = "ok", "error", "unknown", "cancelled"


class ToolInstruments:
    """Counts calls by the tool's type and outcome: ok, error, unknown (it may have taken effect), cancelled."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments."""
        self._calls = Counter(
            "retinue_tool_calls",
            "Tool calls ended; outcome is ok, error, unknown (it may have taken effect) or cancelled.",
            (*_TYPE, "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "retinue_tool_call_seconds", "Duration of tool calls.", _TYPE, buckets=SLOW_SECONDS, registry=registry
        )
        for outcome in (OK, FAILED, UNKNOWN, CANCELLED):
            self._calls.labels("api", outcome)
        self._seconds.labels("api")

    def count(self, tool_type: str, outcome: str, seconds: float) -> None:
        """Count a call of a tool of a type that is known here."""
        self._calls.labels(tool_type, outcome).inc()
        self._seconds.labels(tool_type).observe(seconds)
