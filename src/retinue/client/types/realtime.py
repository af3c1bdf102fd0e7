"""Documents of realtime. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["RealtimeEndpoint"]


class RealtimeEndpoint(TypedDict):
    """Where clients of the Supabase protocol connect, and the key that they present."""

    publishable_key: str
    tables: list[str]
    url: str
    websocket_url: str
