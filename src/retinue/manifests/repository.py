"""All SQL of manifests: which resources were applied under which source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context

_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('manifests.' || %s::text))"


async def lock(ctx: Context) -> None:
    """Let the organization's applies take turns until the transaction ends."""
    await ctx.tx.execute(_LOCK, (str(ctx.organization_id),))


@dataclass(frozen=True, slots=True)
class Applied:
    """A resource that was applied: its kind and id, the source, and the name that the file had."""

    kind: str
    resource_id: UUID
    source: str
    name: str


_LIST: LiteralString = """
SELECT kind, resource_id, source, name FROM applied_resources
WHERE organization_id = %(organization_id)s
  AND (source = %(source)s OR resource_id = ANY (%(ids)s::uuid[]))
ORDER BY name, resource_id
"""


async def list_applied(ctx: Context, source: str, ids: Sequence[UUID]) -> list[Applied]:
    """Return what was applied under a source, and under which source each of some resources was."""
    values = {"organization_id": ctx.organization_id, "source": source, "ids": list(ids)}
    async with ctx.tx.cursor(row_factory=class_row(Applied)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_PUT: LiteralString = """
INSERT INTO applied_resources (organization_id, kind, resource_id, source, name, applied_at)
VALUES (%(organization_id)s, %(kind)s, %(resource_id)s, %(source)s, %(name)s, tenant.now())
ON CONFLICT ON CONSTRAINT applied_resources_pkey DO UPDATE
SET source = excluded.source, name = excluded.name, applied_at = excluded.applied_at
"""


async def put_applied(ctx: Context, applied: Applied) -> None:
    """Record that a resource was applied under a source."""
    values = {
        "organization_id": ctx.organization_id,
        "kind": applied.kind,
        "resource_id": applied.resource_id,
        "source": applied.source,
        "name": applied.name,
    }
    await ctx.tx.execute(_PUT, values)


_DELETE: LiteralString = "DELETE FROM applied_resources WHERE kind = %s AND resource_id = %s"


async def delete_applied(ctx: Context, kind: str, resource_id: UUID) -> None:
    """Forget that a resource was applied."""
    await ctx.tx.execute(_DELETE, (kind, resource_id))
