"""Approvals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.runs.approvals import service
from retinue.runs.approvals.schemas import AnswerBody, DecideBody
from retinue.runs.approvals.types import Approval, ApprovalStatus

router = APIRouter(tags=["approvals"])

Status = Annotated[ApprovalStatus | None, Query(description="Filter by status.")]


@router.get("/approvals")
async def list_approvals(
    request: Request, status: Status = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Approval]:
    """List the organization's approvals, newest first. `?status=pending` lists those that require a decision."""
    async with open_context(request) as ctx:
        return await service.list_approvals(ctx, limit, cursor, status=status)


@router.post("/approvals/{approval_id}/decide")
async def decide_approval(request: Request, approval_id: UUID, body: DecideBody) -> Approval:
    """Decide an approval. The run continues unless it has other pending approvals.

    Of several simultaneous decisions one succeeds; the others get 409. `arguments` replace the arguments of the model
    and are validated against the tool's schema. For a call with an unknown outcome, `approve` repeats
    it, `reject` does not, and `result` sets its result.
    """
    async with open_context(request) as ctx:
        return await service.decide(ctx, approval_id, body.to_decision())


@router.post("/approvals/{approval_id}/answer")
async def answer_question(request: Request, approval_id: UUID, body: AnswerBody) -> Approval:
    """Answer the question of a workflow. The run continues with the answer as the node's result.

    Of several simultaneous answers one succeeds; the others get 409.
    """
    async with open_context(request) as ctx:
        return await service.answer(ctx, approval_id, body.answer)
