"""The audit log over HTTP."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.ids import UserId
from retinue.identity.audit import service
from retinue.identity.audit.types import AuditEntry, AuditFilter

router = APIRouter(prefix="/audit-log", tags=["audit log"])


@router.get("")
async def list_audit_log(  # noqa: PLR0913 - each a parameter of the query
    request: Request,
    *,
    action: Annotated[
        str | None, Query(max_length=100, description="Such as agent.updated; agent.* for all of a kind.")
    ] = None,
    actor_id: Annotated[UserId | None, Query(description="Who did it.")] = None,
    target_id: Annotated[uuid.UUID | None, Query(description="To which record.")] = None,
    created_after: Annotated[AwareDatetime | None, Query(description="Only entries of this instant or later.")] = None,
    created_before: Annotated[AwareDatetime | None, Query(description="Only entries before this instant.")] = None,
    scope: Annotated[
        Literal["organization", "installation"], Query(description="`installation`: of no organization, for superusers.")
    ] = "organization",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AuditEntry]:
    """List who did what to which record, from where and when, newest first."""
    wanted = AuditFilter(action, actor_id, target_id, created_after, created_before, is_installation=scope == "installation")
    async with open_context(request) as ctx:
        return await service.list_entries(ctx, wanted, limit, cursor)
