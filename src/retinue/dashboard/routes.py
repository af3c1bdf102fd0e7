"""The dashboard over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from retinue.core.http.context import open_context
from retinue.dashboard import getting_started, service
from retinue.dashboard.schemas import DismissGettingStarted
from retinue.dashboard.types import Dashboard, DashboardRange, GettingStarted

router = APIRouter(tags=["dashboard"])

_Range = Annotated[DashboardRange, Query(alias="range", description="The window: the last 24 hours or the last 7 days.")]


@router.get("/dashboard")
async def get_dashboard(request: Request, *, window: _Range = DashboardRange.DAY) -> Dashboard:
    """Return the figures of a window beside those of the window before, and the most active agents.

    Figures are read from roll-ups, which follow the end of a run within 15 seconds.
    """
    async with open_context(request) as ctx:
        return await service.get_dashboard(ctx, window)


@router.get("/getting-started")
async def get_getting_started(request: Request) -> GettingStarted:
    """Return which first steps of the organization are done, and whether you dismissed them. Not for API keys."""
    async with open_context(request) as ctx:
        return await getting_started.get(ctx)


@router.put("/getting-started")
async def update_getting_started(request: Request, body: DismissGettingStarted) -> GettingStarted:
    """Hide the first steps from yourself in this organization, or show them again. Not for API keys."""
    async with open_context(request) as ctx:
        return await getting_started.set_dismissed(ctx, dismissed=body.dismissed)
