"""Members over HTTP."""

from fastapi import APIRouter, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.ids import UserId
from retinue.identity.organizations.members import service
from retinue.identity.organizations.members.schemas import UpdateMember
from retinue.identity.organizations.members.types import Member

router = APIRouter(prefix="/members", tags=["members"])


@router.get("")
async def list_members(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[Member]:
    """List the organization's members, longest membership first."""
    async with open_context(request) as ctx:
        return await service.list_members(ctx, limit, cursor)


@router.patch("/{user_id}")
async def update_member(request: Request, user_id: UserId, body: UpdateMember) -> Member:
    """Change a member's role. Requires every permission of the new role. Only owners can change owners, except the last."""
    async with open_context(request) as ctx:
        return await service.update_role(ctx, user_id, body.role)


@router.delete("/{user_id}", status_code=204)
async def remove_member(request: Request, user_id: UserId) -> None:
    """Remove a member, or leave the organization. The member's API keys are revoked and their open invitations deleted."""
    async with open_context(request) as ctx:
        await service.remove(ctx, user_id)
