"""`/realtime/v1`: the WebSocket of the Supabase protocol, and broadcasts by HTTP."""

import asyncio
from contextlib import suppress

import orjson
from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response

from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.http.limits import origin_of
from retinue.core.json import Json
from retinue.realtime import cors, frames, hub, serving, tokens, topics
from retinue.realtime.connection import Connection
from retinue.realtime.errors import FrameInvalidError
from retinue.realtime.frames import VERSIONS, Frame
from retinue.realtime.hub import Hub

router = APIRouter(include_in_schema=False)

_MOST_WRONG = 10
_IDLE_SECONDS = 90.0
_MOST_MESSAGES = 100
_LONGEST_NAME = 400


@router.websocket("/realtime/v1/websocket")
async def websocket(websocket: WebSocket) -> None:
    """Serve a connection until either side ends it."""
    database: Database = websocket.app.state.database
    served = hub.of(database)
    refusal = _refusal(served, database, websocket)
    if refusal is not None:
        status, text = refusal
        await websocket.send_denial_response(JSONResponse({"error": text}, status))
        return
    version = VERSIONS[websocket.query_params.get("vsn", "1.0.0")]
    settings = served.settings
    connection = Connection(
        websocket,
        version,
        buffer_bytes=settings.realtime_buffer_kib * 1024,
        messages_per_second=settings.realtime_messages_per_second,
    )
    served.crowd.add(connection, _address(websocket))
    try:
        await websocket.accept()
        receiving = asyncio.create_task(_receive(served, connection, websocket), name="realtime receive")
        receiving.add_done_callback(lambda _: connection.wake())
        try:
            await connection.serve(receiving)
        finally:
            receiving.cancel()
            await asyncio.wait([receiving])
        await connection.close()
    finally:
        served.crowd.remove(connection)
        for channel in list(connection.channels.values()):
            serving.leave(served, channel)


def _refusal(served: Hub, database: Database, websocket: WebSocket) -> tuple[int, str] | None:
    key = websocket.query_params.get("apikey") or websocket.headers.get("x-api-key") or ""
    version = websocket.query_params.get("vsn", "1.0.0")
    if version not in VERSIONS:
        return 400, f"This version of the protocol is not supported. Use one of {', '.join(VERSIONS)} as vsn."
    if not _is_known(database, key):
        return 401, "The API key is missing or unknown. Use the publishable key that Settings shows."
    refusal = served.crowd.refusal(_address(websocket))
    return None if refusal is None else (429, refusal)


def _address(websocket: WebSocket) -> str:
    return origin_of(None if websocket.client is None else websocket.client.host)


def _is_known(database: Database, key: str) -> bool:
    box = database.resources.secrets
    return tokens.is_publishable(box, key) or tokens.read(box, key, now=database.clock.now().timestamp()) is not None


async def _receive(served: Hub, connection: Connection, websocket: WebSocket) -> None:
    wrong, limit = 0, served.settings.realtime_message_kib * 1024
    try:
        while connection.cut_reason is None:
            async with asyncio.timeout(_IDLE_SECONDS):
                message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not connection.messages.take():
                connection.cut("ClientEventRateLimitReached: Too many messages per second")
                return
            try:
                frame = _frame(message.get("text"), message.get("bytes"), connection, limit)
                await serving.handle(served, connection, frame)
            except FrameInvalidError as error:
                wrong += 1
                if wrong > _MOST_WRONG:
                    connection.cut(f"Too many messages are not of the protocol. The last: {error}")
                    return
    except TimeoutError:
        connection.cut("No message came for 90 seconds, not even a heartbeat.")
    except (WebSocketDisconnect, RuntimeError, OSError):
        return


def _frame(text: str | None, data: bytes | None, connection: Connection, limit: int) -> Frame:
    if text is not None:
        if len(text) > limit:
            raise FrameInvalidError(f"The message is larger than {limit // 1024} KiB.")
        return frames.parse_text(text, connection.version)
    if data is None or len(data) > limit:
        raise FrameInvalidError(f"The message is larger than {limit // 1024} KiB.")
    return frames.parse_binary(data)


@router.api_route("/realtime/v1/api/broadcast", methods=["POST", "OPTIONS"])
async def broadcast(request: Request) -> Response:
    """Send messages to the members of topics who share an organization with the sender."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    database: Database = request.app.state.database
    token = cors.bearer(request)
    served = hub.of(database)
    found = await served.readers.find(token) if token else None
    if found is None:
        return cors.refuse(401, "no_authorization", "Sign in, and send the access token as 'Authorization: Bearer …'.")
    refusal: Error | None = getattr(request.state, "refusal", None)
    messages = None if refusal is not None else _messages(await request.body())
    if messages is None:
        return cors.refuse(422, "validation_failed", 'Send {"messages": [{"topic", "event", "payload"}]}, up to 100.')
    for topic, event, payload in messages:
        places = frozenset(str(each) for each in found[0].places)
        named = topics.organization_of(topic)
        allowed = places if named is None else places & {str(named)}
        if allowed:
            content: dict[str, Json] = {"type": "broadcast", "event": event, "payload": payload}
            served.topics.announce(f"realtime:{topic}", allowed, content)
    return Response(status_code=202, headers=cors.HEADERS)


def _messages(body: bytes) -> list[tuple[str, str, Json]] | None:
    with suppress(orjson.JSONDecodeError, KeyError, TypeError):
        found = [(each["topic"], each["event"], each.get("payload")) for each in orjson.loads(body)["messages"]]
        are_named = all(isinstance(text, str) and 0 < len(text) <= _LONGEST_NAME for each in found for text in each[:2])
        return found if are_named and len(found) <= _MOST_MESSAGES else None
    return None
