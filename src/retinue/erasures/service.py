"""Complete erasure: asking for it, watching it, reading its certificate. ``tasks`` carries it out in the background.

A deletion takes one thing and leaves what belongs to others; an erasure takes everything that came from a person, an agent
or an organization, then searches every table for what still names it, and writes down what went and what stays.
"""

import hashlib
import uuid

from pydantic import TypeAdapter

from retinue.agents import service as agents
from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database, acting_as
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import DeniedError
from retinue.core.ids import OrganizationId, UserId, new_id
from retinue.core.permissions import require
from retinue.erasures import repository
from retinue.erasures.errors import (
    CertificateMissingError,
    ErasureMissingError,
    ErasureOpenError,
    ErasureUnconfirmedError,
)
from retinue.erasures.types import Certificate, Erasure, ErasureKind
from retinue.identity.accounts import service as accounts
from retinue.identity.deletions import service as deletions
from retinue.identity.users import service as users

GRACE_SECONDS = 3600
"""In which an organization's rows are counted; its deletion is hastened then, and begins by itself if no worker does."""
_CERTIFICATE = TypeAdapter(Certificate)


async def request(ctx: Context, kind: ErasureKind, target_id: uuid.UUID, confirm: str) -> Erasure:
    """Enter an erasure. For persons, not for API keys; ``confirm`` must be the name, else ``ErasureUnconfirmedError``.

    Raises ``ErasureOpenError``, and what the deletion of the same thing raises while others depend on it.
    """
    users.require_person(ctx)
    if kind is ErasureKind.AGENT:
        require(ctx, "organization:write")
        erasure_id = await _request_agent(ctx, target_id, confirm)
    elif kind is ErasureKind.ORGANIZATION:
        erasure_id = await _request_organization(ctx, target_id, confirm)
    else:
        if target_id != ctx.user_id:
            users.require_superuser(ctx)
        erasure_id = await _request_person(ctx, UserId(target_id), confirm)
    return await get(ctx, erasure_id)


async def request_as_operator(
    database: Database, kind: ErasureKind, target_id: uuid.UUID, organization_id: OrganizationId | None
) -> uuid.UUID:
    """Enter an erasure for the operator at the machine, who has confirmed it; return its id. Raises as ``request`` does."""
    if kind is ErasureKind.PERSON or organization_id is None:
        async with database.context(Actor(ActorKind.USER, user_id=UserId(target_id))) as ctx:
            return await _request_person(ctx, UserId(target_id), None)
    async with database.system_context([organization_id]) as ctx:
        if kind is ErasureKind.AGENT:
            return await _request_agent(ctx, target_id, None)
        erasure_id = await _enter(ctx, kind, target_id, str(target_id))
        await deletions.request_as_platform(ctx, GRACE_SECONDS)
        return erasure_id


async def list_erasures(ctx: Context, limit: int, cursor: str | None) -> Page[Erasure]:
    """List the erasures that the person may see, newest first."""
    users.require_person(ctx)
    rows = await repository.list_erasures(ctx.tx, decode(cursor) if cursor else None, limit + 1)
    return page_of(rows, limit, lambda row: Position(row.requested_at, row.id))


async def get(ctx: Context, erasure_id: uuid.UUID) -> Erasure:
    """Return an erasure with its progress. Raises ``ErasureMissingError``."""
    users.require_person(ctx)
    found = await repository.list_erasures(ctx.tx, None, 1, only=erasure_id)
    if not found:
        raise ErasureMissingError
    return found[0]


async def get_certificate(ctx: Context, erasure_id: uuid.UUID) -> Certificate:
    """Return the certificate of a finished erasure. Raises ``ErasureMissingError`` and ``CertificateMissingError``."""
    await get(ctx, erasure_id)
    document = await repository.get_certificate(ctx.tx, erasure_id)
    if document is None:
        raise CertificateMissingError
    return _CERTIFICATE.validate_python(document)


async def _request_agent(ctx: Context, agent_id: uuid.UUID, confirm: str | None) -> uuid.UUID:
    agent = await agents.get(ctx, agent_id)
    if confirm not in {None, agent.name}:
        raise ErasureUnconfirmedError
    await agents.refuse_used(ctx, agent_id)
    await agents.pause(ctx, agent_id)
    return await _enter(ctx, ErasureKind.AGENT, agent_id, agent.name)


async def _request_organization(ctx: Context, organization_id: uuid.UUID, confirm: str) -> uuid.UUID:
    if organization_id != ctx.organization_id:
        raise ErasureMissingError(
            "The request is not for this organization.", remedy="Send its id in X-Retinue-Organization."
        )
    erasure_id = await _enter(ctx, ErasureKind.ORGANIZATION, organization_id, confirm)
    await deletions.request(ctx, confirm, GRACE_SECONDS)
    return erasure_id


async def _request_person(ctx: Context, user_id: UserId, confirm: str | None) -> uuid.UUID:
    email = await accounts.require_deletable(ctx, user_id)
    if confirm is not None and confirm.lower() != email.lower():
        raise ErasureUnconfirmedError
    return await _enter(ctx, ErasureKind.PERSON, user_id, email)


async def _enter(ctx: Context, kind: ErasureKind, target_id: uuid.UUID, name: str) -> uuid.UUID:
    if ctx.actor.kind is ActorKind.API_KEY:
        raise DeniedError
    erasure_id = new_id()
    place = None if kind is ErasureKind.PERSON else ctx.organization_id
    name_hash = hashlib.sha256(f"{target_id}:{name}".encode()).hexdigest()
    if not await repository.request(ctx.tx, erasure_id, kind, (target_id, place, name_hash)):
        raise ErasureOpenError
    actor = Actor(ctx.actor.kind, user_id=ctx.actor.user_id, organization_id=place, request_id=ctx.actor.request_id)
    async with acting_as(ctx, actor) as there:
        target = ("user" if kind is ErasureKind.PERSON else kind.value, target_id)
        await audit.record(there, f"{kind.value}.erasure_requested", target, after={"erasure_id": str(erasure_id)})
    return erasure_id
