"""All SQL of retention: rows of several packages are counted and deleted by functions, by the database's clock."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.retention.types import Chosen, RetentionKind

_GET: LiteralString = "SELECT run_retention_days, audit_retention_days, retention FROM organizations WHERE id = %s"


async def get(ctx: Context, *, lock: bool = False) -> Chosen | None:
    """Return what the context's organization chose; with ``lock``, until the end of the transaction."""
    query = _GET + " FOR NO KEY UPDATE" if lock else _GET
    row = await (await ctx.tx.execute(query, (ctx.organization_id,))).fetchone()
    if row is None:
        return None
    chosen: Chosen = {kind: row[2].get(kind.value) for kind in RetentionKind}
    return chosen | {RetentionKind.RUNS: row[0], RetentionKind.AUDIT: row[1]}


_SET: LiteralString = """
UPDATE organizations SET run_retention_days = %s, audit_retention_days = %s, retention = %s WHERE id = %s
"""


async def update(ctx: Context, chosen: Chosen) -> None:
    """Store what the context's organization chose."""
    own = {kind.value: days for kind, days in chosen.items() if days is not None}
    runs, audit = own.pop(RetentionKind.RUNS), own.pop(RetentionKind.AUDIT)
    await ctx.tx.execute(_SET, (runs, audit, Jsonb(own), ctx.organization_id))


_COUNT: LiteralString = "SELECT rows, oldest_at FROM tenant.count_expired(%s, %s, %s, %s)"


async def count_expired(ctx: Context, kind: RetentionKind, days: int, most: int) -> tuple[int, datetime | None]:
    """Count what is older than so many days, up to a number for each table; return it and the oldest."""
    row = await (await ctx.tx.execute(_COUNT, (ctx.organization_id, kind.value, days, most))).fetchone()
    return (0, None) if row is None else (int(row[0]), row[1])


_OWN: LiteralString = "SELECT organization_id, kind, days FROM tenant.list_own_retention()"


Expired = tuple[OrganizationId, RetentionKind, int]
"""An organization, a kind, and for how many days it is kept."""


async def list_own(database: Database) -> list[Expired]:
    """Return the kinds that organizations keep for a time of their own."""
    rows = await database.statement(_OWN, ())
    known = {kind.value for kind in RetentionKind}
    return [(OrganizationId(row[0]), RetentionKind(row[1]), row[2]) for row in rows if row[1] in known]


_DELETE: LiteralString = "SELECT tenant.delete_retained(%s, %s, %s, %s)"


async def delete_expired(database: Database, expired: Expired, most: int) -> int:
    """Delete rows of a kind that are too old, up to a number, in one transaction; return how many."""
    ((deleted,),) = await database.statement(_DELETE, (*expired, most))
    return int(deleted)


Place = tuple[datetime | None, UUID | None]
_DELETE_OF_RUNS: LiteralString = """
SELECT after_at, after_id, deleted FROM tenant.delete_expired_of_runs(%s, %s, %s, %s, %s, %s, %s)
"""


async def delete_expired_of_runs(database: Database, expired: Expired, place: Place, most: int) -> tuple[Place, int]:
    """Delete what the next runs recorded too long ago, up to a number; return where to go on, and how many were deleted."""
    values = (*expired, most, most, *place)
    ((at, last, deleted),) = await database.statement(_DELETE_OF_RUNS, values)
    return (at, last), int(deleted)


_FILES: LiteralString = "SELECT id, storage_key FROM tenant.list_expired_files(%s, %s, %s)"
_DELETE_FILES: LiteralString = "SELECT tenant.delete_files_of_runs(%s, %s)"


async def list_expired_files(
    database: Database, organization_id: OrganizationId, days: int, most: int
) -> list[tuple[UUID, str]]:
    """Return files of runs that are too old: the id and the storage key."""
    return [(row[0], row[1]) for row in await database.statement(_FILES, (organization_id, days, most))]


async def delete_files(database: Database, organization_id: OrganizationId, ids: list[UUID]) -> None:
    """Delete the rows of files whose content is gone."""
    await database.statement(_DELETE_FILES, (organization_id, ids))
