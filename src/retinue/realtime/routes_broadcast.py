"""Broadcasts by HTTP: a batch of messages, or one message to one topic."""

from contextlib import suppress

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.json import Json, JsonObject
from retinue.realtime import cors, frames, hub, topics
from retinue.realtime.errors import FrameInvalidError
from retinue.realtime.hub import Hub
from retinue.realtime.readers import Reader

router = APIRouter(include_in_schema=False)

_MOST_MESSAGES = 100
_LONGEST_NAME = 400
_BINARY = "application/octet-stream"
_FORM = 'Send {"messages": [{"topic", "event", "payload"}]}, up to 100.'
_TOO_LARGE = "The message is larger than {limit} KiB."


@router.api_route("/realtime/v1/api/broadcast", methods=["POST", "OPTIONS"])
async def broadcast(request: Request) -> Response:
    """Send messages to the members of topics who share an organization with the sender."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    served, reader = await _sender(request)
    if reader is None:
        return _nobody()
    body = await _body(request)
    messages = None if body is None else _messages(body)
    if messages is None:
        return cors.refuse(422, "validation_failed", _FORM)
    if not served.crowd.may_send(reader.user_id, len(messages)):
        return _too_many()
    for topic, event, payload in messages:
        _announce(served, reader, topic, {"type": "broadcast", "event": event, "payload": payload})
    return Response(status_code=202, headers=cors.HEADERS)


@router.api_route("/realtime/v1/api/broadcast/{topic:path}/events/{event:path}", methods=["POST", "OPTIONS"])
async def broadcast_event(request: Request, topic: str, event: str) -> Response:
    """Send one message, whose payload is the body: JSON, or bytes as ``application/octet-stream``."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    served, reader = await _sender(request)
    if reader is None:
        return _nobody()
    body = await _body(request)
    refusal = _refusal(served, topic, event, body)
    is_binary = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _BINARY
    content = _content(event, body, is_binary=is_binary)
    if refusal is None and content is None:
        refusal = cors.refuse(422, "validation_failed", f"The body must be JSON, or bytes as {_BINARY}.")
    if refusal is not None or body is None or content is None:
        return refusal or _nobody()
    if not served.crowd.may_send(reader.user_id, 1):
        return _too_many()
    _announce(served, reader, topic, content, body if is_binary else None)
    return Response(status_code=202, headers=cors.HEADERS)


def _refusal(served: Hub, topic: str, event: str, body: bytes | None) -> Response | None:
    limit = served.settings.realtime_message_kib
    if body is None or len(body) > limit * 1024:
        return cors.refuse(413, "validation_failed", _TOO_LARGE.format(limit=limit))
    if not 0 < len(topic) <= _LONGEST_NAME or not 0 < len(event) <= _LONGEST_NAME:
        return cors.refuse(422, "validation_failed", f"Topic and event have 1 to {_LONGEST_NAME} characters.")
    return None


def _content(event: str, body: bytes | None, *, is_binary: bool) -> JsonObject | None:
    content: JsonObject = {"type": "broadcast", "event": event}
    if is_binary or body is None:
        return content
    try:
        content["payload"] = orjson.loads(body)
        frames.measure(content)
    except (orjson.JSONDecodeError, FrameInvalidError):
        return None
    return content


async def _sender(request: Request) -> tuple[Hub, Reader | None]:
    database: Database = request.app.state.database
    served, token = hub.of(database), cors.bearer(request)
    found = await served.readers.find(token) if token else None
    return served, None if found is None else found[0]


async def _body(request: Request) -> bytes | None:
    """Return the body; None for one that was refused, as it is too large."""
    refusal: Error | None = getattr(request.state, "refusal", None)
    return None if refusal is not None else await request.body()


def _announce(served: Hub, reader: Reader, topic: str, content: JsonObject, binary: bytes | None = None) -> None:
    places = frozenset(str(each) for each in reader.places)
    named = topics.organization_of(topic)
    allowed = places if named is None else places & {str(named)}
    if allowed:
        served.topics.announce(f"realtime:{topic}", allowed, content, binary)


def _messages(body: bytes) -> list[tuple[str, str, Json]] | None:
    with suppress(orjson.JSONDecodeError, KeyError, TypeError, AttributeError, FrameInvalidError):
        found = [(each["topic"], each["event"], each.get("payload")) for each in orjson.loads(body)["messages"]]
        frames.measure([payload for _, _, payload in found])
        are_named = all(isinstance(text, str) and 0 < len(text) <= _LONGEST_NAME for each in found for text in each[:2])
        return found if are_named and len(found) <= _MOST_MESSAGES else None
    return None


def _nobody() -> Response:
    return cors.refuse(401, "no_authorization", "Sign in, and send the access token as 'Authorization: Bearer …'.")


def _too_many() -> Response:
    return cors.refuse(429, "over_request_rate_limit", "Too many messages per second. Wait a second.", 1)
