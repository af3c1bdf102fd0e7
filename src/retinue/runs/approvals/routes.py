"""Approvals over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import database_of, open_context, visitor_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.runs.approvals import links, service
from retinue.runs.approvals.schemas import AnswerBody, ApprovalLinkBody, AssignApprovalBody, DecideBody, DecideByLinkBody
from retinue.runs.approvals.types import Approval, ApprovalDetail, ApprovalStatus, ApprovalView, LinkedApproval

router = APIRouter(tags=["approvals"])

Status = Annotated[ApprovalStatus | None, Query(description="Filter by status.")]
View = Annotated[
    ApprovalView | None, Query(description="mine: waiting for your decision. pending: all that wait. decided: the others.")
]


@router.get("/approvals")
async def list_approvals(
    request: Request, status: Status = None, view: View = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Approval]:
    """List the organization's approvals, newest first. `?view=mine` lists those that wait for your decision."""
    async with open_context(request) as ctx:
        return await service.list_approvals(ctx, limit, cursor, status=status, view=view)


@router.get("/approvals/{approval_id}")
async def get_approval(request: Request, approval_id: UUID) -> ApprovalDetail:
    """Return an approval, with the method and URL of a tool over HTTP, and what was edited when it was decided."""
    async with open_context(request) as ctx:
        return await service.get(ctx, approval_id)


@router.post("/approvals/{approval_id}/assign")
async def assign_approval(request: Request, approval_id: UUID, body: AssignApprovalBody) -> Approval:
    """Let others decide a pending approval, such as when those who were asked have left. They are notified."""
    async with open_context(request) as ctx:
        return await service.assign(ctx, approval_id, body.assignees, body.role, body.quorum)


@router.post("/approvals/{approval_id}/decide")
async def decide_approval(request: Request, approval_id: UUID, body: DecideBody) -> Approval:
    """Decide an approval. The run continues unless it has other pending approvals.

    With assignees or a role only these may decide; others get 403. With a quorum, so many persons must approve the same, and
    one who rejects decides; each has one decision, which a later one of theirs replaces. Of several simultaneous decisions
    as many succeed as are needed; the others get 409. `arguments` replace the arguments of the model
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


@router.post("/approval-links/preview")
@open_to_anyone
async def preview_approval_link(request: Request, body: ApprovalLinkBody) -> LinkedApproval:
    """Return what a link from an e-mail message asks. Requires no authentication, and changes nothing."""
    return await links.preview(database_of(request), visitor_of(request), body.token)


@router.post("/approval-links/decide")
@open_to_anyone
async def decide_approval_link(request: Request, body: DecideByLinkBody) -> LinkedApproval:
    """Decide by a link from an e-mail message, once. Requires no authentication: the link stands for its person."""
    return await links.decide(database_of(request), visitor_of(request), body.token, body.decision, body.comment)
