"""Operations of audit log. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from uuid import UUID

from retinue.client.resource import Resource
from retinue.client.types.audit_log import AuditEntry, AuditEntryPage


class AuditLogApi(Resource):
    """Operations of audit log."""

    def list(
        self,
        *,
        action: str | None = None,
        actor_id: str | UUID | None = None,
        target_id: str | UUID | None = None,
        created_after: str | datetime | None = None,
        created_before: str | datetime | None = None,
        scope: Literal["organization", "installation"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AuditEntryPage:
        """List who did what to which record, from where and when, newest first."""
        return self._connection.json(
            "GET",
            "/audit-log",
            query={
                "action": action,
                "actor_id": actor_id,
                "target_id": target_id,
                "created_after": created_after,
                "created_before": created_before,
                "scope": scope,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate(
        self,
        *,
        action: str | None = None,
        actor_id: str | UUID | None = None,
        target_id: str | UUID | None = None,
        created_after: str | datetime | None = None,
        created_before: str | datetime | None = None,
        scope: Literal["organization", "installation"] | None = None,
        limit: int | None = None,
    ) -> Iterator[AuditEntry]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/audit-log",
            query={
                "action": action,
                "actor_id": actor_id,
                "target_id": target_id,
                "created_after": created_after,
                "created_before": created_before,
                "scope": scope,
                "limit": limit,
            },
        )
