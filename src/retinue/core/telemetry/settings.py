"""Settings of what a process tells a Prometheus server."""

from pydantic import Field, SecretStr

from retinue.core.settings import Settings


class TelemetrySettings(Settings):
    """Who may read ``/metrics``, and where a worker serves it."""

    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token that `/metrics` requires. Empty: only requests from the same machine are answered.",
    )
    metrics_by_organization: bool = Field(
        default=False,
        description="Whether runs, tokens and cost are also counted per organization, labelled with its id.",
    )
    worker_host: str = Field(
        default="127.0.0.1", description="Address on which a worker serves `/metrics`, `/healthz` and `/readyz`."
    )
    worker_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port on which a worker serves them. 0: none; with `retinue up` RETINUE_PORT + 1000 or any free one.",
    )
