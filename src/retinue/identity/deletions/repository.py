"""All SQL of the deletion of organizations. Changes are made by functions: the serving role may only read."""

import uuid
from datetime import timedelta
from typing import Any, LiteralString

from psycopg.rows import kwargs_row

from retinue.core.context import Tx
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId, UserId
from retinue.identity.deletions.types import Batch, Claimed, Deletion, Phase

_HOLD = timedelta(seconds=20)
"""How long a worker that gives no sign of progress keeps a deletion: a batch takes less than a second."""


def _row(*, phase: str, **columns: Any) -> Deletion:  # noqa: ANN401 - a row's columns
    return Deletion(phase=Phase(phase), **columns)


_REQUEST: LiteralString = "SELECT tenant.request_deletion(%s, %s, %s::double precision)"


async def request(tx: Tx, deletion_id: uuid.UUID, organization_id: OrganizationId, grace_seconds: int) -> bool:
    """Enter a deletion and shut its organization. False when it is being deleted already."""
    cursor = await tx.execute(_REQUEST, (deletion_id, organization_id, grace_seconds))
    return await cursor.fetchone() is not None


_GET: LiteralString = """
SELECT d.id, d.target_id AS organization_id, o.name AS organization_name, d.name_hash, d.requested_by, d.requested_at,
       d.erase_after, d.phase, d.rows_total, d.rows_deleted, d.files_deleted, d.error, d.started_at, d.finished_at
FROM organization_deletions d LEFT JOIN organizations o ON o.id = d.target_id
WHERE d.id = %s
"""


async def get(tx: Tx, deletion_id: uuid.UUID) -> Deletion | None:
    """Return a deletion that the person of the transaction may see."""
    async with tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_GET, (deletion_id,))).fetchone()


_LIST: LiteralString = """
SELECT d.id, d.target_id AS organization_id, o.name AS organization_name, d.name_hash, d.requested_by, d.requested_at,
       d.erase_after, d.phase, d.rows_total, d.rows_deleted, d.files_deleted, d.error, d.started_at, d.finished_at
FROM organization_deletions d LEFT JOIN organizations o ON o.id = d.target_id
WHERE %(at)s::timestamptz IS NULL OR (d.requested_at, d.id) < (%(at)s, %(id)s::uuid)
ORDER BY d.requested_at DESC, d.id DESC LIMIT %(limit)s
"""


async def list_deletions(tx: Tx, after: Position | None, limit: int) -> list[Deletion]:
    """List the deletions that the person of the transaction may see, newest first."""
    values = {"at": after and after.at, "id": after and after.id, "limit": limit}
    async with tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_CANCEL: LiteralString = "SELECT tenant.cancel_deletion(%s)"
_HASTEN: LiteralString = "SELECT tenant.hasten_deletion(%s)"


async def cancel(tx: Tx, deletion_id: uuid.UUID) -> OrganizationId | None:
    """Cancel a scheduled deletion; return its organization, or None when it is not scheduled (any more)."""
    row = await (await tx.execute(_CANCEL, (deletion_id,))).fetchone()
    return None if row is None else OrganizationId(row[0])


async def hasten(tx: Tx, deletion_id: uuid.UUID) -> OrganizationId | None:
    """End the grace period; return the organization, or None when the deletion is not scheduled (any more)."""
    row = await (await tx.execute(_HASTEN, (deletion_id,))).fetchone()
    return None if row is None else OrganizationId(row[0])


_CARRY_ON: LiteralString = "SELECT phase, files FROM tenant.carry_deletion_on(%s)"


async def carry_on(tx: Tx, organization_id: OrganizationId) -> tuple[Phase, int] | None:
    """End the grace period of the newest deletion of an organization; return its phase, and how many files it deleted."""
    row = await (await tx.execute(_CARRY_ON, (organization_id,))).fetchone()
    return None if row is None else (Phase(row[0]), int(row[1]))


_CLAIM: LiteralString = "SELECT id, organization_id, phase, requested_by FROM tenant.claim_deletions(%s, %s)"


async def claim(database: Database, wanted: int) -> list[Claimed]:
    """Claim up to so many due deletions for this worker."""
    rows = await database.statement(_CLAIM, (wanted, _HOLD))
    return [Claimed(row[0], OrganizationId(row[1]), Phase(row[2]), row[3] and UserId(row[3])) for row in rows]


_NOTE: LiteralString = "SELECT tenant.note_deletion(%s, %s, %s, %s, %s)"


async def note(
    database: Database, deletion_id: uuid.UUID, *, phase: Phase | None = None, files: int = 0, error: str | None = None
) -> None:
    """Record progress and renew the claim."""
    await database.statement(_NOTE, (deletion_id, _HOLD, phase and phase.value, files, error))


_COUNT: LiteralString = "SELECT tenant.count_rows_to_erase(%s)"


async def count_rows(database: Database, deletion_id: uuid.UUID) -> None:
    """Count the rows that are to be deleted, for the progress."""
    await database.statement(_COUNT, (deletion_id,))


_ERASE: LiteralString = "SELECT in_table, after, deleted FROM tenant.erase_rows(%s, %s, %s, %s, %s)"


async def erase_rows(database: Database, deletion_id: uuid.UUID, batch: Batch, most: int) -> Batch:
    """Delete up to so many rows of one table, in one transaction, and record it. None deleted: nothing is left."""
    ((table, after, deleted),) = await database.statement(_ERASE, (deletion_id, most, _HOLD, batch.table, batch.after))
    return Batch(table, after, deleted)


_FINISH: LiteralString = "SELECT tenant.finish_deletion(%s)"


async def finish(tx: Tx, deletion_id: uuid.UUID) -> bool:
    """Delete the organization's own row and end the deletion. False when another worker did."""
    row = await (await tx.execute(_FINISH, (deletion_id,))).fetchone()
    return bool(row and row[0])


_FINISHED: LiteralString = "SELECT tenant.list_finished_deletions(%s)"


async def list_finished(database: Database, since: timedelta) -> list[OrganizationId]:
    """Return the organizations whose deletion finished lately."""
    return [OrganizationId(row[0]) for row in await database.statement(_FINISHED, (since,))]
