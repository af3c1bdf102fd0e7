"""Periodic work of runs. Every worker attempts it; it is safe on several at once, and may be repeated."""

from contextlib import suppress
from dataclasses import asdict

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.logging import get_logger
from retinue.runs import repository, service
from retinue.runs.artifacts import service as artifacts
from retinue.runs.errors import RunMissingError, RunOverError

_log = get_logger(__name__)

_BATCH = 200


async def reconcile(database: Database) -> None:
    """Repair what a lost job, a restored backup or a hand left behind; an advisory lock lets one worker do it at a time."""
    repairs = await repository.reconcile(database)
    if repairs.resubmitted or repairs.reopened:
        _log.warning("runs.reconciled", **asdict(repairs))
    if repairs.resubmitted or repairs.pending:
        database.resources.bus.job_ready()


async def wake(database: Database) -> None:
    """Have workers begin the runs that are pending: what told them so may have been lost."""
    database.resources.bus.job_ready()


async def delete_expired(database: Database) -> None:
    """Delete what is older than its organization keeps it: runs that are over, their files first.

    A crash between the two leaves rows without content, which the next attempt removes. Runs that have waited for a
    person for as long are cancelled, and deleted by the next attempt, when their end has been told.
    """
    for organization_id in await repository.list_organizations_with_expired(database):
        await _delete_finished(database, organization_id)
        await _cancel_waiting(database, organization_id)
    await repository.delete_unused_plans(database)


async def _delete_finished(database: Database, organization_id: OrganizationId) -> None:
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


async def _cancel_waiting(database: Database, organization_id: OrganizationId) -> None:
    while True:
        async with database.system_context([organization_id]) as ctx:
            run_ids = await repository.list_expired_waiting(ctx, _BATCH)
        if not run_ids:
            break
        for run_id in run_ids:
            # It may be over in the meantime, by a decision or because a run above it was cancelled.
            with suppress(RunMissingError, RunOverError):
                async with database.system_context([organization_id]) as ctx:
                    await service.cancel(ctx, run_id)
        _log.info("runs.expired_cancelled", organization_id=str(organization_id), runs=len(run_ids))
