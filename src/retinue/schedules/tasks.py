"""Periodic work of schedules. Every worker attempts it; it is safe on several at once, and may be repeated."""

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.schedules import firing, repository
from retinue.schedules import repository_occurrences as occurrences

_log = get_logger(__name__)

_BATCH = 1000


async def reconcile(database: Database) -> None:
    """Set timers again that a repeated failure, a restored backup or a hand removed."""
    for organization_id, schedule_id in await repository.list_without_timer(database, _BATCH):
        async with database.system_context([organization_id]) as ctx:
            held = await repository.lock(ctx, schedule_id, is_waiting=False)
            if held is None:
                continue
            await firing.set_timer(ctx, held)
            if await occurrences.count_queued(ctx, schedule_id):
                await firing.look(ctx, schedule_id)
        _log.warning("schedules.timer_restored", schedule_id=str(schedule_id))


async def delete_expired(database: Database) -> None:
    """Delete occurrences that are older than their organization keeps its runs."""
    for organization_id in await occurrences.list_organizations_with_expired(database):
        deleted = _BATCH
        while deleted == _BATCH:
            async with database.system_context([organization_id]) as ctx:
                deleted = await occurrences.delete_expired(ctx, _BATCH)
