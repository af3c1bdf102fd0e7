"""Who belongs to an organization, and as what."""

from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import UserId


@dataclass(frozen=True, slots=True)
class MemberUser:
    """What other members see of a person."""

    id: UserId
    email: str
    full_name: str
    username: str
    avatar_url: str | None
    has_two_factor: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person's membership in the organization."""

    user: MemberUser
    role: str
    granted_by: UserId | None
    granted_at: datetime
