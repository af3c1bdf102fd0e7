"""Organizations, as all see them and as their members do."""

from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import OrganizationId, UserId


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant. ``max_concurrent_runs``: 1 to 100,000.

    ``run_retention_days``: how long runs that are over or wait, and messages, are kept, 1 to 3,650.
    ``audit_retention_days``: the same for the audit log, 30 to 3,650.
    ``require_two_factor``: members without a second factor have no permissions here; API keys are not affected.
    """

    id: OrganizationId
    name: str
    slug: str
    plan: str
    created_by: UserId | None
    max_concurrent_runs: int
    run_retention_days: int
    audit_retention_days: int
    require_two_factor: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OwnOrganization:
    """An organization one belongs to, and as what."""

    id: OrganizationId
    name: str
    slug: str
    plan: str
    role: str


@dataclass(frozen=True, slots=True)
class OrganizationChange:
    """What an admin changes; None leaves a field."""

    name: str | None = None
    slug: str | None = None
    max_concurrent_runs: int | None = None
    run_retention_days: int | None = None
    audit_retention_days: int | None = None
    require_two_factor: bool | None = None
