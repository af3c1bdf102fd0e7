"""Settings of the audit log."""

from pydantic import Field

from retinue.core.settings import Settings


class AuditSettings(Settings):
    """How long entries of no organization are kept; each organization sets it for its own."""

    installation_audit_retention_days: int = Field(
        default=365,
        ge=30,
        le=3650,
        description="Days after which audit entries of no organization are deleted, such as failed sign-ins.",
    )
