"""Why a backup, a restore or a rehearsal is refused or fails."""

from retinue.core.errors import ConflictError, InvalidError, UnavailableError


class BackupRunningError(ConflictError):
    """Another backup of this database is being made."""

    code = "backup_running"
    remedy = "Wait until it has ended, and try again."


class BackupTargetMissingError(ConflictError):
    """No folder or bucket for backups is set."""

    code = "backup_target_missing"
    remedy = "Set RETINUE_BACKUP_DIR for the API and the workers, or run 'retinue backup' on the machine."


class BackupFailedError(UnavailableError):
    """The backup failed; nothing of it was left behind."""

    code = "backup_failed"


class BackupStoreError(UnavailableError):
    """The object store of the backups does not answer, or refuses the access."""

    code = "backup_store"


class BackupInvalidError(InvalidError):
    """The backup cannot be used."""

    code = "backup_invalid"
    remedy = "Use another backup. 'retinue backup list' shows those that are complete."


class BackupKeyError(InvalidError):
    """The backup cannot be opened with the key or the passphrase given."""

    code = "backup_key"


class TargetNotEmptyError(ConflictError):
    """The target of the restore is not empty."""

    code = "restore_target_not_empty"


class RestoreFailedError(UnavailableError):
    """The restore failed."""

    code = "restore_failed"


class ProgramsError(InvalidError):
    """The PostgreSQL client programs cannot be used with this server."""

    code = "postgres_programs"
    remedy = "Set PG_BIN_DIR to the bin folder of PostgreSQL client programs (pg_dump, pg_restore, psql) that fit."
