"""All SQL of the keys and signing secrets of external agents. Only the hash of a key is ever stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.external.keys.types import AgentKey

_FIND: LiteralString = """
SELECT key_id, organization_id, agent_id, subscription_tier FROM auth.find_agent_key(%s, tenant.now())
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """What a live key stands for."""

    key_id: UUID
    organization_id: OrganizationId
    agent_id: UUID
    subscription_tier: str


async def find(database: Database, secret_hash: bytes) -> Holder | None:
    """Return what a key stands for, before any tenant is known; notes its use at most once a minute."""
    async with database.quick() as connection, connection.cursor(row_factory=class_row(Holder)) as cursor:
        return await (await cursor.execute(_FIND, (secret_hash,), prepare=True)).fetchone()


_LIST: LiteralString = """
SELECT id, agent_id, prefix, expires_at, last_used_at, created_by, created_at, revoked_at FROM agent_keys
WHERE organization_id = %s AND agent_id = %s ORDER BY created_at DESC, id DESC
"""


async def list_keys(ctx: Context, agent_id: UUID) -> list[AgentKey]:
    """Return the keys of an agent, newest first, the revoked ones too."""
    async with ctx.tx.cursor(row_factory=class_row(AgentKey)) as cursor:
        return await (await cursor.execute(_LIST, (ctx.organization_id, agent_id))).fetchall()


_INSERT: LiteralString = """
INSERT INTO agent_keys (id, organization_id, agent_id, prefix, secret_hash, created_by, expires_at)
VALUES (%(id)s, %(organization_id)s, %(agent_id)s, %(prefix)s, %(secret_hash)s, %(created_by)s, %(expires_at)s)
RETURNING id, agent_id, prefix, expires_at, last_used_at, created_by, created_at, revoked_at
"""


async def insert(
    ctx: Context, agent_id: UUID, *, key_id: UUID, prefix: str, secret_hash: bytes, expires_at: datetime | None
) -> AgentKey:
    """Insert a key."""
    values = {
        "id": key_id,
        "organization_id": ctx.organization_id,
        "agent_id": agent_id,
        "prefix": prefix,
        "secret_hash": secret_hash,
        "created_by": ctx.actor.user_id,
        "expires_at": expires_at,
    }
    async with ctx.tx.cursor(row_factory=class_row(AgentKey)) as cursor:
        row = await (await cursor.execute(_INSERT, values)).fetchone()
    if row is None:
        raise AssertionError("an insert returns its row")
    return row


_END: LiteralString = """
UPDATE agent_keys SET expires_at = least(expires_at, tenant.now() + make_interval(secs => %(overlap)s))
WHERE id = %(id)s AND agent_id = %(agent_id)s AND revoked_at IS NULL RETURNING id
"""


async def end_after(ctx: Context, agent_id: UUID, key_id: UUID, overlap_seconds: float) -> bool:
    """Let a key expire in so many seconds, or sooner if it did already; say whether there is such a key."""
    values = {"id": key_id, "agent_id": agent_id, "overlap": overlap_seconds}
    return await (await ctx.tx.execute(_END, values)).fetchone() is not None


_REVOKE: LiteralString = """
UPDATE agent_keys SET revoked_at = coalesce(revoked_at, tenant.now()) WHERE id = %s AND agent_id = %s RETURNING prefix
"""


async def revoke(ctx: Context, agent_id: UUID, key_id: UUID) -> str | None:
    """Revoke a key; a revoked one keeps its instant. Return its prefix; None when there is no such key."""
    found = await (await ctx.tx.execute(_REVOKE, (key_id, agent_id))).fetchone()
    return None if found is None else str(found[0])


_SECRETS: LiteralString = """
SELECT secret_encrypted, CASE WHEN former_until > tenant.now() THEN former_secret_encrypted END
FROM agent_webhook_secrets WHERE agent_id = %s
"""


async def get_secrets(ctx: Context, agent_id: UUID) -> list[bytes]:
    """Return the secrets under which calls are signed now, the newest first; none when none was created."""
    found = await (await ctx.tx.execute(_SECRETS, (agent_id,))).fetchone()
    return [] if found is None else [bytes(each) for each in found if each is not None]


_ROTATE: LiteralString = """
INSERT INTO agent_webhook_secrets AS s (agent_id, organization_id, secret_encrypted)
VALUES (%(agent_id)s, %(organization_id)s, %(secret)s)
ON CONFLICT ON CONSTRAINT agent_webhook_secrets_pkey DO UPDATE SET former_secret_encrypted = s.secret_encrypted,
  former_until = tenant.now() + interval '24 hours', secret_encrypted = excluded.secret_encrypted, created_at = tenant.now()
RETURNING former_until
"""


async def set_secret(ctx: Context, agent_id: UUID, secret_encrypted: bytes) -> datetime | None:
    """Store a signing secret; return until when the former one signs too."""
    values = {"agent_id": agent_id, "organization_id": ctx.organization_id, "secret": secret_encrypted}
    found = await (await ctx.tx.execute(_ROTATE, values)).fetchone()
    return None if found is None else found[0]
