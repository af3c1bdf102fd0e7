"""The daily backup, and one that a superuser asked for: every worker looks each minute, and starts a process that makes it.

The process locks the database for backups, so of many workers one makes it; the others find it running, or made.
"""

import asyncio
import os
import sys
from contextlib import suppress

from retinue.backups import repository, rules
from retinue.backups.settings import BackupSettings
from retinue.backups.standing import why_backup_is_behind, why_rehearsal_is_behind
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger

_log = get_logger(__name__)
_END_SECONDS = 10.0
COMMAND = "backup-daily"


async def back_up(database: Database) -> None:
    """Make the daily backup when it is due, or one that was asked for; none without RETINUE_BACKUP_DIR. May be repeated."""
    settings = database.resources.settings_of(BackupSettings)
    if not settings.backup_dir:
        return
    state = await repository.get_state(database)
    is_due = rules.is_due(
        state.now, settings.backup_time, last_success_at=state.last_success_at, last_failure_at=state.last_failure_at
    )
    if state.is_running:
        return
    if is_due or await repository.get_request(database) is not None:
        await _run()


async def _run() -> None:
    """Run the process to its end; it ends when this worker does, and writes to the same log."""
    command = (sys.executable, "-m", "retinue.cli.entry", COMMAND, str(os.getpid()))
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        raise
    if code != 0:
        _log.error("backup.process_failed", exit_code=code)


async def why_behind(database: Database) -> str | None:
    """Return what someone should look at: the last daily backup or rehearsal failed, or is not recent."""
    settings = database.resources.settings_of(BackupSettings)
    behind = why_backup_is_behind(await repository.get_state(database)) if settings.backup_dir else None
    return behind or why_rehearsal_is_behind(await repository.get_rehearsals(database), settings.backup_rehearsal_days)


async def tell_superusers(database: Database) -> None:
    """Notify superusers of what they should look at. A worker that makes no backups does not know that all is well again."""
    is_made = bool(database.resources.settings_of(BackupSettings).backup_dir)
    state = await repository.get_state(database)
    if is_made and state.last_success_at is None and state.last_failure_at is None:
        return  # the first one is about to be made
    behind = await why_behind(database)
    if behind is None and not is_made:
        return
    for organization_id, user_id in await repository.notify(database, behind):
        news: JsonObject = {"id": str(user_id), "private_to": str(user_id)}
        database.resources.bus.news(OrganizationId(organization_id), "notification", news)
