"""Documents of api_keys. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

__all__ = ["ApiKey", "ApiKeyPage", "CreateApiKey", "CurrentKey", "IssuedApiKey"]


class ApiKey(TypedDict):
    """A key of the organization."""

    created_at: str
    created_by: str
    expires_at: str | None
    id: str
    last_used_at: str | None
    name: str
    prefix: str
    revoked_at: str | None
    scopes: list[str]


class ApiKeyPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ApiKey]
    next_cursor: str | None


class CreateApiKey(TypedDict):
    """A new key: what it is for, what it may do, and until when."""

    expires_at: NotRequired[str | datetime | None]
    name: str
    scopes: list[str]


class CurrentKey(TypedDict):
    """The key of a request, as the key itself may see it."""

    expires_at: str | None
    id: str
    name: str
    organization_id: str
    prefix: str
    scopes: list[str]


class IssuedApiKey(TypedDict):
    """A new key with its text, which is shown this once and stored nowhere."""

    created_at: str
    created_by: str
    expires_at: str | None
    id: str
    key: str
    last_used_at: str | None
    name: str
    prefix: str
    revoked_at: str | None
    scopes: list[str]
