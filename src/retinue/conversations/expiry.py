"""Periodic work: messages are kept as long as runs. Every worker attempts it; it may be repeated."""

from retinue.conversations import repository_expiry as repository
from retinue.conversations import service
from retinue.conversations.attachments import service as attachments
from retinue.core import outbox as events
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.logging import get_logger

_log = get_logger(__name__)

_BATCH = 500


async def delete_expired(database: Database) -> None:
    """Delete conversations in which nothing was said for as long as their organization keeps runs, and older messages.

    Each conversation, and each batch of messages, is one commit; the content of attachments follows by an event. What is
    still being answered stays until the answer is over.
    """
    for organization_id in await repository.list_organizations(database):
        conversations = await _delete_conversations(database, organization_id)
        messages = await _delete_messages(database, organization_id)
        if conversations or messages:
            facts = {"conversations": conversations, "messages": messages}
            _log.info("conversations.expired_deleted", organization_id=str(organization_id), **facts)


async def _delete_conversations(database: Database, organization_id: OrganizationId) -> int:
    count = 0
    while True:
        async with database.system_context([organization_id]) as ctx:
            conversation_id = await repository.lock_expired(ctx)
            if conversation_id is None:
                return count
            await service.erase(ctx, conversation_id)
        count += 1


async def _delete_messages(database: Database, organization_id: OrganizationId) -> int:
    total = 0
    while True:
        async with database.system_context([organization_id]) as ctx:
            deleted = await repository.delete_messages(ctx, _BATCH)
            keys = await attachments.delete_unshown(ctx, [each for row in deleted for each in row])
            if keys:
                await events.append(ctx, service.FILES_ORPHANED, {"keys": [*keys]})
        total += len(deleted)
        if len(deleted) < _BATCH:
            return total
