"""Sessions: the rows, what a token stands for, and the credential that is handed out once."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import OrganizationId, UserId
from retinue.identity.organizations.types import OwnOrganization
from retinue.identity.users.types import User


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One signed-in browser of a person."""

    id: uuid.UUID
    created_at: datetime
    last_seen_at: datetime
    user_agent: str | None
    ip: str | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a live session's token stands for; no organization when the person belongs to none (or not to the wanted one).

    ``is_noted``: this look-up noted that the session was seen, which happens at most once a minute.
    ``needs_two_factor``: the organization requires a second factor that the person has not set up.
    """

    session_id: uuid.UUID
    user_id: UserId
    organization_id: OrganizationId | None
    role: str | None
    is_superuser: bool
    is_noted: bool
    needs_two_factor: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: its token leaves in a cookie and is stored nowhere."""

    id: uuid.UUID
    token: str
    user_id: UserId
    organization_id: OrganizationId | None
    max_age_seconds: int


@dataclass(frozen=True, slots=True)
class Instance:
    """The installation. ``is_claimed``: someone has an account."""

    version: str
    is_claimed: bool


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, where, and what they may do there. ``csrf_token`` belongs into ``X-CSRF-Token`` of unsafe requests.

    ``needs_two_factor``: the organization requires two-factor authentication, which the person has not set up; until then
    they have no permissions there.
    """

    user: User
    organizations: list[OwnOrganization]
    organization_id: OrganizationId | None
    role: str | None
    permissions: list[str]
    needs_two_factor: bool
    csrf_token: str
    instance: Instance
