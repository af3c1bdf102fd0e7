"""Conversations over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from retinue.conversations import service
from retinue.conversations.schemas import BeginBody, MessageBody, RegenerateBody, RenameBody
from retinue.conversations.types import Conversation, ConversationFilter, Exchange, Message, Partner
from retinue.core.db.pages import Page
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.idempotency import REPLAY_HEADER, IdempotencyKey
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.replies import reply

router = APIRouter(prefix="/conversations", tags=["conversations"])

_SAME = RegenerateBody()
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": Exchange, "description": "The message, the reply to come, and the run that writes it."}
}


@router.post("", status_code=201)
async def create_conversation(request: Request, body: BeginBody) -> Conversation:
    """Create a conversation with an agent, a team or a workflow. Only you can see it."""
    async with open_context(request) as ctx:
        return await service.begin(ctx, Partner(body.agent_id, body.team_id, body.workflow_id), body.title)


@router.get("")
async def list_conversations(
    request: Request,
    *,
    agent_id: Annotated[UUID | None, Query(description="Filter by agent.")] = None,
    team_id: Annotated[UUID | None, Query(description="Filter by team.")] = None,
    workflow_id: Annotated[UUID | None, Query(description="Filter by workflow.")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Text to find in the title.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Conversation]:
    """List your conversations, most recently active first."""
    async with open_context(request) as ctx:
        wanted = ConversationFilter(agent_id, q, team_id, workflow_id)
        return await service.list_conversations(ctx, wanted, limit, cursor)


@router.get("/{conversation_id}")
async def get_conversation(request: Request, conversation_id: UUID) -> Conversation:
    """Return one of your conversations."""
    async with open_context(request) as ctx:
        return await service.get(ctx, conversation_id)


@router.patch("/{conversation_id}")
async def update_conversation(request: Request, conversation_id: UUID, body: RenameBody) -> Conversation:
    """Rename a conversation."""
    async with open_context(request) as ctx:
        return await service.rename(ctx, conversation_id, body.title)


@router.delete("/{conversation_id}", status_code=204)
async def delete_conversation(request: Request, conversation_id: UUID) -> None:
    """Permanently delete a conversation with its messages, attachments and runs."""
    async with open_context(request) as ctx:
        await service.delete(ctx, conversation_id)


@router.get("/{conversation_id}/messages")
async def list_messages(
    request: Request, conversation_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Message]:
    """List a conversation's messages, oldest first.

    `/runs/{run_id}/events` streams the text of a reply with status `streaming`, from its start.
    """
    async with open_context(request) as ctx:
        return await service.list_messages(ctx, conversation_id, limit, cursor)


@router.post("/{conversation_id}/messages", status_code=202, responses=_ACCEPTED)
async def send_message(
    request: Request, conversation_id: UUID, body: MessageBody, idempotency_key: IdempotencyKey = None
) -> Response:
    """Send a message. A run writes the reply, also when no client follows it.

    While the agent still answers the message before: 409, unless `on_busy` is `interrupt`. With `Idempotency-Key` the
    request may be sent again after a lost reply.
    """
    actor = await actor_of(request)
    sent = await service.say(database_of(request), actor, conversation_id, body.to_message(idempotency_key))
    return _accepted(sent.exchange, {REPLAY_HEADER: "true"} if sent.is_replay else {})


@router.post("/{conversation_id}/regenerate", status_code=202, responses=_ACCEPTED)
async def regenerate_reply(request: Request, conversation_id: UUID, body: RegenerateBody = _SAME) -> Response:
    """Replace the last reply with a new one; `versions` of the message keeps the earlier answers.

    The run has the tags and metadata of the earlier run unless you set others.
    """
    actor = await actor_of(request)
    exchange = await service.regenerate(database_of(request), actor, conversation_id, tags=body.tags, metadata=body.metadata)
    return _accepted(exchange, {})


def _accepted(exchange: Exchange, headers: dict[str, str]) -> Response:
    return reply(exchange, 202, {"Location": f"/api/v1/runs/{exchange.run.id}"} | headers)
