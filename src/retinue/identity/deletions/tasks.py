"""Carrying out deletions of organizations. Every step may be repeated, so a worker that dies is followed by another.

Files are found by listing the storage below the organization's folders, not from rows, so that no list can be lost and files
without a row are found as well. Rows are deleted in transactions of a fraction of a second, so nobody waits long for a lock.
"""

import asyncio
import time
from datetime import timedelta

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.logging import get_logger
from retinue.core.outbox import Event, append
from retinue.identity.deletions import repository, rules, service
from retinue.identity.deletions.types import Batch, Claimed, Phase

_log = get_logger(__name__)

_AT_ONCE = 4
_FILES = 1000
_KEYS = 1000
_SWEPT_FOR = timedelta(hours=25)


async def erase(database: Database) -> None:
    """Carry out the deletions that are due, several at once, until none is; those of other workers are left to them."""
    while claimed := await repository.claim(database, _AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for each in claimed:
                group.create_task(_erase(database, each))


async def sweep_files(database: Database) -> None:
    """Delete files that appeared after the end of a deletion: a worker that was stopped may have stored one since."""
    for organization_id in await repository.list_finished(database, _SWEPT_FOR):
        for prefix in _prefixes(database, organization_id):
            while count := await database.resources.storage.delete_under(prefix, _FILES):
                _log.info("organization.late_files_deleted", organization_id=str(organization_id), files=count)


async def stop_work(ctx: Context, event: Event) -> None:
    """Stop what is going on in an organization as soon as its deletion is asked for, some in each transaction."""
    if await _stop_some(ctx):
        await append(ctx, event.type, event.payload)


async def _stop_some(ctx: Context) -> int:
    return sum([await stop(ctx) for stop in ctx.resources.organization_stopped])


async def _erase(database: Database, claimed: Claimed) -> None:
    try:
        if claimed.phase is Phase.STOPPING:
            await _stop(database, claimed)
            await repository.note(database, claimed.id, phase=Phase.FILES)
        if claimed.phase in {Phase.STOPPING, Phase.FILES}:
            await _delete_files(database, claimed)
            await repository.note(database, claimed.id, phase=Phase.ROWS)
        await repository.count_rows(database, claimed.id)
        await _delete_rows(database, claimed)
        await _delete_files(database, claimed)
        async with database.system_context([claimed.organization_id]) as ctx:
            is_finished = await repository.finish(ctx.tx, claimed.id)
            if is_finished:
                await service.record_finished(ctx, claimed.organization_id, claimed.id)
        _log.info("organization.deleted", organization_id=str(claimed.organization_id), deletion_id=str(claimed.id))
    except Exception as error:  # noqa: BLE001 - the border of a deletion: the others go on, and it is tried again
        _log.exception("organization.deletion_failed", deletion_id=str(claimed.id))
        text = error.detail if isinstance(error, Error) else type(error).__name__
        await repository.note(database, claimed.id, error=f"{text} It is tried again.")


async def _stop(database: Database, claimed: Claimed) -> None:
    stopped = 1
    while stopped:
        async with database.system_context([claimed.organization_id]) as ctx:
            stopped = await _stop_some(ctx)
        await repository.note(database, claimed.id)
    async with database.system_context([claimed.organization_id]) as ctx:
        keys = [key for name in ctx.resources.organization_keys for key in await name(ctx)]
    for start in range(0, len(keys), _KEYS):
        await database.resources.kv.delete(*keys[start : start + _KEYS], everywhere=True)


async def _delete_files(database: Database, claimed: Claimed) -> None:
    for prefix in _prefixes(database, claimed.organization_id):
        while count := await database.resources.storage.delete_under(prefix, _FILES):
            await repository.note(database, claimed.id, files=count)


async def _delete_rows(database: Database, claimed: Claimed) -> None:
    batch, most = Batch(), rules.FIRST_BATCH
    while True:
        began = time.monotonic()
        following = await repository.erase_rows(database, claimed.id, batch, most)
        if not following.deleted:
            return
        seconds = time.monotonic() - began
        most = rules.next_batch(most if following.table == batch.table else min(most, rules.FIRST_BATCH), seconds)
        batch = following
        await asyncio.sleep(seconds * rules.REST)


def _prefixes(database: Database, organization_id: OrganizationId) -> list[str]:
    return [f"{folder}/{organization_id}" for folder in database.resources.file_folders]
