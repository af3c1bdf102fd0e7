"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): frames, and their reply."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
OPENING = b"retry: 2000\n\n"
END = b"event: end\ndata: {}\n\n"
MEDIA_TYPE = "text/event-stream"


def frame(event: str, data: bytes, event_id: int | None = None) -> bytes:
    """Write one event; ``data`` is JSON on one line. With an id, a client that comes back says how far it had got."""
    head = f"event: {event}\n" if event_id is None else f"id: {event_id}\nevent: {event}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def stream(frames: AsyncIterator[bytes]) -> StreamingResponse:
    """Stream frames as they come; nothing on the way shall hold them back or keep them."""
    return StreamingResponse(
        frames,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


def is_wanted(accept: str) -> bool:
    """Say whether an ``Accept`` header asks for a stream of events."""
    return MEDIA_TYPE in accept
