"""Periodic work of runs. Every worker attempts it; it is safe on several at once, and may be repeated."""

from dataclasses import asdict

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.runs import repository
from retinue.runs.artifacts import service as artifacts

_log = get_logger(__name__)

_BATCH = 200


async def reconcile(database: Database) -> None:
    """Repair what a lost job, a restored backup or a hand left behind; an advisory lock lets one worker do it at a time."""
    repairs = await repository.reconcile(database)
    if repairs.resubmitted or repairs.corrected or repairs.reopened:
        _log.warning("runs.reconciled", **asdict(repairs))
    if repairs.resubmitted or repairs.admitted or repairs.reopened:
        database.resources.bus.job_ready()


async def delete_expired(database: Database) -> None:
    """Delete runs that are over and older than their organization keeps them, their files first.

    A crash between the two leaves rows without content, which the next attempt takes away.
    """
    for organization_id in await repository.list_organizations_with_expired(database):
        while True:
            async with database.system_context([organization_id]) as ctx:
                run_ids = await repository.list_expired(ctx, _BATCH)
                keys = await artifacts.list_keys(ctx, run_ids)
            if not run_ids:
                break
            await database.resources.storage.delete(keys)
            async with database.system_context([organization_id]) as ctx:
                await repository.delete_runs(ctx, run_ids)
            _log.info("runs.expired_deleted", organization_id=str(organization_id), runs=len(run_ids), files=len(keys))
