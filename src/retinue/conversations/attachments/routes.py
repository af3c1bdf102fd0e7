"""Attachments over HTTP."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from retinue.conversations.attachments import service
from retinue.conversations.attachments.errors import AttachmentNotGivenError
from retinue.conversations.attachments.settings import AttachmentSettings
from retinue.conversations.attachments.types import Attachment
from retinue.core.http.context import open_context
from retinue.core.http.files import file_reply

router = APIRouter(prefix="/attachments", tags=["conversations"])

_CHUNK_BYTES = 256 * 1024
_HEAD_BYTES = 4096


_FILE = {"type": "string", "format": "binary", "description": "A picture (PNG, JPEG, GIF, WebP) or a text."}
_FORM = {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
}


@router.post("", status_code=201, openapi_extra=_BODY)
async def upload_attachment(request: Request) -> Attachment:
    """Upload a file to send with a message. A file that is not sent within a day is deleted."""
    # The body is read by hand, because a declared one would be taken in before it is known who sends it.
    async with open_context(request) as ctx:
        organization_id, storage = service.demand_upload(ctx)
        max_bytes = ctx.resources.settings_of(AttachmentSettings).attachment_max_bytes
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise AttachmentNotGivenError
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
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/{attachment_id}/content", response_class=StreamingResponse, responses=_CONTENT)
async def get_attachment_content(request: Request, attachment_id: UUID) -> StreamingResponse:
    """Return the content of one of your attachments."""
    async with open_context(request) as ctx:
        found = await service.get(ctx, attachment_id)
        storage = ctx.resources.storage
    content = await storage.read(found.storage_key)
    return file_reply(content, name=found.name, media_type=found.type, size_bytes=found.size, checksum=found.checksum)
