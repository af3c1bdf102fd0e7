"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): frames, and their reply."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

from fastapi.responses import StreamingResponse
from prometheus_client import Gauge
from starlette.types import Receive, Scope, Send

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
OPENING = b"retry: 2000\n\n"
END = b"event: end\ndata: {}\n\n"
MEDIA_TYPE = "text/event-stream"


class Streams:
    """The streams that are open in a process. Their readers stay as long as they like, so a process that ends ends them."""

    def __init__(self, opened: Gauge) -> None:
        """Begin with none; ``opened`` counts them."""
        self._opened = opened
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_ended = False

    def end(self) -> None:
        """End every stream; their readers come back, to another process or a later one."""
        self._is_ended = True
        for task in self._tasks:
            task.cancel()

    async def send(self, response: StreamingResponse, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a stream until it or the process ends; then it is closed as one that is complete."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._tasks.add(task)
        self._opened.inc()
        try:
            await StreamingResponse.__call__(response, scope, receive, send)
        except asyncio.CancelledError:
            if not self._is_ended or task.uncancel():
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._tasks.discard(task)
            self._opened.dec()


class _EventStream(StreamingResponse):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream as one of the application's."""
        streams: Streams = scope["app"].state.streams
        await streams.send(self, scope, receive, send)


def frame(event: str, data: bytes, event_id: int | None = None) -> bytes:
    """Write one event; ``data`` is JSON on one line. With an id, a client that comes back says how far it had got."""
    head = f"event: {event}\n" if event_id is None else f"id: {event_id}\nevent: {event}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def stream(frames: AsyncIterator[bytes], headers: Mapping[str, str] | None = None) -> StreamingResponse:
    """Stream frames as they come; nothing on the way shall hold them back or keep them."""
    return _EventStream(
        frames,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no", **(headers or {})},
    )


def is_wanted(accept: str) -> bool:
    """Say whether an ``Accept`` header asks for a stream of events."""
    return MEDIA_TYPE in accept
