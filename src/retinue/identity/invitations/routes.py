"""Invitations over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from retinue.core.context import Actor
from retinue.core.db.pages import Page
from retinue.core.http import csrf
from retinue.core.http.context import actor_of, database_of, open_context, visitor_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.identity.invitations import service
from retinue.identity.invitations.schemas import Accept, Invite
from retinue.identity.invitations.types import Invitation, InvitationPreview, IssuedInvitation, NewAccount
from retinue.identity.sessions import service as sessions
from retinue.identity.sessions.errors import SessionExpiredError
from retinue.identity.sessions.types import Session

router = APIRouter(prefix="/invitations", tags=["members"])


@router.get("")
async def list_invitations(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[Invitation]:
    """List the organization's open invitations, newest first."""
    async with open_context(request) as ctx:
        return await service.list_open(ctx, limit, cursor)


@router.post("", status_code=201)
async def create_invitation(request: Request, body: Invite) -> IssuedInvitation:
    """Invite an e-mail address. The link is sent there if there is a mail server, and returned only in this response."""
    return await service.create_and_send(database_of(request), await actor_of(request), body.email, body.role)


@router.get("/preview")
@open_to_anyone
async def preview_invitation(request: Request, token: Annotated[str, Query(max_length=200)]) -> InvitationPreview:
    """Return what an invitation is for. Requires no authentication."""
    async with database_of(request).context(visitor_of(request)) as ctx:
        return await service.preview(ctx, token)


@router.post("/accept")
@open_to_anyone
async def accept_invitation(request: Request, response: Response, body: Accept) -> Session:
    """Accept an invitation: as the person who is signed in, or with `full_name` and `password` for a new account."""
    database, actor = database_of(request), await _actor_or_visitor(request)
    account = NewAccount(body.full_name, body.password) if body.full_name and body.password else None
    opened = await service.accept(database, actor, body.token, account)
    token = opened.token if opened else request.cookies[csrf.SESSION_COOKIE]
    if opened:
        csrf.set_cookies(request, response, token, max_age_seconds=opened.max_age_seconds)
    joined = await sessions.identify(database, token, None, visitor_of(request))
    async with database.context(joined) as ctx:
        return await sessions.describe(ctx, csrf.token_of(token))


@router.delete("/{invitation_id}", status_code=204)
async def delete_invitation(request: Request, invitation_id: uuid.UUID) -> None:
    """Revoke an invitation. Its link is no longer valid."""
    async with open_context(request) as ctx:
        await service.delete(ctx, invitation_id)


async def _actor_or_visitor(request: Request) -> Actor:
    """Take a browser that still holds a session of long ago for nobody's: its cookie is out of its own reach."""
    try:
        return await actor_of(request)
    except SessionExpiredError:
        return visitor_of(request)
