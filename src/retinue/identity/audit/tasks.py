"""Periodic work of the audit log. Every worker attempts it; it may be repeated."""

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.identity.audit import repository
from retinue.identity.audit.settings import AuditSettings

_log = get_logger(__name__)

_BATCH = 5000


async def delete_expired(database: Database) -> None:
    """Delete entries older than their organization keeps them, in batches, each a commit."""
    days = database.resources.settings_of(AuditSettings).installation_audit_retention_days
    total = 0
    while count := await repository.delete_expired(database, days, _BATCH):
        total += count
    if total:
        _log.info("audit.expired_deleted", entries=total)
