"""Signing in and out, and your own sessions."""

import uuid

from fastapi import APIRouter, Depends, Request, Response

from retinue.core.db.pages import Page
from retinue.core.errors import UnauthenticatedError
from retinue.core.http import csrf
from retinue.core.http.context import actor_of, database_of, open_context, visitor_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.identity.sessions import service
from retinue.identity.sessions.schemas import EmailChange, PasswordChange, SignIn, Switch
from retinue.identity.sessions.types import Session, SessionRow
from retinue.identity.users.types import User

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/sign-in", dependencies=[Depends(csrf.check_origin)])
@open_to_anyone
async def sign_in(request: Request, response: Response, body: SignIn) -> Session:
    """Sign in with an e-mail address and a password; sets the session's cookies.

    For an account with two-factor authentication, 401 with the code `second_factor_required` asks for the same request with
    `code`: the six digits of the authenticator app, or a recovery code. Each code is accepted once.
    After several failures the next attempt must wait: 429 with `Retry-After`.
    """
    database = database_of(request)
    visitor = visitor_of(request)
    opened = await service.sign_in(database, body.email, body.password, visitor, body.code)
    before = request.cookies.get(csrf.SESSION_COOKIE)
    if before:
        await service.discard(database, before)
    actor = await service.identify(database, opened.token, None, visitor)
    csrf.set_cookies(request, response, opened.token, max_age_seconds=opened.max_age_seconds)
    async with database.context(actor) as ctx:
        return await service.describe(ctx, csrf.token_of(opened.token))


@router.get("/session")
async def get_session(request: Request) -> Session:
    """Return who is signed in, in which organization, and what the person may do there."""
    async with open_context(request) as ctx:
        service.require_session(ctx)
        return await service.describe(ctx, csrf.token_of(request.cookies[csrf.SESSION_COOKIE]))


@router.post("/sign-out", status_code=204)
async def sign_out(request: Request, response: Response) -> None:
    """End this session."""
    actor = await actor_of(request)
    if actor.session_id is None:
        raise UnauthenticatedError
    await service.end(database_of(request), actor, actor.session_id)
    csrf.clear_cookies(request, response)


@router.post("/sign-out-everywhere", status_code=204)
async def sign_out_everywhere(request: Request, response: Response) -> None:
    """End every session of the person, this one included."""
    await service.end_all(database_of(request), await actor_of(request))
    csrf.clear_cookies(request, response)


@router.post("/password", status_code=204)
async def change_password(request: Request, body: PasswordChange) -> None:
    """Change your password. All your other sessions end."""
    actor = await actor_of(request)
    await service.change_password(database_of(request), actor, body.current_password, body.new_password)


@router.post("/email")
async def change_email(request: Request, body: EmailChange) -> User:
    """Change your e-mail address. Requires your password."""
    actor = await actor_of(request)
    return await service.change_email(database_of(request), actor, body.password, body.email)


@router.post("/organization")
async def switch_organization(request: Request, body: Switch) -> Session:
    """Switch this session to another of your organizations."""
    async with open_context(request) as ctx:
        await service.switch(ctx, body.organization_id)
    database = database_of(request)
    token = request.cookies[csrf.SESSION_COOKIE]
    switched = await service.identify(database, token, body.organization_id, visitor_of(request))
    async with database.context(switched) as ctx:
        return await service.describe(ctx, csrf.token_of(token))


@router.get("/sessions")
async def list_sessions(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[SessionRow]:
    """List your active sessions, newest first."""
    return await service.list_sessions(database_of(request), await actor_of(request), limit, cursor)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(request: Request, session_id: uuid.UUID) -> None:
    """End one of your sessions."""
    await service.end(database_of(request), await actor_of(request), session_id)
