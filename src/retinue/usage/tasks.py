"""Periodic work of usage. Every worker attempts it; it is safe on several at once, and may be repeated."""

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.usage import repository
from retinue.usage.settings import UsageSettings

_log = get_logger(__name__)

_BATCH = 2000


async def add_up(database: Database) -> None:
    """Add up again the hours of which rows changed. A worker that dies leaves its changes to the next one."""
    while await repository.add_up(database, _BATCH) == _BATCH:
        pass


async def keep(database: Database) -> None:
    """Make partitions ahead, and delete what is older than it is kept."""
    settings = database.resources.settings_of(UsageSettings)
    deleted = total = await repository.keep(database, settings.usage_days, settings.usage_hours_days, _BATCH)
    while deleted == _BATCH:
        deleted = await repository.keep(database, settings.usage_days, settings.usage_hours_days, _BATCH)
        total += deleted
    if total:
        _log.info("usage.expired_deleted", sums=total)
