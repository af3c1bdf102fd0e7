"""What `retinue doctor` says of backups: the last daily backup and the last rehearsal."""

import psycopg

from retinue.backups import service
from retinue.cli.finding import Finding, State

CONNECT_SECONDS = 10
_REHEARSE = "Run 'retinue backup verify': it restores a backup into a scratch server and compares it."


async def examine_backups(url: str, settings: service.BackupSettings) -> list[Finding]:
    """Look at the record of backups; nothing of a database that does not answer or has another schema, told elsewhere."""
    try:
        async with await psycopg.AsyncConnection.connect(
            url, connect_timeout=CONNECT_SECONDS, autocommit=True
        ) as connection:
            return [await _backups(connection, settings), await _rehearsals(connection, settings)]
    except psycopg.Error:
        return []


async def _backups(connection: service.Owner, settings: service.BackupSettings) -> Finding:
    if not settings.backup_dir:
        remedy = "Set it to a bucket, or a folder on another disk or machine, and read docs/backups.md."
        return Finding("Backups", State.MIND, "No daily backup is made: RETINUE_BACKUP_DIR is not set.", remedy)
    state = await service.get_state_as_owner(connection)
    behind = None if state is None else service.why_backup_is_behind(state)
    if behind:
        return Finding("Backups", State.MIND, behind)
    if state is None or state.last_success_at is None:
        return Finding("Backups", State.OK, "The first daily backup is being made.")
    running = " Another is being made." if state.is_running else ""
    return Finding(
        "Backups", State.OK, f"The last daily backup began at {state.last_success_at:%Y-%m-%d %H:%M} UTC.{running}"
    )


async def _rehearsals(connection: service.Owner, settings: service.BackupSettings) -> Finding:
    rehearsed = await service.get_rehearsals_on(connection)
    behind = service.why_rehearsal_is_behind(rehearsed, settings.backup_rehearsal_days)
    if behind:
        return Finding("Rehearsal", State.MIND, behind, "" if "retinue backup verify" in behind else _REHEARSE)
    if rehearsed.last_success_at is None:
        return Finding("Rehearsal", State.MIND, "No rehearsal of a backup is recorded.", _REHEARSE)
    return Finding("Rehearsal", State.OK, f"The last one succeeded at {rehearsed.last_success_at:%Y-%m-%d %H:%M} UTC.")
