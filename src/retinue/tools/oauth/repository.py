"""All SQL of connections and what was granted under them."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.ids import new_id
from retinue.tools.oauth.types import Grant, Stored


@dataclass(frozen=True, slots=True)
class NewConnection:
    """A connection as it is written."""

    digest: str
    name: str
    kind: str
    grant_type: str
    owner: str
    destination: str
    scopes: list[str]
    settings_encrypted: bytes


_KEEP: LiteralString = """
INSERT INTO connections (id, organization_id, digest, name, kind, grant_type, owner, destination, scopes, settings_encrypted)
VALUES (%(id)s, %(organization_id)s, %(digest)s, %(name)s, %(kind)s, %(grant_type)s, %(owner)s, %(destination)s, %(scopes)s,
        %(settings_encrypted)s)
ON CONFLICT ON CONSTRAINT connections_organization_id_digest_key DO UPDATE
  SET settings_encrypted = excluded.settings_encrypted
RETURNING id
"""


async def keep(ctx: Context, new: NewConnection) -> UUID:
    """Write a connection, or the settings of the one that is the same; return its id."""
    values = {
        "id": new_id(),
        "organization_id": ctx.organization_id,
        "digest": new.digest,
        "name": new.name,
        "kind": new.kind,
        "grant_type": new.grant_type,
        "owner": new.owner,
        "destination": new.destination,
        "scopes": new.scopes,
        "settings_encrypted": new.settings_encrypted,
    }
    row = await (await ctx.tx.execute(_KEEP, values)).fetchone()
    return row[0] if row else UUID(int=0)


_DROP: LiteralString = """
DELETE FROM connections c WHERE c.id = %s
  AND NOT EXISTS (SELECT FROM tools t WHERE t.organization_id = c.organization_id AND t.connection_id = c.id)
"""


async def drop_unused(ctx: Context, connection_id: UUID) -> bool:
    """Delete a connection that no tool uses, with what was granted; say whether it was."""
    return (await ctx.tx.execute(_DROP, (connection_id,))).rowcount > 0


_GET: LiteralString = """
SELECT id, organization_id, name, kind, grant_type, owner, destination, scopes, settings_encrypted, server_encrypted
FROM connections WHERE id = %s
"""


async def get(ctx: Context, connection_id: UUID) -> Stored | None:
    """Return a connection."""
    async with ctx.tx.cursor(row_factory=class_row(Stored)) as cursor:
        return await (await cursor.execute(_GET, (connection_id,), prepare=True)).fetchone()


_FIND: LiteralString = "SELECT id FROM connections WHERE organization_id = %s AND digest = %s"


async def find(ctx: Context, digest: str) -> UUID | None:
    """Return the id of the connection with these settings."""
    row = await (await ctx.tx.execute(_FIND, (ctx.organization_id, digest))).fetchone()
    return None if row is None else row[0]


_SET_SERVER: LiteralString = "UPDATE connections SET server_encrypted = %(server)s, scopes = %(scopes)s WHERE id = %(id)s"


async def set_server(ctx: Context, connection_id: UUID, server: bytes, scopes: list[str]) -> None:
    """Write what was discovered of a connection's authorization server."""
    await ctx.tx.execute(_SET_SERVER, {"id": connection_id, "server": server, "scopes": scopes})


_GRANT: LiteralString = """
SELECT id, connection_id, user_id, status, tokens_encrypted, expires_at, generation, refreshing_until,
       coalesce(expires_at < tenant.now() + make_interval(secs => %(margin)s), false) AS is_expired
FROM connection_grants WHERE connection_id = %(connection_id)s AND user_id IS NOT DISTINCT FROM %(user_id)s::uuid
"""
_MARGIN_SECONDS = 30
"""A token that expires so soon is refreshed before it is used."""


async def get_grant(ctx: Context, connection_id: UUID, user_id: UUID | None) -> Grant | None:
    """Return what was granted to the organization (``user_id`` None), or to a member."""
    values = {"connection_id": connection_id, "user_id": user_id, "margin": _MARGIN_SECONDS}
    async with ctx.tx.cursor(row_factory=class_row(Grant)) as cursor:
        return await (await cursor.execute(_GRANT, values, prepare=True)).fetchone()


_BEGIN: LiteralString = """
INSERT INTO connection_grants (id, organization_id, connection_id, status, expires_at)
VALUES (%(id)s, %(organization_id)s, %(connection_id)s, 'active', 'epoch')
ON CONFLICT ON CONSTRAINT connection_grants_connection_id_user_id_key DO NOTHING
"""


async def begin_grant(ctx: Context, connection_id: UUID) -> None:
    """Write a grant without a token, for a client that asks in its own name; unless there is one."""
    values = {"id": new_id(), "organization_id": ctx.organization_id, "connection_id": connection_id}
    await ctx.tx.execute(_BEGIN, values)


_CLAIM: LiteralString = """
UPDATE connection_grants SET refreshing_until = tenant.now() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND generation = %(generation)s AND status = 'active'
  AND (refreshing_until IS NULL OR refreshing_until < tenant.now())
"""


async def claim_refresh(ctx: Context, grant: Grant, seconds: float) -> bool:
    """Take the refresh of a grant; of many who want to, in any process, one does."""
    values = {"id": grant.id, "generation": grant.generation, "seconds": seconds}
    return (await ctx.tx.execute(_CLAIM, values)).rowcount > 0


_RELEASE: LiteralString = """
UPDATE connection_grants SET refreshing_until = NULL, last_error = %(error)s
WHERE id = %(id)s AND generation = %(generation)s
"""


async def release_refresh(ctx: Context, grant: Grant, error: str | None) -> None:
    """Give the refresh back, which did not succeed."""
    await ctx.tx.execute(_RELEASE, {"id": grant.id, "generation": grant.generation, "error": error})


_RENEW: LiteralString = """
UPDATE connection_grants SET tokens_encrypted = %(tokens)s, scopes = %(scopes)s, generation = generation + 1,
  expires_at = tenant.now() + make_interval(secs => %(seconds)s::double precision), refreshing_until = NULL,
  last_error = NULL, refreshed_at = tenant.now()
WHERE id = %(id)s AND generation = %(generation)s
"""


async def renew(ctx: Context, grant: Grant, tokens: bytes, scopes: list[str], seconds: int | None) -> None:
    """Write the tokens of a refresh; of a grant that was given again in the meantime nothing."""
    values = {"id": grant.id, "generation": grant.generation, "tokens": tokens, "scopes": scopes, "seconds": seconds}
    await ctx.tx.execute(_RENEW, values)


_END: LiteralString = """
UPDATE connection_grants SET status = 'revoked', tokens_encrypted = NULL, refreshing_until = NULL, last_error = %(error)s,
  generation = generation + 1
WHERE id = %(id)s AND generation = %(generation)s
"""


async def end_grant(ctx: Context, grant: Grant, error: str) -> None:
    """Write that the authorization server, or the called API, no longer accepts a grant: it must be given again."""
    await ctx.tx.execute(_END, {"id": grant.id, "generation": grant.generation, "error": error[:1000]})


_DELETE: LiteralString = """
DELETE FROM connection_grants WHERE connection_id = %(connection_id)s AND user_id IS NOT DISTINCT FROM %(user_id)s::uuid
"""
_PUT: LiteralString = """
INSERT INTO connection_grants (id, organization_id, connection_id, user_id, granted_by, status, tokens_encrypted, scopes,
  expires_at, refreshed_at)
VALUES (%(id)s, %(organization_id)s, %(connection_id)s, %(user_id)s, %(granted_by)s, 'active', %(tokens)s, %(scopes)s,
  tenant.now() + make_interval(secs => %(seconds)s::double precision), tenant.now())
"""


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant as it is written. ``seconds`` until it expires; None: never, as far as is known."""

    connection_id: UUID
    user_id: UUID | None
    tokens: bytes
    scopes: list[str]
    seconds: int | None


async def put_grant(ctx: Context, new: NewGrant) -> None:
    """Write what was granted, in place of what had been. It has an id of its own, so that no session outlives it."""
    await ctx.tx.execute(_DELETE, {"connection_id": new.connection_id, "user_id": new.user_id})
    values = {
        "id": new_id(),
        "organization_id": ctx.organization_id,
        "connection_id": new.connection_id,
        "user_id": new.user_id,
        "granted_by": ctx.actor.user_id,
        "tokens": new.tokens,
        "scopes": new.scopes,
        "seconds": new.seconds,
    }
    await ctx.tx.execute(_PUT, values)


async def delete_grant(ctx: Context, connection_id: UUID, user_id: UUID | None) -> bool:
    """Delete what was granted; say whether there was anything."""
    return (await ctx.tx.execute(_DELETE, {"connection_id": connection_id, "user_id": user_id})).rowcount > 0
