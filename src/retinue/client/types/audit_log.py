"""Documents of audit_log. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["AuditEntry", "AuditEntryPage"]


class AuditEntry(TypedDict):
    """Who did what to which record, from where and when; ``before`` and ``after`` hold what changed of it."""

    action: str
    actor_id: str | None
    actor_kind: str
    actor_name: str | None
    after: dict[str, Any] | None
    api_key_id: str | None
    before: dict[str, Any] | None
    created_at: str
    id: str
    ip: str | None
    request_id: str | None
    target_id: str
    target_type: str
    user_agent: str | None


class AuditEntryPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AuditEntry]
    next_cursor: str | None
