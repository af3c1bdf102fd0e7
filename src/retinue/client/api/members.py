"""Operations of members. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.common_2 import Session
from retinue.client.types.members import (
    AcceptInvitation,
    CreateInvitation,
    Invitation,
    InvitationPage,
    InvitationPreview,
    IssuedInvitation,
    Member,
    MemberPage,
    UpdateMember,
)


class MembersApi(Resource):
    """Operations of members."""

    def list_invitations(self, *, limit: int | None = None, cursor: str | None = None) -> InvitationPage:
        """List the organization's open invitations, newest first."""
        return self._connection.json("GET", "/invitations", query={"limit": limit, "cursor": cursor})

    def iterate_invitations(self, *, limit: int | None = None) -> Iterator[Invitation]:
        """Iterate over what ``list_invitations`` lists, page after page."""
        return self._connection.items("/invitations", query={"limit": limit})

    def create_invitation(self, **body: Unpack[CreateInvitation]) -> IssuedInvitation:
        """Invite an e-mail address."""
        return self._connection.json("POST", "/invitations", body=body)

    def accept_invitation(self, **body: Unpack[AcceptInvitation]) -> Session:
        """Accept an invitation: as the person who is signed in, or with `full_name` and `password` for a new …"""
        return self._connection.json("POST", "/invitations/accept", body=body)

    def preview_invitation(self, *, token: str) -> InvitationPreview:
        """Return what an invitation is for. Requires no authentication."""
        return self._connection.json("GET", "/invitations/preview", query={"token": token})

    def delete_invitation(self, invitation_id: str, /) -> None:
        """Revoke an invitation. Its link is no longer valid."""
        self._connection.nothing("DELETE", path("invitations", invitation_id))

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> MemberPage:
        """List the organization's members, longest membership first."""
        return self._connection.json("GET", "/members", query={"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> Iterator[Member]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/members", query={"limit": limit})

    def update(self, user_id: str, /, **body: Unpack[UpdateMember]) -> Member:
        """Change a member's role."""
        return self._connection.json("PATCH", path("members", user_id), body=body)

    def remove(self, user_id: str, /) -> None:
        """Remove a member, or leave the organization."""
        self._connection.nothing("DELETE", path("members", user_id))
