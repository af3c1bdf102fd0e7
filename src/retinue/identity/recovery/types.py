"""Password reset links, and whom they are for."""

from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import UserId


@dataclass(frozen=True, slots=True)
class IssuedPasswordReset:
    """A new link, shown this once; only the hash of its token is stored. It ends the person's earlier link.

    ``emailed``: whether it was sent to the person's address; null when no mail server is configured.
    """

    url: str
    email: str
    expires_at: datetime
    emailed: bool | None = None


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A valid link's person."""

    user_id: UserId
    email: str
    username: str
    full_name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordResetState:
    """Whether a link is valid now, and for whose sign-in."""

    valid: bool
    email: str | None


@dataclass(frozen=True, slots=True)
class Recoverable:
    """A person as seen by anyone who wants to help. ``role``: the one in the organization of the request, if any."""

    user_id: UserId
    email: str
    role: str | None
    organization_count: int
    is_superuser: bool
    has_two_factor: bool
