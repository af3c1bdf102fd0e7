"""The record of backups over HTTP. They are made, restored and rehearsed on the command line."""

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
