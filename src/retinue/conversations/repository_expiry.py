"""The SQL of messages that are older than their organization keeps them."""

from typing import LiteralString
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId

_ORGANIZATIONS: LiteralString = "SELECT tenant.organizations_with_expired_messages(tenant.now())"


async def list_organizations(database: Database) -> list[OrganizationId]:
    """Name the organizations that have messages or conversations older than they keep."""
    return [OrganizationId(row[0]) for row in await database.statement(_ORGANIZATIONS, ())]


_LOCK_EXPIRED: LiteralString = """
SELECT c.id FROM conversations c JOIN organizations o ON o.id = c.organization_id
WHERE c.organization_id = %s
  AND coalesce(c.last_message_time, c.created_at)
    < tenant.now() - make_interval(days => tenant.retention_days(o.retention, 'messages', o.run_retention_days))
  AND NOT EXISTS (SELECT FROM runs r WHERE r.organization_id = c.organization_id AND r.conversation_id = c.id
    AND r.status IN ('pending', 'running', 'waiting'))
ORDER BY coalesce(c.last_message_time, c.created_at) LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED
"""


async def lock_expired(ctx: Context) -> UUID | None:
    """Lock a conversation of the organization in which nothing was said for too long, and name it."""
    row = await (await ctx.tx.execute(_LOCK_EXPIRED, (ctx.organization_id,))).fetchone()
    return None if row is None else row[0]


_DELETE: LiteralString = """
DELETE FROM messages WHERE id IN (
  SELECT m.id FROM messages m JOIN organizations o ON o.id = m.organization_id
  WHERE m.organization_id = %(organization_id)s AND m.status <> 'streaming'
    AND m.created_at
      < tenant.now() - make_interval(days => tenant.retention_days(o.retention, 'messages', o.run_retention_days))
    AND NOT EXISTS (SELECT FROM messages reply WHERE reply.conversation_id = m.conversation_id
      AND reply.sequence = m.sequence + 1 AND reply.status = 'streaming')
  ORDER BY m.created_at LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED)
RETURNING attachments
"""


async def delete_messages(ctx: Context, limit: int) -> list[list[UUID]]:
    """Delete old messages of the organization; return, for each, the ids of its attachments."""
    values = {"organization_id": ctx.organization_id, "limit": limit}
    rows = await (await ctx.tx.execute(_DELETE, values)).fetchall()
    return [[UUID(each["id"]) for each in row[0]] for row in rows]
