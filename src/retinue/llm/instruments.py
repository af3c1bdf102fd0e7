"""What a process counts of model calls."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from retinue.core.telemetry.telemetry import SLOW_SECONDS
from retinue.llm.types import ProviderKind

_KIND = ("provider_kind",)
OK, CANCELLED, BROKEN = "ok", "cancelled", "error"


class ModelInstruments:
    """Counts calls by the provider's kind and outcome: ok, cancelled, or the code of the error."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments."""
        self._calls = Counter(
            "retinue_model_calls",
            "Model calls ended; outcome is ok, cancelled or the error's code.",
            (*_KIND, "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "retinue_model_call_seconds", "Duration of model calls.", _KIND, buckets=SLOW_SECONDS, registry=registry
        )
        self._first_token_seconds = Histogram(
            "retinue_model_first_token_seconds",
            "Time to the first token of an answer.",
            _KIND,
            buckets=SLOW_SECONDS,
            registry=registry,
        )
        for kind in ProviderKind:
            self._calls.labels(str(kind), OK)
            self._seconds.labels(str(kind))
            self._first_token_seconds.labels(str(kind))

    def count(self, kind: ProviderKind, outcome: str, seconds: float) -> None:
        """Count a call."""
        self._calls.labels(str(kind), outcome).inc()
        self._seconds.labels(str(kind)).observe(seconds)

    def count_first_token(self, kind: ProviderKind, milliseconds: float) -> None:
        """Count when the first token of a call arrived."""
        self._first_token_seconds.labels(str(kind)).observe(milliseconds / 1000)
