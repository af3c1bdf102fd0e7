"""All SQL that reads and bounds the audit log; ``core.audit`` writes it."""

from typing import LiteralString

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.identity.audit.types import AuditEntry, AuditFilter

_LIST: LiteralString = """
SELECT a.id, a.actor_kind, a.actor_id, u.full_name AS actor_name, a.api_key_id, a.action, a.target_type, a.target_id,
       a.before, a.after, a.ip, a.user_agent, a.request_id, a.created_at
FROM audit_log a LEFT JOIN users u ON u.id = a.actor_id
WHERE a.organization_id = %(organization_id)s
  AND (%(action)s::text IS NULL OR a.action = %(action)s)
  AND (%(prefix)s::text IS NULL OR starts_with(a.action, %(prefix)s))
  AND (%(actor_id)s::uuid IS NULL OR a.actor_id = %(actor_id)s)
  AND (%(target_id)s::uuid IS NULL OR a.target_id = %(target_id)s)
  AND (%(created_after)s::timestamptz IS NULL OR a.created_at >= %(created_after)s)
  AND (%(created_before)s::timestamptz IS NULL OR a.created_at < %(created_before)s)
  AND (%(at)s::timestamptz IS NULL OR (a.created_at, a.id) < (%(at)s, %(id)s::uuid))
ORDER BY a.created_at DESC, a.id DESC LIMIT %(limit)s
"""
_LIST_OF_INSTALLATION: LiteralString = _LIST.replace("= %(organization_id)s", "IS NULL")


async def list_entries(ctx: Context, wanted: AuditFilter, after: Position | None, limit: int) -> list[AuditEntry]:
    """List entries, newest first.

    The organization is named beside the policy, which alone finds nothing in an index.
    """
    is_prefix = wanted.action is not None and wanted.action.endswith(".*")
    values = {
        "organization_id": None if wanted.is_installation else ctx.organization_id,
        "action": None if is_prefix else wanted.action,
        "prefix": wanted.action[:-1] if is_prefix and wanted.action else None,
        "created_after": wanted.created_after,
        "created_before": wanted.created_before,
        "actor_id": wanted.actor_id,
        "target_id": wanted.target_id,
        "at": after and after.at,
        "id": after and after.id,
        "limit": limit,
    }
    async with ctx.tx.cursor(row_factory=class_row(AuditEntry)) as cursor:
        return await (await cursor.execute(_LIST_OF_INSTALLATION if wanted.is_installation else _LIST, values)).fetchall()


_DELETE_EXPIRED: LiteralString = "SELECT auth.delete_expired_audit(tenant.now(), %s, %s)"


async def delete_expired(database: Database, installation_days: int, limit: int) -> int:
    """Delete up to ``limit`` entries that are too old, and as many of no organization; return how many."""
    rows = await database.statement(_DELETE_EXPIRED, (installation_days, limit))
    return int(rows[0][0])
