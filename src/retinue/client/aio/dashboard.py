"""Operations of dashboard, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Unpack

from retinue.client.resource import AsyncResource
from retinue.client.types.dashboard import Dashboard, DashboardRange, DismissGettingStarted, GettingStarted


class AsyncDashboardApi(AsyncResource):
    """Operations of dashboard."""

    async def get(self, *, range: DashboardRange | None = None) -> Dashboard:
        """Return the figures of a window beside those of the window before, and the most active agents."""
        return await self._connection.json("GET", "/dashboard", query={"range": range})

    async def get_getting_started(self) -> GettingStarted:
        """Return which first steps of the organization are done, and whether you dismissed them. Not for API keys."""
        return await self._connection.json("GET", "/getting-started")

    async def update_getting_started(self, **body: Unpack[DismissGettingStarted]) -> GettingStarted:
        """Hide the first steps from yourself in this organization, or show them again. Not for API keys."""
        return await self._connection.json("PUT", "/getting-started", body=body)
