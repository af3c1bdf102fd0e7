"""The chat page of a deployed target over HTTP: for visitors without an account, who are known by a cookie."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.http import csrf, sse
from retinue.core.http.context import database_of, visitor_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.replies import reply
from retinue.core.ids import RunId
from retinue.deployments import calling, chatting, streaming
from retinue.deployments.schemas import ChatBody
from retinue.deployments.types import Chat, ChatMessage, Served
from retinue.runs.types import RunStatus

router = APIRouter(prefix="/deployed", tags=["deployed"])

COOKIE = "retinue_visitor"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": ChatMessage, "description": "With `Accept: text/event-stream`: the stream."},
    202: {"model": ChatMessage, "description": "The message, which a worker will answer."},
}
_UNFINISHED = frozenset({RunStatus.PENDING, RunStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class _Reader:
    """A visitor whose answer is streamed."""

    served: Served
    actor: Actor
    cookie: str | None


async def _visited(request: Request, target_id: UUID) -> tuple[Served, Actor]:
    """Return what is served, and the visitor as an actor; a user who is signed in to the console is a visitor here too."""
    csrf.check_origin(request)
    served = await chatting.find(database_of(request), target_id)
    actor = calling.visitor(served, visitor_of(request))
    request.state.actor = actor
    return served, actor


def _cookie(request: Request, target_id: UUID, secret: str) -> str:
    """Write the visitor's cookie. Behind https it works in a page of another site, apart for each site that embeds it."""
    is_secure = request.app.state.process.resources.core.public_url.startswith("https:")
    site = "SameSite=None; Secure; Partitioned" if is_secure else "SameSite=Lax"
    age = chatting.KEPT_DAYS * 86_400
    return f"{COOKIE}={secret}; Max-Age={age}; Path=/api/v1/deployed/{target_id}; HttpOnly; {site}"


@router.get("/{target_id}/chat")
@open_to_anyone
async def get_deployed_chat(request: Request, target_id: UUID) -> Chat:
    """Return the chat page with the visitor's own messages."""
    served, actor = await _visited(request, target_id)
    async with database_of(request).context(actor) as ctx:
        return await chatting.show(ctx, served, request.cookies.get(COOKIE))


@router.post("/{target_id}/chat/messages", status_code=202, responses=_ANSWERS)
@open_to_anyone
async def send_chat_message(request: Request, target_id: UUID, body: ChatBody) -> Response:
    """Send a visitor's message. The answer is streamed as `POST /deployed/{target_id}/runs` does, when it is asked for.

    The first message sets the visitor's cookie. Runs are limited by address as those of callers without a key are.
    """
    served, actor = await _visited(request, target_id)
    database, cookie = database_of(request), request.cookies.get(COOKIE)
    await calling.limit(database.resources.kv, served, actor)
    async with database.context(actor) as ctx:
        said = await chatting.say(ctx, served, cookie, body.content)
    if said.cookie is not None:
        headers, cookie = {"Set-Cookie": _cookie(request, target_id, said.cookie)}, said.cookie
    else:
        headers = {}
    if sse.is_wanted(request.headers.get("accept", "")):
        return _stream(database, _Reader(served, actor, cookie), said.message, headers)
    return reply(said.message, 202, headers)


@router.get("/{target_id}/chat/messages/{run_id}", responses={200: {"model": ChatMessage}})
@open_to_anyone
async def get_chat_message(request: Request, target_id: UUID, run_id: UUID) -> Response:
    """Return one of the visitor's messages; with `Accept: text/event-stream`, its answer as it comes."""
    served, actor = await _visited(request, target_id)
    cookie = request.cookies.get(COOKIE)
    async with database_of(request).context(actor) as ctx:
        message = await chatting.get(ctx, served, cookie, run_id)
    if sse.is_wanted(request.headers.get("accept", "")) and message.status in _UNFINISHED:
        return _stream(database_of(request), _Reader(served, actor, cookie), message, {})
    return reply(message)


@router.delete("/{target_id}/chat", status_code=204)
@open_to_anyone
async def clear_deployed_chat(request: Request, target_id: UUID) -> None:
    """Clear the visitor's chat."""
    served, actor = await _visited(request, target_id)
    async with database_of(request).context(actor) as ctx:
        await chatting.clear(ctx, served, request.cookies.get(COOKIE))


def _stream(database: Database, reader: _Reader, message: ChatMessage, headers: dict[str, str]) -> Response:
    async def read() -> ChatMessage:
        async with database.context(reader.actor) as ctx:
            return await chatting.get(ctx, reader.served, reader.cookie, message.run_id)

    frames = streaming.stream(database, reader.served.organization_id, RunId(message.run_id), read, message)
    return sse.stream(frames, None, headers)
