"""Operations of realtime, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from retinue.client.resource import AsyncResource
from retinue.client.types.realtime import RealtimeEndpoint


class AsyncRealtimeApi(AsyncResource):
    """Operations of realtime."""

    async def get_endpoint(self) -> RealtimeEndpoint:
        """Return the URL and the publishable key for a Supabase client (`createClient(url, publishable_key)`) …"""
        return await self._connection.json("GET", "/realtime")
