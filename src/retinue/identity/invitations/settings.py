"""Settings of invitations."""

from pydantic import Field

from retinue.core.settings import Settings


class InvitationSettings(Settings):
    """How long invitations are good."""

    invitation_days: int = Field(default=7, ge=1, le=90, description="Days after which an invitation expires.")
