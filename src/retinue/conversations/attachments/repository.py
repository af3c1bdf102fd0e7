"""All SQL of attachments."""

from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.conversations.attachments.types import StoredAttachment
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId

_INSERT: LiteralString = """
INSERT INTO attachments (id, organization_id, user_id, name, type, size, checksum, storage_key)
VALUES (%(id)s, %(organization_id)s, %(user_id)s, %(name)s, %(type)s, %(size)s, %(checksum)s, %(storage_key)s)
"""


async def insert(ctx: Context, stored: StoredAttachment) -> None:
    """Enter an uploaded file."""
    values = {name: getattr(stored, name) for name in StoredAttachment.__slots__}
    await ctx.tx.execute(_INSERT, values | {"organization_id": ctx.organization_id, "user_id": ctx.user_id})


_LIST: LiteralString = """
SELECT id, name, type, size, checksum, storage_key, conversation_id FROM attachments WHERE id = ANY (%s)
"""


async def list_by_ids(ctx: Context, ids: list[UUID]) -> list[StoredAttachment]:
    """Return attachments by their ids; those that are not there, or not the actor's, are left out."""
    async with ctx.tx.cursor(row_factory=class_row(StoredAttachment)) as cursor:
        await cursor.execute(_LIST, (ids,))
        return await cursor.fetchall()


_USE: LiteralString = """
UPDATE attachments SET conversation_id = %(conversation_id)s WHERE id = ANY (%(ids)s) AND conversation_id IS NULL
RETURNING id
"""


async def use(ctx: Context, ids: list[UUID], conversation_id: UUID) -> int:
    """Bind attachments to a conversation; return how many were still free."""
    cursor = await ctx.tx.execute(_USE, {"ids": ids, "conversation_id": conversation_id})
    return len(await cursor.fetchall())


_KEYS: LiteralString = "SELECT storage_key FROM attachments WHERE conversation_id = %s"


async def list_keys(ctx: Context, conversation_id: UUID) -> list[str]:
    """Return the storage keys of what was sent in a conversation."""
    return [row[0] for row in await (await ctx.tx.execute(_KEYS, (conversation_id,))).fetchall()]


_KEYS_OF: LiteralString = "SELECT storage_key FROM attachments WHERE user_id = %s"


async def list_keys_of(ctx: Context, user_id: UUID) -> list[str]:
    """Return the storage keys of a person's uploads in the context's organization, sent or not."""
    return [row[0] for row in await (await ctx.tx.execute(_KEYS_OF, (user_id,))).fetchall()]


_ORGANIZATIONS_WITH_UNUSED: LiteralString = (
    "SELECT tenant.organizations_with_unused_attachments(tenant.now() - %s::interval)"
)


async def list_organizations_with_unused(database: Database, kept: timedelta) -> list[OrganizationId]:
    """Name the organizations that have uploads older than ``kept`` which were never sent."""
    return [OrganizationId(row[0]) for row in await database.statement(_ORGANIZATIONS_WITH_UNUSED, (kept,))]


_UNUSED: LiteralString = """
SELECT id, storage_key FROM attachments WHERE conversation_id IS NULL AND created_at < tenant.now() - %s::interval
ORDER BY created_at LIMIT %s
"""
_DELETE: LiteralString = "DELETE FROM attachments WHERE id = ANY (%s) AND conversation_id IS NULL"


_DELETE_UNSHOWN: LiteralString = """
DELETE FROM attachments a WHERE a.id = ANY (%s)
  AND NOT EXISTS (SELECT FROM messages m WHERE m.conversation_id = a.conversation_id
    AND m.attachments @> jsonb_build_array(jsonb_build_object('id', a.id::text)))
RETURNING storage_key
"""


async def delete_unshown(ctx: Context, ids: list[UUID]) -> list[str]:
    """Delete attachments that no message of their conversation has any more; return the keys of their content."""
    return [row[0] for row in await (await ctx.tx.execute(_DELETE_UNSHOWN, (ids,))).fetchall()]


async def list_unused(ctx: Context, kept: timedelta, limit: int) -> list[tuple[UUID, str]]:
    """Return uploads older than ``kept`` that were never sent, with the keys of their content."""
    return [(row[0], row[1]) for row in await (await ctx.tx.execute(_UNUSED, (kept, limit))).fetchall()]


async def delete_unused(ctx: Context, ids: list[UUID]) -> None:
    """Delete uploads, unless they were sent in the meantime."""
    await ctx.tx.execute(_DELETE, (ids,))
