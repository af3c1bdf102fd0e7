"""Documents of members. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from retinue.client.types.common import Role

__all__ = [
    "AcceptInvitation",
    "CreateInvitation",
    "Invitation",
    "InvitationPage",
    "InvitationPreview",
    "IssuedInvitation",
    "Member",
    "MemberPage",
    "MemberUser",
    "UpdateMember",
]


class AcceptInvitation(TypedDict):
    """The token; and, for an address without an account, who the person is and the password to sign in with."""

    full_name: NotRequired[str | None]
    password: NotRequired[str | None]
    token: str


class CreateInvitation(TypedDict):
    """Whom to invite, and as what."""

    email: str
    role: Role


class Invitation(TypedDict):
    """A pending invitation."""

    created_at: str
    email: str
    expires_at: str
    id: str
    invited_by: str | None
    role: str


class InvitationPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Invitation]
    next_cursor: str | None


class InvitationPreview(TypedDict):
    """What the bearer of an invitation's token is shown."""

    email: str
    expires_at: str
    has_account: bool
    invitation_id: str
    invited_by_name: str | None
    organization_id: str
    organization_name: str
    role: str


class IssuedInvitation(TypedDict):
    """A new invitation with the link that accepts it, which is shown this once; only its hash is stored."""

    accept_url: str
    created_at: str
    email: str
    emailed: NotRequired[bool | None]
    expires_at: str
    id: str
    invited_by: str | None
    role: str


class MemberUser(TypedDict):
    """What other members see of a person."""

    avatar_url: str | None
    email: str
    full_name: str
    has_two_factor: bool
    id: str
    username: str


class Member(TypedDict):
    """A person's membership in the organization."""

    granted_at: str
    granted_by: str | None
    role: str
    user: MemberUser


class MemberPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Member]
    next_cursor: str | None


class UpdateMember(TypedDict):
    """The new role."""

    role: Role
