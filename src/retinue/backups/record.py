"""How the backups stand, for superusers."""

from dataclasses import replace

from retinue.backups import repository
from retinue.backups.errors import BackupRunningError, BackupTargetMissingError
from retinue.backups.settings import BackupSettings
from retinue.backups.standing import why_backup_is_behind, why_rehearsal_is_behind
from retinue.backups.types import BackupAttempt, Backups, BackupStatus
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.database import acting_as
from retinue.core.ids import new_id
from retinue.identity.users import service as users

_MOST = 100


async def get(ctx: Context) -> Backups:
    """Return how the backups stand. Raises ``NotSuperuserError``."""
    users.require_superuser(ctx)
    settings = ctx.resources.settings_of(BackupSettings)
    state = await repository.get_state_on(ctx.tx)
    rehearsed = await repository.get_rehearsals_on(ctx.tx)
    waiting = await repository.get_request_on(ctx.tx)
    warnings = (
        why_backup_is_behind(state) if settings.backup_dir else None,
        why_rehearsal_is_behind(rehearsed, settings.backup_rehearsal_days),
    )
    items = [_attempt(each, is_running=state.is_running) for each in await repository.list_attempts(ctx.tx, _MOST)]
    return Backups(
        daily_at=settings.backup_time if settings.backup_dir else None,
        is_running=state.is_running,
        requested_at=None if waiting is None else waiting[1],
        last_success_at=state.last_success_at,
        last_rehearsal_at=rehearsed.last_success_at,
        warnings=[each for each in warnings if each],
        items=items,
    )


async def request(ctx: Context) -> Backups:
    """Ask for a backup, which a worker begins within a minute. Asking again before that changes nothing.

    Raises ``NotSuperuserError``, ``BackupTargetMissingError``, ``BackupRunningError``.
    """
    users.require_superuser(ctx)
    if not ctx.resources.settings_of(BackupSettings).backup_dir:
        raise BackupTargetMissingError
    if (await repository.get_state_on(ctx.tx)).is_running:
        raise BackupRunningError
    backup_id = new_id()
    if await repository.request(ctx.tx, backup_id) == backup_id:
        async with acting_as(ctx, replace(ctx.actor, organization_id=None)) as there:
            await audit.record(there, "backup.requested", ("backup", backup_id))
    return await get(ctx)


def _attempt(found: BackupAttempt, *, is_running: bool) -> BackupAttempt:
    """Tell of an attempt that its process left without an end that it failed: no other is made at the time."""
    if found.status is not BackupStatus.RUNNING or is_running:
        return found
    return replace(found, status=BackupStatus.FAILED, error="The process that made it ended early.")
