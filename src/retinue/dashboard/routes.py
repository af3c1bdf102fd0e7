"""The dashboard over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from retinue.core.http.context import open_context
from retinue.dashboard import service
from retinue.dashboard.types import Dashboard, DashboardRange

router = APIRouter(tags=["dashboard"])

_Range = Annotated[DashboardRange, Query(alias="range", description="The window: the last 24 hours or the last 7 days.")]


@router.get("/dashboard")
async def get_dashboard(request: Request, *, window: _Range = DashboardRange.DAY) -> Dashboard:
    """Return the figures of a window beside those of the window before, and the most active agents.

    Figures are read from roll-ups, which follow the end of a run within 15 seconds.
    """
    async with open_context(request) as ctx:
        return await service.get_dashboard(ctx, window)
