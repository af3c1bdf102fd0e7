"""Operations of events, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource
from retinue.client.types.events import ExternalEvent, ExternalEventPage, SendEvent


class AsyncEventsApi(AsyncResource):
    """Operations of events."""

    async def list(
        self, *, name: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> ExternalEventPage:
        """List the events of the last 24 hours, newest first."""
        return await self._connection.json("GET", "/events", query={"name": name, "limit": limit, "cursor": cursor})

    def iterate(self, *, name: str | None = None, limit: int | None = None) -> AsyncIterator[ExternalEvent]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/events", query={"name": name, "limit": limit})

    async def send(self, **body: Unpack[SendEvent]) -> ExternalEvent:
        """Send an event to the runs that wait for it."""
        return await self._connection.json("POST", "/events", body=body)
