"""Operations of live, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator

from retinue.client.models import RunEvent
from retinue.client.resource import AsyncResource


class AsyncLiveApi(AsyncResource):
    """Operations of live."""

    def stream_changes(self) -> AsyncIterator[RunEvent]:
        """Stream changes of the organization: an event with the current state of each changed run, agent and …"""
        return self._connection.events("/live")
