"""All SQL of API keys. Only the hash of a key is ever stored."""

import uuid
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.core.db.pages import Position
from retinue.identity.api_keys.types import ApiKey, KeyHolder, NewApiKey

_FIND: LiteralString = """
SELECT api_key_id, organization_id, user_id, role, scopes, subscription_tier
FROM auth.find_api_key(%(secret_hash)s, tenant.now())
"""


async def find(connection: AsyncConnection[Any], secret_hash: bytes) -> KeyHolder | None:
    """Return what a key stands for, before any tenant is known; notes its use at most once a minute."""
    async with connection.cursor(row_factory=class_row(KeyHolder)) as cursor:
        found = await cursor.execute(_FIND, {"secret_hash": secret_hash}, prepare=True)
        return await found.fetchone()


_INSERT: LiteralString = """
INSERT INTO api_keys (id, organization_id, name, prefix, secret_hash, scopes, created_by, expires_at)
VALUES (%(id)s, %(organization_id)s, %(name)s, %(prefix)s, %(secret_hash)s, %(scopes)s, auth.uid(), %(expires_at)s)
RETURNING id, name, prefix, scopes, expires_at, last_used_at, created_by, created_at, revoked_at
"""


async def insert(
    tx: Tx, organization_id: uuid.UUID, new: NewApiKey, *, prefix: str, secret_hash: bytes, key_id: uuid.UUID
) -> ApiKey:
    """Insert a key of the person of the transaction."""
    values = {
        "id": key_id,
        "organization_id": organization_id,
        "name": new.name,
        "prefix": prefix,
        "secret_hash": secret_hash,
        "scopes": sorted(new.scopes),
        "expires_at": new.expires_at,
    }
    async with tx.cursor(row_factory=class_row(ApiKey)) as cursor:
        row = await (await cursor.execute(_INSERT, values)).fetchone()
    assert row is not None  # noqa: S101 - an insert that returns its row
    return row


_GET: LiteralString = """
SELECT id, name, prefix, scopes, expires_at, last_used_at, created_by, created_at, revoked_at FROM api_keys WHERE id = %(id)s
"""


async def get(tx: Tx, key_id: uuid.UUID) -> ApiKey | None:
    """Return one key of the organization."""
    async with tx.cursor(row_factory=class_row(ApiKey)) as cursor:
        return await (await cursor.execute(_GET, {"id": key_id})).fetchone()


_LIST: LiteralString = """
SELECT id, name, prefix, scopes, expires_at, last_used_at, created_by, created_at, revoked_at FROM api_keys
WHERE (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s, %(id)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""


async def list_keys(tx: Tx, after: Position | None, limit: int) -> list[ApiKey]:
    """List the organization's keys, newest first, the revoked ones too."""
    values = {"at": after and after.at, "id": after and after.id, "limit": limit}
    async with tx.cursor(row_factory=class_row(ApiKey)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_IDS: LiteralString = "SELECT id FROM api_keys"


async def list_ids(tx: Tx) -> list[uuid.UUID]:
    """Return the ids of all of the organization's keys, the revoked ones too."""
    return [row[0] for row in await (await tx.execute(_IDS)).fetchall()]


_REVOKE: LiteralString = """
UPDATE api_keys SET revoked_at = coalesce(revoked_at, tenant.now()) WHERE id = %(id)s
RETURNING id, name, prefix, scopes, expires_at, last_used_at, created_by, created_at, revoked_at
"""


async def revoke(tx: Tx, key_id: uuid.UUID) -> ApiKey | None:
    """Revoke a key; a revoked one keeps its instant."""
    async with tx.cursor(row_factory=class_row(ApiKey)) as cursor:
        return await (await cursor.execute(_REVOKE, {"id": key_id})).fetchone()
