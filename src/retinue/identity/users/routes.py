"""Users over HTTP: yourself, and for superusers everyone."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.files import file_reply
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.ids import UserId
from retinue.identity.users import service
from retinue.identity.users.errors import AvatarNotGivenError, AvatarTooLargeError
from retinue.identity.users.schemas import UpdateMe, UpdateUser
from retinue.identity.users.types import Administration, ProfileChange, User

router = APIRouter(prefix="/users", tags=["users"])

_AVATAR_BYTES = 1024 * 1024


@router.get("/me")
async def get_profile(request: Request) -> User:
    """Return your profile. Not for API keys: `GET /auth/key` describes a key."""
    async with open_context(request) as ctx:
        return await service.profile(ctx)


@router.patch("/me")
async def update_profile(request: Request, body: UpdateMe) -> User:
    """Change your profile. The picture is set with `PUT /users/me/avatar`."""
    async with open_context(request) as ctx:
        return await service.update_me(ctx, ProfileChange(body.full_name, body.username))


_FILE = {"type": "string", "format": "binary", "description": "A PNG, JPEG, GIF or WebP file of at most 1 MiB."}
_FORM = {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}


@router.put("/me/avatar", openapi_extra=_BODY)
async def upload_avatar(request: Request) -> User:
    """Upload your picture. It replaces the earlier one."""
    # The sender is checked before the body is read.
    async with open_context(request) as ctx:
        service.require_person(ctx)
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise AvatarNotGivenError
        content = await file.read(_AVATAR_BYTES + 1)
    if len(content) > _AVATAR_BYTES:
        raise AvatarTooLargeError(_AVATAR_BYTES)
    async with open_context(request) as ctx:
        return await service.set_avatar(ctx, content)


@router.delete("/me/avatar", status_code=204)
async def delete_avatar(request: Request) -> None:
    """Delete your picture."""
    async with open_context(request) as ctx:
        await service.delete_avatar(ctx)


_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


Version = Annotated[
    str | None, Query(max_length=64, description="Changes with the picture, so that responses can be cached.")
]


@router.get("/{user_id}/avatar", response_class=StreamingResponse, responses=_PICTURE)
async def get_avatar(request: Request, user_id: UserId, v: Version = None) -> StreamingResponse:
    """Return the picture of a person with whom you share an organization."""
    del v
    async with open_context(request) as ctx:
        avatar = await service.get_avatar(ctx, user_id)
    size = len(avatar.content)
    return file_reply(
        _whole(avatar.content), name="avatar", media_type=avatar.type, size_bytes=size, checksum=avatar.checksum
    )


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


@router.get("")
async def list_users(
    request: Request,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name, user name or e-mail address.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[User]:
    """List the users of the installation, newest first. For superusers."""
    async with open_context(request) as ctx:
        return await service.list_all(ctx, q, limit, cursor)


@router.patch("/{user_id}")
async def update_user(request: Request, user_id: UserId, body: UpdateUser) -> User:
    """Enable or disable a user, grant or revoke superuser rights, or set the subscription tier. For superusers."""
    change = Administration(body.is_active, body.is_superuser, body.subscription_tier)
    async with open_context(request) as ctx:
        return await service.administer(ctx, user_id, change)
