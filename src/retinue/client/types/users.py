"""Documents of users. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from retinue.client.types.common_2 import User

__all__ = ["DeleteAccount", "UpdateProfile", "UpdateUser", "UserPage"]


class DeleteAccount(TypedDict):
    """Your password, as confirmation."""

    password: str


class UpdateProfile(TypedDict):
    """Fields of your profile to change. Omitted fields are not changed. The picture has its own path."""

    full_name: NotRequired[str]
    username: NotRequired[str]


class UpdateUser(TypedDict):
    """Fields of a user that a superuser changes. Omitted fields are not changed."""

    is_active: NotRequired[bool]
    is_superuser: NotRequired[bool]
    subscription_tier: NotRequired[str]


class UserPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[User]
    next_cursor: str | None
