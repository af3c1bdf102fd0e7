"""Where clients of the Supabase protocol connect."""

from fastapi import APIRouter, Request

from retinue.core.http.context import open_context
from retinue.realtime import service
from retinue.realtime.types import RealtimeEndpoint

router = APIRouter(prefix="/realtime", tags=["realtime"])


@router.get("")
async def get_realtime_endpoint(request: Request) -> RealtimeEndpoint:
    """Return the URL and the publishable key for a Supabase client (`createClient(url, publishable_key)`), and the tables.

    The key is no secret: without a signed-in person it reads nothing.
    """
    async with open_context(request) as ctx:
        return service.endpoint(ctx)
