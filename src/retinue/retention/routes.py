"""Retention over HTTP."""

from fastapi import APIRouter, Request

from retinue.core.http.context import open_context
from retinue.retention import service
from retinue.retention.schemas import SetRetention
from retinue.retention.types import Retention, RetentionPreview

router = APIRouter(prefix="/organizations/current/retention", tags=["organizations"])


@router.get("")
async def get_retention(request: Request) -> Retention:
    """Return how long the organization keeps each kind of record, with the bounds of each."""
    async with open_context(request) as ctx:
        return await service.get(ctx)


@router.put("")
async def set_retention(request: Request, body: SetRetention) -> Retention:
    """Set how long each kind is kept. What is older is deleted by the next hourly maintenance, and cannot be restored."""
    async with open_context(request) as ctx:
        return await service.update(ctx, body.chosen())


@router.post("/preview")
async def preview_retention(request: Request, body: SetRetention) -> RetentionPreview:
    """Count what the next maintenance would delete, were these the settings. Nothing is changed.

    Counting stops at 100,000 rows of a table (`is_more`).
    """
    async with open_context(request) as ctx:
        return await service.preview(ctx, body.chosen())
