"""Backups over HTTP: their record, and asking for one. They are restored and rehearsed on the command line."""

from fastapi import APIRouter, Request

from retinue.backups import record
from retinue.backups.types import Backups
from retinue.core.http.context import open_context

router = APIRouter(prefix="/backups", tags=["system"])


@router.get("")
async def list_backups(request: Request) -> Backups:
    """Return the last successes, what needs a look, and the newest 100 backups, newest first. For superusers."""
    async with open_context(request) as ctx:
        return await record.get(ctx)


@router.post("", status_code=202)
async def create_backup(request: Request) -> Backups:
    """Have a worker make a backup, beside the daily ones; it begins within a minute and is never deleted by itself.

    For superusers. Needs `RETINUE_BACKUP_DIR`; refused while a backup is being made.
    """
    async with open_context(request) as ctx:
        return await record.request(ctx)
