"""The daily backup: every worker looks each minute whether it is due, and starts a process that makes it.

The process locks the database for backups, so of many workers one makes it; the others find it running, or made.
"""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta

from retinue.backups import repository, rules
from retinue.backups.settings import BackupSettings
from retinue.core.db.database import Database
from retinue.core.logging import get_logger

_log = get_logger(__name__)
_END_SECONDS = 10.0
COMMAND = "backup-daily"


async def back_up(database: Database) -> None:
    """Make the daily backup when it is due: none is set to be made without RETINUE_BACKUP_DIR. May be repeated."""
    settings = database.resources.settings_of(BackupSettings)
    if not settings.backup_dir:
        return
    state = await repository.get_state(database)
    is_due = rules.is_due(
        state.now, settings.backup_time, last_success_at=state.last_success_at, last_failure_at=state.last_failure_at
    )
    if is_due and not state.is_running:
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
    return await _why_backup_is_behind(database, settings) or await _why_rehearsal_is_behind(database, settings)


async def _why_rehearsal_is_behind(database: Database, settings: BackupSettings) -> str | None:
    rehearsed = await repository.get_rehearsals(database)
    if rehearsed.error is not None:
        return f"The last rehearsal of a backup failed at {rehearsed.last_at:%Y-%m-%d %H:%M} UTC: {rehearsed.error}"
    oldest = rehearsed.now - timedelta(days=settings.backup_rehearsal_days)
    if settings.backup_rehearsal_days and (rehearsed.last_success_at is None or rehearsed.last_success_at < oldest):
        return f"No rehearsal of a backup succeeded in {settings.backup_rehearsal_days} days. Run 'retinue backup verify'."
    return None


async def _why_backup_is_behind(database: Database, settings: BackupSettings) -> str | None:
    if not settings.backup_dir:
        return None
    state = await repository.get_state(database)
    last = "There is no daily backup yet."
    if state.last_success_at is not None:
        last = f"The last daily backup that succeeded began at {state.last_success_at:%Y-%m-%d %H:%M} UTC."
    has_failed = state.last_failure_at is not None and (
        state.last_success_at is None or state.last_failure_at > state.last_success_at
    )
    if has_failed:
        return f"The daily backup failed: {state.error} {last} The log of the workers has the cause."
    is_late = state.last_success_at is None or state.now - state.last_success_at > rules.LATE_AFTER
    if is_late and not state.is_running:
        return f"{last} Look whether a worker runs that has RETINUE_BACKUP_DIR and DATABASE_URL."
    return None
