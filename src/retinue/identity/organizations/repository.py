"""All SQL of organizations."""

from typing import LiteralString

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.identity.organizations.errors import SlugTakenError
from retinue.identity.organizations.types import Organization, OrganizationChange, OwnOrganization

_CREATE: LiteralString = "SELECT * FROM auth.create_organization(%(id)s, %(name)s, %(slug)s)"


async def create(tx: Tx, organization_id: OrganizationId, name: str, slug: str) -> bool:
    """Insert an organization owned by the person of the transaction. False when the slug is taken."""
    values = {"id": organization_id, "name": name, "slug": slug}
    return await (await tx.execute(_CREATE, values)).fetchone() is not None


_GET: LiteralString = """
SELECT id, name, slug, plan, created_by, max_concurrent_runs, run_retention_days, audit_retention_days,
       require_two_factor, created_at, updated_at
FROM organizations WHERE id = %(id)s
"""


async def get(tx: Tx, organization_id: OrganizationId) -> Organization | None:
    """Return one organization."""
    async with tx.cursor(row_factory=class_row(Organization)) as cursor:
        return await (await cursor.execute(_GET, {"id": organization_id})).fetchone()


_LIST_OWN: LiteralString = """
SELECT o.id, o.name, o.slug, o.plan, m.role
FROM memberships m JOIN organizations o ON o.id = m.organization_id
WHERE m.user_id = auth.uid() AND o.status = 'active' AND (%(only)s::uuid IS NULL OR o.id = %(only)s)
  AND (%(id)s::uuid IS NULL OR o.id > %(id)s)
ORDER BY o.id LIMIT %(limit)s
"""


async def list_own(
    tx: Tx, after: Position | None, limit: int, *, only: OrganizationId | None = None
) -> list[OwnOrganization]:
    """List the organizations of the person of the transaction, the oldest first; with ``only``, none but that one."""
    values = {"id": after and after.id, "limit": limit, "only": only}
    async with tx.cursor(row_factory=class_row(OwnOrganization)) as cursor:
        return await (await cursor.execute(_LIST_OWN, values)).fetchall()


_UPDATE: LiteralString = """
UPDATE organizations SET name = coalesce(%(name)s, name), slug = coalesce(%(slug)s, slug),
       max_concurrent_runs = coalesce(%(max_concurrent_runs)s, max_concurrent_runs),
       run_retention_days = coalesce(%(run_retention_days)s, run_retention_days),
       audit_retention_days = coalesce(%(audit_retention_days)s, audit_retention_days),
       require_two_factor = coalesce(%(require_two_factor)s, require_two_factor)
WHERE id = %(id)s
RETURNING id, name, slug, plan, created_by, max_concurrent_runs, run_retention_days, audit_retention_days,
       require_two_factor, created_at, updated_at
"""


async def update(tx: Tx, organization_id: OrganizationId, change: OrganizationChange) -> Organization | None:
    """Change the organization of the transaction. Raises ``SlugTakenError``."""
    values = {
        "id": organization_id,
        "name": change.name,
        "slug": change.slug,
        "max_concurrent_runs": change.max_concurrent_runs,
        "run_retention_days": change.run_retention_days,
        "audit_retention_days": change.audit_retention_days,
        "require_two_factor": change.require_two_factor,
    }
    try:
        async with tx.transaction(), tx.cursor(row_factory=class_row(Organization)) as cursor:
            return await (await cursor.execute(_UPDATE, values)).fetchone()
    except UniqueViolation:
        raise SlugTakenError from None


_SET_PLAN: LiteralString = "SELECT * FROM auth.set_plan(%(id)s, %(plan)s)"


async def set_plan(tx: Tx, organization_id: OrganizationId, plan: str) -> bool:
    """Store an organization's plan, as a superuser."""
    return await (await tx.execute(_SET_PLAN, {"id": organization_id, "plan": plan})).fetchone() is not None
