"""Periodic work of metrics. Every worker attempts it; it is safe on several at once, and may be repeated."""

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.metrics import repository
from retinue.metrics.settings import MetricSettings

_log = get_logger(__name__)

_BATCH = 500
_ENDINGS = 2000


async def collect(database: Database) -> None:
    """Write what ended runs add to metrics and usage. A worker that dies leaves them to the next one."""
    while await repository.collect(database, _ENDINGS) == _ENDINGS:
        pass


async def roll_up(database: Database) -> None:
    """Roll up again what was reported or changed; what is new of runs is in the roll-ups already."""
    while await repository.roll_up(database, _BATCH) == _BATCH:
        pass


async def keep(database: Database) -> None:
    """Make partitions ahead, and delete what is older than it is kept."""
    settings = database.resources.settings_of(MetricSettings)
    kept = (
        settings.metric_points_days,
        settings.metric_minutes_days,
        settings.metric_hours_days,
        settings.metric_days_days,
    )
    deleted = total = await repository.keep(database, kept, _BATCH)
    while deleted == _BATCH:
        deleted = await repository.keep(database, kept, _BATCH)
        total += deleted
    if total:
        _log.info("metrics.expired_deleted", rollups=total)
