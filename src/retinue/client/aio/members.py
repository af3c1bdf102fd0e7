"""Operations of members, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
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


class AsyncMembersApi(AsyncResource):
    """Operations of members."""

    async def list_invitations(self, *, limit: int | None = None, cursor: str | None = None) -> InvitationPage:
        """List the organization's open invitations, newest first."""
        return await self._connection.json("GET", "/invitations", query={"limit": limit, "cursor": cursor})

    def iterate_invitations(self, *, limit: int | None = None) -> AsyncIterator[Invitation]:
        """Iterate over what ``list_invitations`` lists, page after page."""
        return self._connection.items("/invitations", query={"limit": limit})

    async def create_invitation(self, **body: Unpack[CreateInvitation]) -> IssuedInvitation:
        """Invite an e-mail address."""
        return await self._connection.json("POST", "/invitations", body=body)

    async def accept_invitation(self, **body: Unpack[AcceptInvitation]) -> Session:
        """Accept an invitation: as the person who is signed in, or with `full_name` and `password` for a new …"""
        return await self._connection.json("POST", "/invitations/accept", body=body)

    async def preview_invitation(self, *, token: str) -> InvitationPreview:
        """Return what an invitation is for. Requires no authentication."""
        return await self._connection.json("GET", "/invitations/preview", query={"token": token})

    async def delete_invitation(self, invitation_id: str, /) -> None:
        """Revoke an invitation. Its link is no longer valid."""
        await self._connection.nothing("DELETE", path("invitations", invitation_id))

    async def list(self, *, limit: int | None = None, cursor: str | None = None) -> MemberPage:
        """List the organization's members, longest membership first."""
        return await self._connection.json("GET", "/members", query={"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> AsyncIterator[Member]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/members", query={"limit": limit})

    async def update(self, user_id: str, /, **body: Unpack[UpdateMember]) -> Member:
        """Change a member's role."""
        return await self._connection.json("PATCH", path("members", user_id), body=body)

    async def remove(self, user_id: str, /) -> None:
        """Remove a member, or leave the organization."""
        await self._connection.nothing("DELETE", path("members", user_id))
