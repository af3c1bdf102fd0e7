"""Links to conversations over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request

from retinue.conversations import sharing
from retinue.conversations.schemas import CreateConversationShare
from retinue.conversations.types_shares import ConversationShare, NewConversationShare, SharedConversation
from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["conversations"])

ShareToken = Annotated[
    str,
    Header(
        alias="X-Retinue-Share-Token",
        min_length=1,
        max_length=200,
        description="The token of the link: what follows # in its address.",
    ),
]


@router.post("/conversations/{conversation_id}/shares", status_code=201)
async def create_conversation_share(
    request: Request, conversation_id: UUID, body: CreateConversationShare
) -> NewConversationShare:
    """Create a link by which others read a conversation of yours, up to its last finished message.

    `url` is not shown again. The link expires, and can be revoked; both are in the audit log.
    """
    async with open_context(request) as ctx:
        return await sharing.create(ctx, conversation_id, body.audience, body.expires_in_days)


@router.get("/conversations/{conversation_id}/shares")
async def list_conversation_shares(
    request: Request, conversation_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ConversationShare]:
    """List the links to a conversation of yours that have not expired, newest first."""
    async with open_context(request) as ctx:
        return await sharing.list_shares(ctx, conversation_id, limit, cursor)


@router.delete("/conversations/{conversation_id}/shares/{share_id}", status_code=204)
async def revoke_conversation_share(request: Request, conversation_id: UUID, share_id: UUID) -> None:
    """Revoke a link to a conversation: it shows nothing from now on."""
    async with open_context(request) as ctx:
        await sharing.revoke(ctx, conversation_id, share_id)


@router.get("/shared-conversations")
@open_to_anyone
async def get_shared_conversation(request: Request, token: ShareToken) -> SharedConversation:
    """Return what a link to a conversation shows. Requires no authentication where the link is for anyone."""
    async with open_context(request) as ctx:
        return await sharing.read(ctx, token)
