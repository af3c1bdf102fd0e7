"""Operations of realtime. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from retinue.client.resource import Resource
from retinue.client.types.realtime import RealtimeEndpoint


class RealtimeApi(Resource):
    """Operations of realtime."""

    def get_endpoint(self) -> RealtimeEndpoint:
        """Return the URL and the publishable key for a Supabase client (`createClient(url, publishable_key)`) …"""
        return self._connection.json("GET", "/realtime")
