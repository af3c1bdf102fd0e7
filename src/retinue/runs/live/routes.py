"""An organization's live news over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from retinue.core.http import sse
from retinue.core.http.context import database_of, open_context
from retinue.runs.live import service

router = APIRouter(tags=["live"])

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "A stream of events.", "content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


@router.get("/live", response_class=StreamingResponse, responses=_STREAM)
async def stream_changes(request: Request) -> StreamingResponse:
    """Stream changes of the organization: an event with the current state of each changed run, agent and approval.

    `run` and `approval` events have the main fields, `agent` events the id and status. `resync` means that events may
    have been lost: reload the lists. A comment is sent every 15 seconds to keep the connection open. When the key or session
    ends, or its role no longer has `runs:read`, the stream ends with `event: access_ended` {code, detail}.
    """
    async with open_context(request) as ctx:
        organization_id, user_id = service.require_readable(ctx), ctx.actor.user_id
    desk = service.feeds_of(database_of(request))

    async def frames() -> AsyncIterator[bytes]:
        async with desk.follow(organization_id, user_id) as watcher:
            async for frame in watcher.frames():
                yield frame

    return sse.stream(frames(), service.NEEDS)
