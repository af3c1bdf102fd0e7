"""All SQL of the visitors of chat pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.deployments.types import Served
from retinue.runs.types import RunType


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor, who is known by a cookie alone; the chat that is shown began at an instant."""

    id: UUID
    chat_began_at: datetime


_INSERT: LiteralString = """
INSERT INTO deployment_visitors (id, organization_id, target_type, target_id, agent_id, team_id, workflow_id,
  secret_hash)
VALUES (%(id)s, %(organization_id)s, %(target_type)s, %(target_id)s, %(agent_id)s, %(team_id)s, %(workflow_id)s,
  %(secret_hash)s)
RETURNING id, chat_began_at
"""


async def insert(ctx: Context, visitor_id: UUID, served: Served, secret_hash: bytes) -> Visitor:
    """Write a new visitor."""
    values = {
        "id": visitor_id,
        "organization_id": ctx.organization_id,
        "target_type": served.target_type,
        "target_id": served.target_id,
        "agent_id": served.target_id if served.target_type is RunType.AGENT else None,
        "team_id": served.target_id if served.target_type is RunType.TEAM else None,
        "workflow_id": served.target_id if served.target_type is RunType.WORKFLOW else None,
        "secret_hash": secret_hash,
    }
    async with ctx.tx.cursor(row_factory=class_row(Visitor)) as cursor:
        made = await (await cursor.execute(_INSERT, values)).fetchone()
    if made is None:
        raise AssertionError("an insert returns its row")
    return made


_FIND: LiteralString = """
SELECT id, chat_began_at FROM deployment_visitors WHERE secret_hash = %s AND target_id = %s AND last_seen_at >= %s
"""
_SEE: LiteralString = """
UPDATE deployment_visitors SET last_seen_at = tenant.now() WHERE secret_hash = %s AND target_id = %s AND last_seen_at >= %s
RETURNING id, chat_began_at
"""


async def find(
    ctx: Context, served: Served, secret_hash: bytes, seen_since: datetime, *, is_speaking: bool = False
) -> Visitor | None:
    """Return the visitor of a cookie; with ``is_speaking`` they are seen now, and held until the commit."""
    statement = _SEE if is_speaking else _FIND
    async with ctx.tx.cursor(row_factory=class_row(Visitor)) as cursor:
        return await (await cursor.execute(statement, (secret_hash, served.target_id, seen_since))).fetchone()


_CLEAR: LiteralString = "UPDATE deployment_visitors SET chat_began_at = tenant.now() WHERE id = %s"


async def clear(ctx: Context, visitor_id: UUID) -> None:
    """Start a visitor's chat at this moment."""
    await ctx.tx.execute(_CLEAR, (visitor_id,))


_ORGANIZATIONS: LiteralString = "SELECT tenant.organizations_with_expired_visitors(tenant.now() - make_interval(days => %s))"


async def list_organizations_with_expired(database: Database, days: int) -> list[OrganizationId]:
    """Name the organizations that have visitors who were not seen for so many days."""
    return [OrganizationId(row[0]) for row in await database.statement(_ORGANIZATIONS, (days,))]


_LOCK_EXPIRED: LiteralString = """
SELECT id FROM deployment_visitors WHERE organization_id = %s AND last_seen_at < tenant.now() - make_interval(days => %s)
ORDER BY last_seen_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_DELETE: LiteralString = "DELETE FROM deployment_visitors WHERE id = %s"


async def lock_expired(ctx: Context, days: int) -> UUID | None:
    """Lock a visitor of the organization who was not seen for so many days, and name them."""
    row = await (await ctx.tx.execute(_LOCK_EXPIRED, (ctx.organization_id, days))).fetchone()
    return None if row is None else row[0]


async def delete(ctx: Context, visitor_id: UUID) -> None:
    """Delete a visitor."""
    await ctx.tx.execute(_DELETE, (visitor_id,))
