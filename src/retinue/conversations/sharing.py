"""Sharing a conversation: its person gives others a link, which shows what was said so far and nothing else.

A conversation stays private: the link is created by its person alone, is told to the audit log, expires, and can be revoked.
"""

from uuid import UUID

from retinue.conversations import permissions, service
from retinue.conversations import repository_shares as repository
from retinue.conversations.errors import (
    ConversationEmptyError,
    ConversationLinkInvalidError,
    ConversationShareMissingError,
    SharingDisabledError,
    TooManySharesError,
)
from retinue.conversations.settings import ConversationSettings, ConversationSharing
from retinue.conversations.types_shares import ConversationShare, NewConversationShare, ShareAudience, SharedConversation
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.identity.sessions.service import hash_token, new_token

MAX_SHARES = 20
_BATCH = 1000


async def create(ctx: Context, conversation_id: UUID, audience: ShareAudience, days: int) -> NewConversationShare:
    """Create a link to one of the person's conversations; its address is in the result alone.

    Raises ``ConversationMissingError``, ``ConversationEmptyError``, ``SharingDisabledError``, ``TooManySharesError``.
    """
    require(ctx, permissions.WRITE)
    allowed = ctx.resources.settings_of(ConversationSettings).conversation_sharing
    if allowed is ConversationSharing.OFF or (allowed is ConversationSharing.MEMBERS and audience is ShareAudience.ANYONE):
        raise SharingDisabledError.of(allowed)
    await service.lock(ctx, conversation_id)
    if await repository.count(ctx, conversation_id) >= MAX_SHARES:
        raise TooManySharesError
    token = new_token()
    share = await repository.insert(ctx, new_id(), conversation_id, audience, token_hash=hash_token(token), days=days)
    if share is None:
        raise ConversationEmptyError
    await audit.record(ctx, "conversation.shared", ("conversation", conversation_id), after=_facts(share))
    page = f"{ctx.resources.core.public_url}/shared"
    if audience is ShareAudience.MEMBERS:  # a member of several organizations reads it in this one
        page += f"?organization={ctx.organization_id}"
    return NewConversationShare(share, f"{page}#{token}")


async def list_shares(ctx: Context, conversation_id: UUID, limit: int, cursor: str | None) -> Page[ConversationShare]:
    """Return a page of the links to one of the person's conversations, newest first. Raises ``ConversationMissingError``."""
    await service.get(ctx, conversation_id)
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_page(ctx, conversation_id, None if after is None else (after.at, after.id), limit + 1)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def revoke(ctx: Context, conversation_id: UUID, share_id: UUID) -> None:
    """End a link at once. Raises ``ConversationMissingError``, ``ConversationShareMissingError``."""
    require(ctx, permissions.WRITE)
    await service.get(ctx, conversation_id)
    share = await repository.delete(ctx, conversation_id, share_id)
    if share is None:
        raise ConversationShareMissingError
    await audit.record(ctx, "conversation.unshared", ("conversation", conversation_id), before=_facts(share))


async def read(ctx: Context, token: str) -> SharedConversation:
    """Return what a link shows to the context's sender, who may be anonymous. Raises ``ConversationLinkInvalidError``."""
    allowed = ctx.resources.settings_of(ConversationSettings).conversation_sharing
    if allowed is ConversationSharing.OFF:
        raise ConversationLinkInvalidError
    found = await repository.find(ctx.tx, hash_token(token), is_public=allowed is ConversationSharing.ANYONE)
    if found is None or (found.audience is ShareAudience.MEMBERS and ctx.actor.needs_two_factor):
        raise ConversationLinkInvalidError
    return found


async def delete_expired(database: Database) -> None:
    """Delete links that have expired."""
    while await repository.delete_expired(database, _BATCH) == _BATCH:
        pass


def _facts(share: ConversationShare) -> JsonObject:
    return {
        "share_id": str(share.id),
        "audience": share.audience.value,
        "messages": share.message_count,
        "expires_at": share.expires_at.isoformat(),
    }
