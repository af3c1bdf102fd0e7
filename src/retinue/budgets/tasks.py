"""Periodic work of budgets. Every worker attempts it; it is safe on several at once, and may be repeated."""

from retinue.budgets import repository_ledger as ledger
from retinue.core.db.database import Database
from retinue.core.logging import get_logger

_log = get_logger(__name__)

_BATCH = 500
_ENTRY_DAYS = 35
_COUNTER_DAYS = 400


async def reap(database: Database) -> None:
    """End reservations whose worker is dead: of a call that its run's records tell, what it used; else they are released."""
    while (ended := await ledger.reap(database, _BATCH)) > 0:
        _log.info("budgets.reservations_reaped", reservations=ended)
        if ended < _BATCH:
            break


async def keep(database: Database) -> None:
    """Delete entries and counters of long ago."""
    while await ledger.keep(database, _ENTRY_DAYS, _COUNTER_DAYS, _BATCH) == _BATCH:
        pass
