"""Operations of users. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.files import Upload
from retinue.client.models import Download
from retinue.client.resource import Resource, path
from retinue.client.types.common_2 import User
from retinue.client.types.users import DeleteAccount, UpdateProfile, UpdateUser, UserPage


class UsersApi(Resource):
    """Operations of users."""

    def list(self, *, q: str | None = None, limit: int | None = None, cursor: str | None = None) -> UserPage:
        """List the users of the installation, newest first. For superusers."""
        return self._connection.json("GET", "/users", query={"q": q, "limit": limit, "cursor": cursor})

    def iterate(self, *, q: str | None = None, limit: int | None = None) -> Iterator[User]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/users", query={"q": q, "limit": limit})

    def get_profile(self) -> User:
        """Return your profile. Not for API keys: `GET /auth/key` describes a key."""
        return self._connection.json("GET", "/users/me")

    def update_profile(self, **body: Unpack[UpdateProfile]) -> User:
        """Change your profile. The picture is set with `PUT /users/me/avatar`."""
        return self._connection.json("PATCH", "/users/me", body=body)

    def upload_avatar(self, file: Upload, /, *, media_type: str | None = None) -> User:
        """Upload your picture. It replaces the earlier one."""
        return self._connection.json("PUT", "/users/me/avatar", file=file, media_type=media_type)

    def delete_avatar(self) -> None:
        """Delete your picture."""
        self._connection.nothing("DELETE", "/users/me/avatar")

    def delete_own_account(self, **body: Unpack[DeleteAccount]) -> None:
        """Delete your account permanently, with your conversations, API keys and sessions; asks for the password."""
        self._connection.nothing("POST", "/users/me/delete", body=body)

    def update(self, user_id: str, /, **body: Unpack[UpdateUser]) -> User:
        """Enable or disable a user, grant or revoke superuser rights, or set the subscription tier."""
        return self._connection.json("PATCH", path("users", user_id), body=body)

    def delete(self, user_id: str, /) -> None:
        """Delete a person's account permanently, with their conversations, API keys and sessions. For superusers."""
        self._connection.nothing("DELETE", path("users", user_id))

    def get_avatar(self, user_id: str, /, *, v: str | None = None) -> Download:
        """Return the picture of a person with whom you share an organization."""
        return self._connection.download("GET", path("users", user_id, "avatar"), query={"v": v})
