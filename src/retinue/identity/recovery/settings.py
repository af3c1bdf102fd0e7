"""Settings of account recovery."""

from pydantic import Field

from retinue.core.settings import Settings


class RecoverySettings(Settings):
    """How long password reset links are valid."""

    password_reset_hours: int = Field(
        default=24, ge=1, le=168, description="Hours after which a password reset link expires."
    )
