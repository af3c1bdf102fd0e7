"""Settings of sessions and of guessing at passwords."""

from pydantic import Field

from retinue.core.http.limits import GuessLimits
from retinue.core.settings import Settings


class SessionSettings(Settings):
    """How long sessions live, and how attempts to sign in are slowed down."""

    session_idle_days: int = Field(default=14, ge=1, le=365, description="Days after which an unused session ends.")
    session_max_days: int = Field(default=90, ge=1, le=3650, description="Days after which any session ends.")
    sign_in_free_attempts: int = Field(
        default=5, ge=1, le=1000, description="Failed attempts of one address at one account before the next must wait."
    )
    sign_in_attempts_per_ip: int = Field(
        default=100, ge=1, le=1000000, description="Failed attempts of one address at any accounts, per hour."
    )
    sign_in_failure_ms: int = Field(
        default=400,
        ge=0,
        le=10000,
        description="Milliseconds a failed attempt takes at least, so that its time tells nothing.",
    )

    def guess_limits(self) -> GuessLimits:
        """Return the limits on guessing at passwords."""
        return GuessLimits(self.sign_in_free_attempts, self.sign_in_attempts_per_ip)
