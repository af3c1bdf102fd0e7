"""Pure: what someone should look at, by what is known of the daily backups and of the rehearsals."""

from datetime import timedelta

from retinue.backups.repository import Rehearsals, State
from retinue.backups.rules import LATE_AFTER


def why_backup_is_behind(state: State) -> str | None:
    """Return why the daily backups, which are set to be made, are not as they should be."""
    last = "There is no daily backup yet."
    if state.last_success_at is not None:
        last = f"The last daily backup that succeeded began at {state.last_success_at:%Y-%m-%d %H:%M} UTC."
    has_failed = state.last_failure_at is not None and (
        state.last_success_at is None or state.last_failure_at > state.last_success_at
    )
    if has_failed:
        return f"The daily backup failed: {state.error} {last} The log of the workers has the cause."
    is_late = state.last_success_at is None or state.now - state.last_success_at > LATE_AFTER
    if is_late and not state.is_running:
        return f"{last} Look whether a worker runs that has RETINUE_BACKUP_DIR and DATABASE_URL."
    return None


def why_rehearsal_is_behind(rehearsed: Rehearsals, oldest_days: int) -> str | None:
    """Return why the rehearsals are not as they should be; of their age only where it has a limit, which is not 0."""
    if rehearsed.error is not None:
        return f"The last rehearsal of a backup failed at {rehearsed.last_at:%Y-%m-%d %H:%M} UTC: {rehearsed.error}"
    oldest = rehearsed.now - timedelta(days=oldest_days)
    if oldest_days and (rehearsed.last_success_at is None or rehearsed.last_success_at < oldest):
        return f"No rehearsal of a backup succeeded in {oldest_days} days. Run 'retinue backup verify'."
    return None
