"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): frames, and their reply."""

from collections.abc import AsyncIterator, Mapping
from functools import partial

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from retinue.core.context import Actor
from retinue.core.http.streams import Streams

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
OPENING = b"retry: 2000\n\n"
END = b"event: end\ndata: {}\n\n"
MEDIA_TYPE = "text/event-stream"


class _EventStream(StreamingResponse):
    """A stream that is one of the application's open ones while it is sent."""

    needs: str | None = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream as long as its reader has the permission it needs."""
        streams: Streams = scope["app"].state.streams
        actor: Actor = scope["state"]["actor"]
        await streams.send(partial(StreamingResponse.__call__, self, scope, receive, send), send, actor, self.needs)


def frame(event: str, data: bytes, event_id: int | None = None) -> bytes:
    """Write one event; ``data`` is JSON on one line. With an id, a client that comes back says how far it had got."""
    head = f"event: {event}\n" if event_id is None else f"id: {event_id}\nevent: {event}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def stream(frames: AsyncIterator[bytes], needs: str | None, headers: Mapping[str, str] | None = None) -> StreamingResponse:
    """Stream frames as they come; nothing on the way shall hold them back or keep them.

    ``needs`` is the permission without which the stream ends; None: anybody may read. The request's sender has been asked
    for (``open_context``).
    """
    response = _EventStream(
        frames,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no", **(headers or {})},
    )
    response.needs = needs
    return response


def is_wanted(accept: str) -> bool:
    """Say whether an ``Accept`` header asks for a stream of events."""
    return MEDIA_TYPE in accept
