"""Periodic work of attachments. Every worker attempts it; it may be repeated."""

from datetime import timedelta

from retinue.conversations.attachments import service
from retinue.core.db.database import Database
from retinue.core.logging import get_logger

_log = get_logger(__name__)

_KEPT = timedelta(days=1)


async def delete_unused(database: Database) -> None:
    """Delete uploads that were not sent within a day."""
    count = await service.delete_unused(database, _KEPT)
    if count:
        _log.info("attachments.unused_deleted", attachments=count)
