"""An entry of the audit log, and how the log is narrowed down."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from retinue.core.ids import UserId
from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which record, from where and when; ``before`` and ``after`` hold what changed of it."""

    id: uuid.UUID
    actor_kind: str
    actor_id: UserId | None
    actor_name: str | None
    api_key_id: uuid.UUID | None
    action: str
    target_type: str
    target_id: uuid.UUID
    before: JsonObject | None
    after: JsonObject | None
    ip: str | None
    user_agent: str | None
    request_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list; None does not narrow. ``is_installation``: those of no organization, for superusers.

    ``action`` is an action, or a kind of record and ``.*`` for all actions on it.
    """

    action: str | None = None
    actor_id: UserId | None = None
    target_id: uuid.UUID | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    is_installation: bool = False
