"""Attachments over HTTP."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import StreamingResponse

from retinue.conversations.attachments import service
from retinue.conversations.attachments.settings import AttachmentSettings
from retinue.conversations.attachments.types import Attachment
from retinue.core.http.context import open_context
from retinue.core.http.files import file_reply

router = APIRouter(prefix="/attachments", tags=["conversations"])

_CHUNK_BYTES = 256 * 1024
_HEAD_BYTES = 4096


@router.post("", status_code=201)
async def upload(
    request: Request, file: Annotated[UploadFile, File(description="A picture (PNG, JPEG, GIF, WebP) or a text.")]
) -> Attachment:
    """Upload a file, to be sent with a message. One that is not sent within a day is deleted."""
    async with open_context(request) as ctx:
        organization_id, storage = service.demand_upload(ctx)
        max_bytes = ctx.resources.settings_of(AttachmentSettings).attachment_max_bytes
    head = await file.read(_HEAD_BYTES)
    given = service.Upload(file.filename, file.content_type or "", head, _rest_of(file))
    stored = await service.store(storage, organization_id, given, max_bytes)
    async with open_context(request) as ctx:
        return await service.enter(ctx, stored)


async def _rest_of(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(_CHUNK_BYTES):
        yield chunk


_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/{attachment_id}/content", response_class=StreamingResponse, responses=_CONTENT)
async def get_content(request: Request, attachment_id: UUID) -> StreamingResponse:
    """Return the content of one of one's own attachments."""
    async with open_context(request) as ctx:
        found = await service.get(ctx, attachment_id)
        storage = ctx.resources.storage
    content = await storage.read(found.storage_key)
    return file_reply(content, name=found.name, media_type=found.type, size_bytes=found.size, checksum=found.checksum)
