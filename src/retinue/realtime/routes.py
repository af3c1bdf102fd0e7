"""`/realtime/v1`: the WebSocket of the Supabase protocol."""

import asyncio

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from retinue.core.db.database import Database
from retinue.core.http.limits import origin_of
from retinue.core.logging import get_logger
from retinue.realtime import frames, hub, serving, tokens
from retinue.realtime.connection import Connection
from retinue.realtime.errors import FrameInvalidError
from retinue.realtime.frames import VERSIONS, Frame
from retinue.realtime.hub import Hub

router = APIRouter(include_in_schema=False)

_log = get_logger(__name__)
_MOST_WRONG = 10
_IDLE_SECONDS = 90.0


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
            except serving.CONNECTION_ERRORS as error:
                _log.warning("realtime.message_failed", error=str(error))
                connection.cut("The database does not answer. Connect again.")
                return
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
