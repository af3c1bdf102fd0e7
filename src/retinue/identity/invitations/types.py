"""Invitations, as the organization sees them and as their bearer does."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import OrganizationId, UserId


@dataclass(frozen=True, slots=True)
class Invitation:
    """A pending invitation."""

    id: uuid.UUID
    email: str
    role: str
    invited_by: UserId | None
    expires_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """A new invitation with the link that accepts it, which is shown this once; only its hash is stored.

    ``emailed``: whether the link was sent to the address; null when no mail server is configured.
    """

    id: uuid.UUID
    email: str
    role: str
    invited_by: UserId | None
    expires_at: datetime
    created_at: datetime
    accept_url: str
    emailed: bool | None = None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a person without an account says to accept an invitation."""

    full_name: str
    password: str

    def __repr__(self) -> str:
        """Leave the password out of every text."""
        return "NewAccount()"


@dataclass(frozen=True, slots=True)
class InvitationPreview:
    """What the bearer of an invitation's token is shown. ``has_account``: the address has one, so no password is asked."""

    invitation_id: uuid.UUID
    organization_id: OrganizationId
    organization_name: str
    email: str
    role: str
    invited_by_name: str | None
    expires_at: datetime
    has_account: bool
