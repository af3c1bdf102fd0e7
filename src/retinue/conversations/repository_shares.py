"""All SQL of links to conversations. Only the hash of a token is ever stored."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from retinue.conversations.types import MessageStatus, Sender
from retinue.conversations.types_shares import ConversationShare, ShareAudience, SharedConversation, SharedMessage
from retinue.core.context import Context, Tx
from retinue.core.db.database import Database

_COLUMNS: LiteralString = "s.id, s.conversation_id, s.audience, s.message_count, s.created_at, s.expires_at"
_INSERT: LiteralString = (
    """
INSERT INTO conversation_shares AS s (id, organization_id, conversation_id, user_id, audience, token_hash, last_sequence,
  message_count, created_at, expires_at)
SELECT %(id)s, c.organization_id, c.id, c.user_id, %(audience)s, %(token_hash)s, max(m.sequence), count(*), tenant.now(),
  tenant.now() + make_interval(days => %(days)s)
FROM conversations c JOIN messages m ON m.organization_id = c.organization_id AND m.conversation_id = c.id
WHERE c.id = %(conversation_id)s AND m.status <> 'streaming' GROUP BY c.organization_id, c.id
RETURNING """
    + _COLUMNS
)


def _share(audience: str, **columns: Any) -> ConversationShare:  # noqa: ANN401 - a row's columns
    return ConversationShare(audience=ShareAudience(audience), **columns)


async def insert(
    ctx: Context, share_id: UUID, conversation_id: UUID, audience: ShareAudience, *, token_hash: bytes, days: int
) -> ConversationShare | None:
    """Write a link to one of the person's conversations, to what is said by now; None when nothing is."""
    values = {
        "id": share_id,
        "conversation_id": conversation_id,
        "audience": audience,
        "token_hash": token_hash,
        "days": days,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_share)) as cursor:
        return await (await cursor.execute(_INSERT, values)).fetchone()


_COUNT: LiteralString = """
SELECT count(*) FROM conversation_shares s WHERE s.conversation_id = %s AND s.expires_at > tenant.now()
"""


async def count(ctx: Context, conversation_id: UUID) -> int:
    """Count the links to a conversation of the person that have not expired."""
    row = await (await ctx.tx.execute(_COUNT, (conversation_id,))).fetchone()
    return 0 if row is None else int(row[0])


_LIST: LiteralString = (
    "SELECT "  # noqa: S608 - put together of constants
    + _COLUMNS
    + """ FROM conversation_shares s
WHERE s.organization_id = %(organization_id)s AND s.user_id = %(user_id)s AND s.conversation_id = %(conversation_id)s
  AND s.expires_at > tenant.now()
  AND (%(at)s::timestamptz IS NULL OR (s.created_at, s.id) < (%(at)s, %(after_id)s::uuid))
ORDER BY s.created_at DESC, s.id DESC LIMIT %(limit)s
"""
)


async def list_page(
    ctx: Context, conversation_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[ConversationShare]:
    """Return links to a conversation of the person that have not expired, newest first."""
    at, after_id = after or (None, None)
    values = {"organization_id": ctx.organization_id, "user_id": ctx.user_id, "conversation_id": conversation_id}
    async with ctx.tx.cursor(row_factory=kwargs_row(_share)) as cursor:
        await cursor.execute(_LIST, values | {"at": at, "after_id": after_id, "limit": limit})
        return await cursor.fetchall()


_DELETE: LiteralString = (
    "DELETE FROM conversation_shares s WHERE s.conversation_id = %s AND s.id = %s RETURNING " + _COLUMNS  # noqa: S608 - constants
)


async def delete(ctx: Context, conversation_id: UUID, share_id: UUID) -> ConversationShare | None:
    """Delete a link to a conversation of the person; return what it was."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_share)) as cursor:
        return await (await cursor.execute(_DELETE, (conversation_id, share_id))).fetchone()


_OPEN: LiteralString = """
SELECT title, partner_name, person_name, organization_name, audience, created_at, expires_at, messages
FROM tenant.open_conversation_share(%(token_hash)s, %(is_public)s)
"""


def _message(sender_type: str, status: str, created_at: str, **fields: Any) -> SharedMessage:  # noqa: ANN401 - JSON
    at = datetime.fromisoformat(created_at)
    return SharedMessage(sender_type=Sender(sender_type), status=MessageStatus(status), created_at=at, **fields)


def _shared(audience: str, messages: list[dict[str, Any]], **columns: Any) -> SharedConversation:  # noqa: ANN401 - a row's columns
    said = [_message(**each) for each in messages]
    return SharedConversation(audience=ShareAudience(audience), messages=said, **columns)


async def find(tx: Tx, token_hash: bytes, *, is_public: bool) -> SharedConversation | None:
    """Return what a link shows to whom the transaction is of; ``is_public``: links for anyone show something."""
    async with tx.cursor(row_factory=kwargs_row(_shared)) as cursor:
        await cursor.execute(_OPEN, {"token_hash": token_hash, "is_public": is_public})
        return await cursor.fetchone()


_DELETE_EXPIRED: LiteralString = "SELECT tenant.delete_expired_conversation_shares(%s)"


async def delete_expired(database: Database, most: int) -> int:
    """Delete links of all organizations that have expired; return how many."""
    ((deleted,),) = await database.statement(_DELETE_EXPIRED, (most,))
    return int(deleted)
