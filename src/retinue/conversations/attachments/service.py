"""Files for messages: uploading them, reading them, and clearing away what was never sent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from retinue.conversations.attachments import repository, rules
from retinue.conversations.attachments.errors import (
    AttachmentMissingError,
    AttachmentTooLargeError,
    AttachmentUsedError,
)
from retinue.conversations.attachments.types import Attachment, StoredAttachment
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import OrganizationId, new_id
from retinue.core.permissions import require
from retinue.core.storage import Storage

_HEAD_BYTES = 4096
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in: its first bytes (4 KB, or all of it), the rest, and what the sender says of it."""

    name: str | None
    declared_type: str
    head: bytes
    rest: AsyncIterator[bytes]


def demand_upload(ctx: Context) -> tuple[OrganizationId, Storage]:
    """See to it that the actor may upload; return the organization and the storage, to be used outside a transaction."""
    require(ctx, "conversations:write")
    return ctx.organization_id, ctx.resources.storage


async def store(storage: Storage, organization_id: OrganizationId, upload: Upload, max_bytes: int) -> StoredAttachment:
    """Store an upload's content while it comes in, outside of any transaction.

    Raises ``AttachmentTypeError``, ``AttachmentTooLargeError``, ``StorageUnavailableError``; nothing is kept then.
    """
    kind = rules.kind_of(upload.head, upload.declared_type)
    most = min(max_bytes, rules.PICTURE_MAX_BYTES) if rules.is_picture(kind) else max_bytes
    attachment_id = new_id()
    key = f"attachments/{organization_id}/{attachment_id}"
    stored = await storage.put(key, _at_most(upload, most))
    return StoredAttachment(attachment_id, rules.safe_name(upload.name), kind, stored.size_bytes, stored.checksum, key, None)


async def _at_most(upload: Upload, most: int) -> AsyncIterator[bytes]:
    size = len(upload.head)
    yield upload.head
    async for chunk in upload.rest:
        size += len(chunk)
        if size > most:
            raise AttachmentTooLargeError(
                f"The file is larger than {most // 1024 // 1024} MiB.",
                remedy="Attach a smaller file.",
                fields=(FieldProblem("file", f"at most {most} bytes"),),
            )
        yield chunk


async def enter(ctx: Context, stored: StoredAttachment) -> Attachment:
    """Enter a stored upload."""
    require(ctx, "conversations:write")
    await repository.insert(ctx, stored)
    return shown(stored)


async def get(ctx: Context, attachment_id: UUID) -> StoredAttachment:
    """Return one of the actor's attachments. Raises ``AttachmentMissingError``."""
    require(ctx, "conversations:read")
    found = await repository.list_by_ids(ctx, [attachment_id])
    if not found:
        raise AttachmentMissingError
    return found[0]


async def list_by_ids(ctx: Context, ids: list[UUID]) -> list[StoredAttachment]:
    """Return the actor's attachments by their ids, in that order. Raises ``AttachmentMissingError`` naming the first."""
    require(ctx, "conversations:read")
    known = {each.id: each for each in await repository.list_by_ids(ctx, ids)}
    for place, wanted in enumerate(ids):
        if wanted not in known:
            raise AttachmentMissingError(fields=(FieldProblem(f"attachment_ids.{place}", "there is no such attachment"),))
    return [known[wanted] for wanted in ids]


async def use(ctx: Context, ids: list[UUID], conversation_id: UUID) -> None:
    """Bind uploads to a conversation, with which they go. Raises ``AttachmentUsedError``."""
    require(ctx, "conversations:write")
    if ids and await repository.use(ctx, ids, conversation_id) != len(ids):
        raise AttachmentUsedError


async def list_keys(ctx: Context, conversation_id: UUID) -> list[str]:
    """Return the storage keys of what was sent in a conversation, for deleting the content."""
    require(ctx, "conversations:write")
    return await repository.list_keys(ctx, conversation_id)


async def list_keys_of(ctx: Context, user_id: UUID) -> list[str]:
    """Return the storage keys of everything a person uploaded in the context's organization, for deleting the content."""
    require(ctx, "conversations:write")
    return await repository.list_keys_of(ctx, user_id)


async def delete_unshown(ctx: Context, ids: list[UUID]) -> list[str]:
    """Delete attachments that no message has any more; return their storage keys, for deleting the content."""
    require(ctx, "conversations:write")
    return await repository.delete_unshown(ctx, ids) if ids else []


async def delete_unused(database: Database, kept: timedelta) -> int:
    """Delete uploads older than ``kept`` that were never sent, content first. May be repeated; returns how many."""
    total = 0
    for organization_id in await repository.list_organizations_with_unused(database, kept):
        async with database.system_context([organization_id]) as ctx:
            unused = await repository.list_unused(ctx, kept, _BATCH)
        await database.resources.storage.delete([key for _, key in unused])
        async with database.system_context([organization_id]) as ctx:
            await repository.delete_unused(ctx, [attachment_id for attachment_id, _ in unused])
        total += len(unused)
    return total


def shown(stored: StoredAttachment) -> Attachment:
    """Return an attachment as it is shown."""
    return Attachment(stored.id, stored.name, stored.type, stored.size, f"/api/v1/attachments/{stored.id}/content")
