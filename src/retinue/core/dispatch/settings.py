"""Settings of dispatch."""

from pydantic import Field

from retinue.core.settings import Settings


class DispatchSettings(Settings):
    """How workers claim jobs and how a dead worker is noticed."""

    worker_concurrency: int = Field(default=500, ge=1, le=5000, description="Runs that one worker carries at a time.")
    worker_heartbeat_seconds: float = Field(
        default=3, gt=0, description="Seconds between two signs of life of a worker; a third more while it has no runs."
    )
    worker_stall_seconds: float = Field(
        default=10,
        gt=0,
        description="Seconds without a sign of life after which a worker's runs go on elsewhere; at least three heartbeats."
        " That a process is gone is noticed by the workers on its machine within a second.",
    )
    worker_grace_seconds: float = Field(
        default=10, ge=0, description="Seconds that running runs are given to end when a worker is stopped."
    )
    worker_poll_seconds: float = Field(
        default=60,
        gt=0,
        description="Seconds between two looks for runs to begin when nothing tells of any. The look for pending work, every"
        " five seconds, does.",
    )
