"""API keys: making, listing and revoking them, and what a presented key stands for."""

import uuid
from dataclasses import asdict

from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.http.limits import counter_of
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import Role, require
from retinue.identity.api_keys import permissions, repository, rules
from retinue.identity.api_keys.errors import (
    ApiKeyMissingError,
    ApiKeyRefusedError,
    ExpiryPastError,
    NoKeyGivenError,
    ScopeInvalidError,
)
from retinue.identity.api_keys.known import KnownKeys
from retinue.identity.api_keys.types import ApiKey, CurrentKey, IssuedApiKey, KeyHolder, NewApiKey

RATE_LIMIT_NEAR = "api_key.rate_limit_near"
"""Event: a key has used 80% of the requests of a minute: {api_key_id, requests_per_minute}."""


async def tell_limit(database: Database, holder: KeyHolder, requests_per_minute: int) -> None:
    """Tell, once a minute, that a key is close to its rate limit."""
    key_id = str(holder.api_key_id)
    if database.resources.limits.is_near(key_id):
        async with database.system_context([holder.organization_id]) as ctx:
            facts: JsonObject = {"api_key_id": key_id, "requests_per_minute": requests_per_minute}
            await events.append(ctx, RATE_LIMIT_NEAR, facts)


async def create(ctx: Context, new: NewApiKey) -> IssuedApiKey:
    """Make a key that acts for the context's person, with scopes out of what the context's actor may do.

    Needs ``api_keys:write``. Raises ``ScopeInvalidError`` for an unknown scope or one the actor has not, and
    ``ExpiryPastError``. Writes the key's hash and an audit entry; the key's text is in the result alone.
    """
    require(ctx, permissions.WRITE)
    _check_scopes(ctx, new.scopes)
    if new.expires_at is not None and new.expires_at <= ctx.now:
        raise ExpiryPastError
    key = rules.new_key()
    row = await repository.insert(
        ctx.tx,
        ctx.organization_id,
        new,
        prefix=rules.prefix_of(key),
        secret_hash=rules.hash_key(key),
        key_id=new_id(),
    )
    facts: JsonObject = {"name": row.name, "prefix": row.prefix, "scopes": [*row.scopes]}
    await audit.record(ctx, "api_key.created", ("api_key", row.id), after=facts)
    return IssuedApiKey(**asdict(row), key=key)


async def list_keys(ctx: Context, limit: int, cursor: str | None) -> Page[ApiKey]:
    """List the organization's keys, newest first, the revoked ones too. Needs ``api_keys:read``."""
    require(ctx, permissions.READ)
    rows = await repository.list_keys(ctx.tx, decode(cursor) if cursor else None, limit + 1)
    return page_of(rows, limit, lambda row: Position(row.created_at, row.id))


async def current(ctx: Context) -> CurrentKey:
    """Return the key with which the request was made; needs no scope. Raises ``NoKeyGivenError``."""
    _ = ctx.user_id
    key = await repository.get(ctx.tx, ctx.actor.api_key_id) if ctx.actor.api_key_id else None
    if key is None:
        raise NoKeyGivenError
    scopes = sorted(ctx.actor.permissions)
    return CurrentKey(key.id, key.name, key.prefix, scopes, ctx.organization_id, key.expires_at)


async def revoke(ctx: Context, key_id: uuid.UUID) -> None:
    """Revoke a key at once and permanently; may be repeated. Needs ``api_keys:write``; raises ``ApiKeyMissingError``."""
    require(ctx, permissions.WRITE)
    row = await repository.revoke(ctx.tx, key_id)
    if row is None:
        raise ApiKeyMissingError
    ctx.grants_changed()
    await audit.record(ctx, "api_key.revoked", ("api_key", key_id), before={"name": row.name, "prefix": row.prefix})


async def find_holder(database: Database, key: str) -> KeyHolder:
    """Return what a presented key stands for; notes its use at most once a minute. Raises ``ApiKeyRefusedError``.

    It may have been looked up by this process up to a second ago.
    """
    if not key.startswith(rules.MARK):
        raise ApiKeyRefusedError
    resources, secret_hash = database.resources, rules.hash_key(key)

    async def look_up() -> KeyHolder | None:
        async with database.quick() as connection:
            return await repository.find(connection, secret_hash)

    holder = await resources.part(KnownKeys, lambda: KnownKeys(resources.bus)).find(secret_hash, look_up)
    if holder is None:
        raise ApiKeyRefusedError
    return holder


def effective(scopes: list[str], of_role: frozenset[str]) -> frozenset[str]:
    """Return what a key with these scopes may do now: its scopes, cut by what its creator's role may do."""
    return rules.effective(scopes, of_role)


async def list_counters(ctx: Context) -> list[str]:
    """Name the counters of requests that the key-value store holds for the keys of the context's organization."""
    return [counter_of(str(key_id)) for key_id in await repository.list_ids(ctx.tx)]


def actor_of(holder: KeyHolder, of_role: frozenset[str]) -> Actor:
    """Return the actor a key stands for: its scopes, cut by what its creator's role may do now."""
    return Actor(
        ActorKind.API_KEY,
        user_id=holder.user_id,
        organization_id=holder.organization_id,
        role=holder.role,
        permissions=rules.effective(holder.scopes, of_role),
        api_key_id=holder.api_key_id,
    )


def _check_scopes(ctx: Context, scopes: frozenset[str]) -> None:
    known = ctx.resources.permissions_of(Role.OWNER)
    unknown = sorted(scopes - known)
    if unknown:
        raise ScopeInvalidError(
            f"{', '.join(unknown)}: there is no such scope", f"Known scopes: {', '.join(sorted(known))}."
        )
    beyond = sorted(scopes - ctx.actor.permissions)
    if beyond:
        message = f"{', '.join(beyond)}: you do not have this permission yourself"
        raise ScopeInvalidError(message, f"You may give: {', '.join(sorted(ctx.actor.permissions))}.")
    if not scopes:
        raise ScopeInvalidError("at least one is needed", f"You may give: {', '.join(sorted(ctx.actor.permissions))}.")
