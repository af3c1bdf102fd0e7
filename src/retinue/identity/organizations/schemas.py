"""What comes in over the wire about organizations."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body, Change
from retinue.identity.organizations.rules import SLUG_PATTERN

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(max_length=63, pattern=SLUG_PATTERN)]


class CreateOrganization(Body):
    """A new organization; without a slug one is made of the name."""

    name: Name
    slug: Slug | None = None


class UpdateOrganization(Change):
    """Fields to change. Omitted fields are not changed."""

    name: Name | None = None
    slug: Slug | None = None
    max_concurrent_runs: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Maximum number of running runs. Additional runs are queued."
    )
    run_retention_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        default=None,
        description="Retention in days of finished runs, waiting runs and messages.",
    )
    audit_retention_days: Annotated[int, Field(ge=30, le=3650)] | None = Field(
        default=None, description="Retention of audit log entries in days."
    )
    require_two_factor: bool | None = Field(
        default=None, description="Members must set up two-factor authentication before they can use the organization."
    )
    plan: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="The plan of the organization. For superusers."
    )
