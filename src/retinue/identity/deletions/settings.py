"""Settings of the deletion of organizations."""

from pydantic import Field

from retinue.core.settings import Settings


class DeletionSettings(Settings):
    """How long a deleted organization can be recovered."""

    organization_deletion_grace_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="Hours in which the deletion of an organization can be cancelled, unless the request says otherwise.",
    )
