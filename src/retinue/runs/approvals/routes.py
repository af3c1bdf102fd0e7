"""Approvals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.runs.approvals import service
from retinue.runs.approvals.schemas import DecideBody
from retinue.runs.approvals.types import Approval, ApprovalStatus

router = APIRouter(tags=["approvals"])

Status = Annotated[ApprovalStatus | None, Query(description="Only approvals that stand so.")]


@router.get("/approvals")
async def list_approvals(
    request: Request, status: Status = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Approval]:
    """List the organization's approvals, newest first; `?status=pending` is what waits for somebody now."""
    async with open_context(request) as ctx:
        return await service.list_approvals(ctx, limit, cursor, status=status)


@router.post("/approvals/{approval_id}/decide")
async def decide(request: Request, approval_id: UUID, body: DecideBody) -> Approval:
    """Decide a question of a run, which then goes on unless it has other questions open.

    Of several who decide at once, one does; the others get 409. `arguments` let a call be made with other arguments than
    the model's; they are checked against the tool's schema. For a call whose outcome is unknown, `approve` makes it again,
    `reject` does not, and `result` says what it came to.
    """
    async with open_context(request) as ctx:
        return await service.decide(ctx, approval_id, body.to_decision())
