"""The verbs of backups for the command line: make, list, check, restore and compare. Import it when a command runs."""

from retinue.backups.checking import Compared, Stored, compare, fits, forget_sealed, read_stored
from retinue.backups.folders import held, remove_incomplete
from retinue.backups.keeping import delete_old, place_of, target_of
from retinue.backups.making import FinishedBackup, Order, connect, make_backup
from retinue.backups.parts import told
from retinue.backups.repository import Owner, get_rehearsals_on, get_request_on, get_state_as_owner, record_rehearsal
from retinue.backups.restoring import (
    Backup,
    note_compared,
    note_finished,
    open_backup,
    open_secret_key,
    read_unfinished,
    refuse_full_database,
    restore_database,
    restore_files,
)
from retinue.backups.rules import is_due
from retinue.backups.settings import BackupSettings
from retinue.backups.standing import why_backup_is_behind, why_rehearsal_is_behind
from retinue.backups.targets import Place, Target

__all__ = [
    "Backup",
    "BackupSettings",
    "Compared",
    "FinishedBackup",
    "Order",
    "Owner",
    "Place",
    "Stored",
    "Target",
    "compare",
    "connect",
    "delete_old",
    "fits",
    "forget_sealed",
    "get_rehearsals_on",
    "get_request_on",
    "get_state_as_owner",
    "held",
    "is_due",
    "make_backup",
    "note_compared",
    "note_finished",
    "open_backup",
    "open_secret_key",
    "place_of",
    "read_stored",
    "read_unfinished",
    "record_rehearsal",
    "refuse_full_database",
    "remove_incomplete",
    "restore_database",
    "restore_files",
    "target_of",
    "told",
    "why_backup_is_behind",
    "why_rehearsal_is_behind",
]
