"""API keys: the rows, the one answer that holds the key, and what a key stands for."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import OrganizationId, UserId


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the organization. ``prefix`` is its beginning, by which a person knows it; ``scopes`` are permissions."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: UserId
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key to be made; without ``expires_at`` it lasts until it is revoked."""

    name: str
    scopes: frozenset[str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedApiKey:
    """A new key with its text, which is shown this once and stored nowhere."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: UserId
    created_at: datetime
    revoked_at: datetime | None
    key: str


@dataclass(frozen=True, slots=True)
class CurrentKey:
    """The key of a request, as the key itself may see it. ``scopes``: what it may do now; nothing of its creator."""

    id: uuid.UUID
    name: str
    prefix: str
    scopes: list[str]
    organization_id: OrganizationId
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """What a live key stands for: its organization, its creator and the creator's current role there."""

    api_key_id: uuid.UUID
    organization_id: OrganizationId
    user_id: UserId
    role: str
    scopes: list[str]
    subscription_tier: str
