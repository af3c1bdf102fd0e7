"""Operations of users, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.files import Upload
from retinue.client.models import Download
from retinue.client.resource import AsyncResource, path
from retinue.client.types.common_2 import User
from retinue.client.types.users import DeleteAccount, UpdateProfile, UpdateUser, UserPage


class AsyncUsersApi(AsyncResource):
    """Operations of users."""

    async def list(self, *, q: str | None = None, limit: int | None = None, cursor: str | None = None) -> UserPage:
        """List the users of the installation, newest first. For superusers."""
        return await self._connection.json("GET", "/users", query={"q": q, "limit": limit, "cursor": cursor})

    def iterate(self, *, q: str | None = None, limit: int | None = None) -> AsyncIterator[User]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/users", query={"q": q, "limit": limit})

    async def get_profile(self) -> User:
        """Return your profile. Not for API keys: `GET /auth/key` describes a key."""
        return await self._connection.json("GET", "/users/me")

    async def update_profile(self, **body: Unpack[UpdateProfile]) -> User:
        """Change your profile. The picture is set with `PUT /users/me/avatar`."""
        return await self._connection.json("PATCH", "/users/me", body=body)

    async def upload_avatar(self, file: Upload, /, *, media_type: str | None = None) -> User:
        """Upload your picture. It replaces the earlier one."""
        return await self._connection.json("PUT", "/users/me/avatar", file=file, media_type=media_type)

    async def delete_avatar(self) -> None:
        """Delete your picture."""
        await self._connection.nothing("DELETE", "/users/me/avatar")

    async def delete_own_account(self, **body: Unpack[DeleteAccount]) -> None:
        """Delete your account permanently, with your conversations, API keys and sessions; asks for the password."""
        await self._connection.nothing("POST", "/users/me/delete", body=body)

    async def update(self, user_id: str, /, **body: Unpack[UpdateUser]) -> User:
        """Enable or disable a user, grant or revoke superuser rights, or set the subscription tier."""
        return await self._connection.json("PATCH", path("users", user_id), body=body)

    async def delete(self, user_id: str, /) -> None:
        """Delete a person's account permanently, with their conversations, API keys and sessions. For superusers."""
        await self._connection.nothing("DELETE", path("users", user_id))

    async def get_avatar(self, user_id: str, /, *, v: str | None = None) -> Download:
        """Return the picture of a person with whom you share an organization."""
        return await self._connection.download("GET", path("users", user_id, "avatar"), query={"v": v})
