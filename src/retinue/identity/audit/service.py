"""Reading the audit log. It is written by ``core.audit`` in the transaction of what it tells, and never changed."""

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.permissions import require
from retinue.identity.audit import permissions, repository
from retinue.identity.audit.types import AuditEntry, AuditFilter
from retinue.identity.users import service as users


async def list_entries(ctx: Context, wanted: AuditFilter, limit: int, cursor: str | None) -> Page[AuditEntry]:
    """List the organization's entries, newest first. Needs ``audit:read``.

    The installation's own entries, such as failed sign-ins of unknown addresses, are for superusers:
    raises ``NotSuperuserError``.
    """
    if wanted.is_installation:
        users.require_superuser(ctx)
    else:
        require(ctx, permissions.READ)
        _ = ctx.organization_id
    rows = await repository.list_entries(ctx, wanted, decode(cursor) if cursor else None, limit + 1)
    return page_of(rows, limit, lambda row: Position(row.created_at, row.id))
