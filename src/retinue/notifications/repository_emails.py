"""The SQL of notifications that are sent by e-mail."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.notifications.types import DueEmail

_WITH_EMAILS: LiteralString = "SELECT tenant.organizations_with_due_emails(%s)"


async def list_organizations_with_emails(database: Database) -> list[OrganizationId]:
    """Name organizations whose members are due e-mail."""
    return [OrganizationId(row[0]) for row in await database.statement(_WITH_EMAILS, (1000,))]


# The claim puts the attempt off, so that no other worker makes it; what is sent has no due time any more. One person at a
# time: with a slow mail server a claim of many would expire before the last of them was served, and another worker would
# send to them too.
_CLAIM: LiteralString = """
UPDATE notifications n SET email_due_at = tenant.now() + make_interval(secs => 60 * (2 ^ n.email_attempts)::integer),
  email_attempts = n.email_attempts + 1
FROM users u WHERE u.id = n.user_id AND n.id IN (
  SELECT d.id FROM notifications d
  WHERE d.organization_id = %(organization_id)s AND d.email_due_at <= tenant.now() AND d.user_id = (
    SELECT f.user_id FROM notifications f WHERE f.organization_id = %(organization_id)s AND f.email_due_at <= tenant.now()
    ORDER BY f.email_due_at, f.id LIMIT 1 FOR UPDATE SKIP LOCKED)
  ORDER BY d.created_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING n.id, n.user_id, u.email AS address, n.title, n.message, n.priority, n.count, n.created_at,
  n.email_attempts AS attempts, n.type, n.data
"""
_EMAILED: LiteralString = "UPDATE notifications SET email_due_at = NULL, emailed_at = tenant.now() WHERE id = ANY (%s)"
_GIVEN_UP: LiteralString = "UPDATE notifications SET email_due_at = NULL WHERE id = ANY (%s)"


async def claim_emails(ctx: Context, most: int) -> list[DueEmail]:
    """Claim notifications of one person that are due by e-mail in the organization."""
    async with ctx.tx.cursor(row_factory=class_row(DueEmail)) as cursor:
        values = {"organization_id": ctx.organization_id, "most": most}
        return await (await cursor.execute(_CLAIM, values)).fetchall()


async def end_emails(ctx: Context, ids: list[UUID], *, is_sent: bool) -> None:
    """Note that notifications were sent by e-mail, or never will be."""
    await ctx.tx.execute(_EMAILED if is_sent else _GIVEN_UP, (ids,))
