"""Account recovery over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from retinue.core.http import csrf
from retinue.core.http.context import actor_of, database_of, open_context, visitor_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.ids import UserId
from retinue.identity.recovery import service
from retinue.identity.recovery.schemas import ResetPassword
from retinue.identity.recovery.types import IssuedPasswordReset, PasswordResetState

router = APIRouter(tags=["auth"])


@router.post("/users/{user_id}/password-reset", status_code=201)
async def create_password_reset(request: Request, user_id: UserId) -> IssuedPasswordReset:
    """Create a link to set a new password. It is sent to the person if there is a mail server, and returned only here.

    For superusers, and for owners and admins whose member belongs to no other organization.
    """
    return await service.create_password_reset(database_of(request), await actor_of(request), user_id)


@router.delete("/users/{user_id}/two-factor", status_code=204)
async def reset_two_factor(request: Request, user_id: UserId) -> None:
    """Remove a person's lost second factor. For superusers, and for owners whose member belongs to no other organization."""
    async with open_context(request) as ctx:
        await service.reset_two_factor(ctx, user_id)


@router.get("/auth/password-reset")
@open_to_anyone
async def check_password_reset(request: Request, token: Annotated[str, Query(max_length=200)]) -> PasswordResetState:
    """Return whether a password reset link is valid. Requires no authentication."""
    return await service.check_password_reset(database_of(request), visitor_of(request), token)


@router.post("/auth/password-reset", status_code=204, dependencies=[Depends(csrf.check_origin)])
@open_to_anyone
async def reset_password(request: Request, body: ResetPassword) -> None:
    """Set a new password by a link, once. Every session of the person ends."""
    await service.reset_password(database_of(request), visitor_of(request), body.token, body.new_password)
