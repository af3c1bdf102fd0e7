"""Operations of live. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator

from retinue.client.models import RunEvent
from retinue.client.resource import Resource


class LiveApi(Resource):
    """Operations of live."""

    def stream_changes(self) -> Iterator[RunEvent]:
        """Stream changes of the organization: an event with the current state of each changed run, agent and …"""
        return self._connection.events("/live")
