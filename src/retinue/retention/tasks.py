"""Deleting what organizations keep for a time of their own. Every worker attempts it; it may be repeated.

Each batch is one transaction. Content of files is deleted before its rows: a crash in between leaves rows without content,
which the next attempt removes.
"""

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.logging import get_logger
from retinue.retention import repository
from retinue.retention.types import RetentionKind

_log = get_logger(__name__)

BATCH = 1000
_OF_RUNS = frozenset({RetentionKind.LOGS, RetentionKind.EVENTS, RetentionKind.THOUGHTS})
_OF_PLATFORM = frozenset({RetentionKind.METRICS, RetentionKind.USAGE, RetentionKind.NOTIFICATIONS})


async def delete_expired(database: Database) -> None:
    """Delete, in each organization that chose days for a kind, what is older. Other kinds go with their own packages."""
    for organization_id, kind, days in await repository.list_own(database):
        total = 0
        if kind in _OF_RUNS:
            total = await _delete_of_runs(database, organization_id, kind, days)
        elif kind is RetentionKind.FILES:
            total = await _delete_files(database, organization_id, days)
        elif kind in _OF_PLATFORM:
            while count := await repository.delete_expired(database, (organization_id, kind, days), BATCH):
                total += count
        if total:
            _log.info("retention.expired_deleted", organization_id=str(organization_id), kind=kind.value, rows=total)


async def _delete_of_runs(database: Database, organization_id: OrganizationId, kind: RetentionKind, days: int) -> int:
    total, place = 0, (None, None)
    while True:
        place, deleted = await repository.delete_expired_of_runs(database, (organization_id, kind, days), place, BATCH)
        total += deleted
        if place[0] is None and deleted < BATCH:
            return total


async def _delete_files(database: Database, organization_id: OrganizationId, days: int) -> int:
    total = 0
    while files := await repository.list_expired_files(database, organization_id, days, BATCH):
        await database.resources.storage.delete([key for _, key in files])
        await repository.delete_files(database, organization_id, [each for each, _ in files])
        total += len(files)
    return total
