"""Events as the frames a browser reads."""

from datetime import UTC, datetime

import orjson

from retinue.core.bus.messages import Token
from retinue.core.http import sse
from retinue.runs.events.types import FollowedEvent

ENDS = frozenset({"completed", "failed", "cancelled"})
IDLE = ENDS | {"waiting"}
"""Statuses in which a run does nothing further by itself."""
_EVENT_OF_KIND = {"text": "token", "reasoning": "reasoning"}


def frame_of(event: FollowedEvent) -> bytes:
    """Write a durable event as a frame; its data passes as the database wrote it, without being read."""
    at = (event.created_at or datetime.now(UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    head = f'{{"sequence":{event.sequence},"type":"{event.type}","created_at":"{at}","data":'
    body = head.encode() + (event.data or "{}").encode() + b"}"
    return sse.frame(event.type or "message", body, event.sequence)


def frame_of_token(token: Token) -> bytes:
    """Write a piece of text as a frame, once for all its readers."""
    if token.frame is None:
        data = orjson.dumps({"step_id": token.step_id, "index": token.index, "text": token.text})
        token.frame = sse.frame(_EVENT_OF_KIND.get(token.kind, "token"), data)
    return token.frame


def ended_step(event: FollowedEvent) -> str | None:
    """Name the step an event tells the end of."""
    if event.type != "step.completed" or event.data is None:
        return None
    step_id = orjson.loads(event.data).get("step_id")
    return step_id if isinstance(step_id, str) else None
