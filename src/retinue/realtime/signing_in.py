"""Signing in for clients of the Supabase protocol: a session of ours, whose token serves as the refresh token.

What holds for signing in to the console holds here: limits on guessing, disabled users, the second factor.
"""

from dataclasses import dataclass, replace

from retinue.core.context import Actor, ActorKind
from retinue.core.db.database import Database
from retinue.core.errors import UnauthenticatedError
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.identity.grants import service as grants
from retinue.identity.sessions import service as sessions
from retinue.identity.users import service as users
from retinue.identity.users.types import User
from retinue.realtime import tokens
from retinue.realtime.settings import RealtimeSettings
from retinue.realtime.tokens import Claims


@dataclass(frozen=True, slots=True)
class Signed:
    """Who a token stands for: the actor (in no particular organization), the person, and the claims."""

    actor: Actor
    user: User
    claims: Claims


async def with_password(database: Database, email: str, password: str, code: str | None, visitor: Actor) -> JsonObject:
    """Sign in; returns the session as GoTrue writes it. Raises what ``sessions.sign_in`` raises."""
    opened = await sessions.sign_in(database, email, password, visitor, code)
    return await refresh(database, opened.token, visitor)


async def refresh(database: Database, token: str, visitor: Actor) -> JsonObject:
    """Return a session with a new access token. Raises ``SessionExpiredError``."""
    actor = await sessions.identify(database, token, None, visitor)
    if actor.user_id is None or actor.session_id is None:
        raise UnauthenticatedError
    async with database.context(actor) as ctx:
        user = await users.me(ctx)
    seconds = database.resources.settings_of(RealtimeSettings).realtime_token_seconds
    now = int(database.clock.now().timestamp())
    claims = Claims(actor.user_id, actor.session_id, now + seconds)
    issuer = f"{database.resources.core.public_url}/auth/v1"
    return {
        "access_token": tokens.issue(database.resources.secrets, claims, issuer=issuer, email=user.email, now=now),
        "token_type": "bearer",
        "expires_in": seconds,
        "expires_at": claims.expires_at,
        "refresh_token": token,
        "user": described(user),
    }


async def who(database: Database, token: str, visitor: Actor) -> Signed | None:
    """Return who an access token stands for; None when it, or its session, is not valid."""
    claims = tokens.read(database.resources.secrets, token, now=database.clock.now().timestamp())
    if claims is None:
        return None
    places = (await grants.list_places(database, [(claims.session_id, claims.user_id)]))[0]
    if places is None:
        return None
    actor = replace(
        visitor,
        kind=ActorKind.USER,
        user_id=claims.user_id,
        session_id=claims.session_id,
        organization_id=_first(places),
    )
    async with database.context(actor) as ctx:
        return Signed(actor, await users.me(ctx), claims)


async def end(database: Database, signed: Signed, scope: str) -> None:
    """End the session of a token, all sessions of its person, or all others."""
    if scope == "local":
        await sessions.end(database, signed.actor, signed.claims.session_id)
    elif scope == "global":
        await sessions.end_all(database, signed.actor)
    else:
        await sessions.end_others(database, signed.actor)


def described(user: User) -> JsonObject:
    """Return a person as GoTrue writes them."""
    return {
        "id": str(user.id),
        "aud": "authenticated",
        "role": "authenticated",
        "email": user.email,
        "email_confirmed_at": user.created_at.isoformat(),
        "confirmed_at": user.created_at.isoformat(),
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"full_name": user.full_name, "username": user.username, "avatar_url": user.avatar_url},
        "identities": [],
        "factors": [],
        "is_anonymous": False,
        "created_at": user.created_at.isoformat(),
        "updated_at": user.updated_at.isoformat(),
    }


def _first(places: grants.Places) -> OrganizationId | None:
    return min(places, default=None)
