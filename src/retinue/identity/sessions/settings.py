"""Settings of sessions and of guessing at passwords."""

from pydantic import Field

from retinue.core.settings import Settings


class SessionSettings(Settings):
    """How long sessions live, and how attempts to sign in are slowed down."""

    session_idle_days: int = Field(default=14, ge=1, le=365, description="Days after which an unused session ends.")
    session_max_days: int = Field(default=90, ge=1, le=3650, description="Days after which any session ends.")
    sign_in_free_failures: int = Field(
        default=5, ge=1, le=1000, description="Failures of one address at one account before attempts must wait."
    )
    sign_in_failures_per_ip: int = Field(
        default=100, ge=1, le=1000000, description="Failures of one address at any accounts in an hour before it must wait."
    )
    sign_in_failure_ms: int = Field(
        default=400,
        ge=0,
        le=10000,
        description="Milliseconds a failed attempt takes at least, so that its time tells nothing.",
    )
