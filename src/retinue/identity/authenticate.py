"""Who sends a request: an API key in the Authorization header, or a session in a cookie; else nobody.

Filled into ``core.http`` by the process. It leaves what an actor may do to the permissions of the packages.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from fastapi import Request

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem, InvalidError, UnauthenticatedError
from retinue.core.http import csrf
from retinue.core.http.context import visitor_of
from retinue.core.ids import OrganizationId
from retinue.identity.api_keys import service as api_keys
from retinue.identity.organizations.errors import OrganizationMissingError
from retinue.identity.sessions import service as sessions
from retinue.identity.users import service as users

ORGANIZATION_HEADER = "X-Retinue-Organization"

FindHolder = Callable[[Database, str], Awaitable[tuple[Actor, str]]]
"""Returns whom a key of a package above stands for, and the subscription tier that limits it."""


class AuthorizationMalformedError(UnauthenticatedError):
    """The Authorization header is not of the form 'Bearer rtn_…'."""

    code = "authorization_malformed"


async def authenticate(database: Database, finders: Mapping[str, FindHolder], request: Request) -> Actor:
    """Return the request's actor: anonymous when nothing was presented. ``finders`` know keys that begin with their mark.

    A key stands in its own organization; a session in the one of ``X-Retinue-Organization``, else its current one. Unsafe
    requests must come from our own pages and, with a session, carry its token. Raises the errors of ``sessions`` and
    ``api_keys`` for a bad credential, and ``OrganizationMissingError`` for an organization that is not the actor's.
    """
    visitor = visitor_of(request)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return await _by_key(database, finders, request, visitor)
    csrf.check_origin(request)
    token = request.cookies.get(csrf.SESSION_COOKIE)
    if not token:
        return visitor
    actor = await sessions.identify(database, token, _wanted(request), visitor)
    csrf.check_token(request, token)
    return actor


async def _by_key(database: Database, finders: Mapping[str, FindHolder], request: Request, visitor: Actor) -> Actor:
    scheme, _, text = request.headers["authorization"].partition(" ")
    key = text.strip()
    if scheme.lower() != "bearer" or not key:
        raise AuthorizationMalformedError
    find = next((find for mark, find in finders.items() if key.startswith(mark)), None)
    if find is None:
        holder = await api_keys.find_holder(database, key)
        _check_wanted(request, holder.organization_id)
        per_minute = users.requests_per_minute(database.resources, holder.subscription_tier)
        await database.resources.limits.take(str(holder.api_key_id), per_minute)
        await api_keys.tell_limit(database, holder, per_minute)
        actor = api_keys.actor_of(holder, database.resources.permissions_of(holder.role))
    else:
        actor, tier = await find(database, key)
        _check_wanted(request, actor.organization_id)
        await database.resources.limits.take(str(actor.agent_id), users.requests_per_minute(database.resources, tier))
    return replace(actor, ip=visitor.ip, user_agent=visitor.user_agent, request_id=visitor.request_id, trace=visitor.trace)


def _check_wanted(request: Request, organization_id: OrganizationId | None) -> None:
    wanted = _wanted(request)
    if wanted is not None and wanted != organization_id:
        raise OrganizationMissingError("This API key belongs to another organization than the header names.")


def _wanted(request: Request) -> OrganizationId | None:
    text = request.headers.get(ORGANIZATION_HEADER)
    if not text:
        return None
    try:
        return OrganizationId(uuid.UUID(text))
    except ValueError:
        message = "is not an id of an organization"
        raise InvalidError(
            f"{ORGANIZATION_HEADER}: {message}",
            remedy="GET /api/v1/organizations lists yours.",
            fields=(FieldProblem(ORGANIZATION_HEADER, message),),
        ) from None
