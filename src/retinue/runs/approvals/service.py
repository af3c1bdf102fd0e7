"""Questions of runs to persons: listing them and deciding them."""

from typing import Final
from uuid import UUID

from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.core.timers import Timer
from retinue.engine.spending import BUDGET
from retinue.runs.approvals import repository, rules
from retinue.runs.approvals.errors import ApprovalDecidedError, ApprovalMissingError
from retinue.runs.approvals.types import Approval, ApprovalStatus, Decided, Decision, Verdict

EXPIRE: Final = "approvals.expire"
"""Timer: an approval or a question has expired; its subject is that. Set by the journal."""


async def list_approvals(ctx: Context, limit: int, cursor: str | None, *, status: ApprovalStatus | None) -> Page[Approval]:
    """Return a page of the organization's approvals, newest first."""
    require(ctx, "runs:read")
    before = None if cursor is None else decode(cursor)
    rows = await repository.list_approvals(ctx, status, before, limit + 1)
    return page_of(rows, limit, lambda approval: Position(approval.created_at, approval.id))


async def list_of_run(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Approval]:
    """Return a page of a run's approvals, oldest first."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_of_run(ctx, run_id, after, limit + 1)
    return page_of(rows, limit, lambda approval: Position(approval.created_at, approval.id))


async def decide(ctx: Context, approval_id: UUID, decision: Decision) -> Approval:
    """Decide a question; the decision and the run's going on are one commit.

    Of several who decide at once, one does; the others get ``ApprovalDecidedError``. Edited arguments are checked against
    the tool's schema. Raises ``ApprovalMissingError``, ``DecisionUnfitError``, ``ArgumentsInvalidError`` too.
    """
    approval = await _pending(ctx, approval_id)
    schema = None if decision.arguments is None else await repository.get_tool_schema(ctx, approval_id)
    rules.check(approval, decision, schema)
    is_approved = decision.verdict is Verdict.APPROVE
    status = ApprovalStatus.APPROVED if is_approved else ApprovalStatus.REJECTED
    return await _put_down(ctx, approval, rules.document_of(decision), status)


async def answer(ctx: Context, approval_id: UUID, entered: JsonObject) -> Approval:
    """Answer a question with what was entered in its form; of several who do so at once, one does.

    Raises ``AnswerInvalidError`` naming the fields, ``ApprovalMissingError``, ``ApprovalDecidedError`` and
    ``DecisionUnfitError``.
    """
    approval = await _pending(ctx, approval_id)
    rules.check_answer(approval, entered)
    return await _put_down(ctx, approval, {"answer": entered}, ApprovalStatus.ANSWERED)


async def _pending(ctx: Context, approval_id: UUID) -> Approval:
    require(ctx, "approvals:decide")
    approval = await repository.get_approval(ctx, approval_id)
    if approval is None:
        raise ApprovalMissingError
    if approval.status != ApprovalStatus.PENDING:
        raise _decided(approval)
    if approval.kind == BUDGET:
        require(ctx, "budgets:write")
    return approval


async def _put_down(ctx: Context, approval: Approval, document: JsonObject, status: ApprovalStatus) -> Approval:
    decided = await repository.decide(ctx, approval.id, document, status)
    now = await repository.get_approval(ctx, approval.id)
    if now is None:
        raise ApprovalMissingError
    if decided is None:
        raise _decided(now)
    await audit.record(
        ctx,
        "approval.decided",
        ("approval", approval.id),
        before={"arguments": approval.arguments},
        after={"run_id": str(decided.run_id), **document},
    )
    _tell(ctx, decided, now)
    return now


async def expire(ctx: Context, timer: Timer) -> None:
    """Answer an approval or a question whose time is up, unless someone was first; its run goes on."""
    decided = await repository.expire(ctx, timer.subject_id)
    approval = None if decided is None else await repository.get_approval(ctx, timer.subject_id)
    if decided is not None and approval is not None:
        _tell(ctx, decided, approval)


def _tell(ctx: Context, decided: Decided, approval: Approval) -> None:
    bus, organization_id, run_id = ctx.resources.bus, ctx.organization_id, RunId(decided.run_id)
    status = "pending" if decided.is_reopened else None
    news: JsonObject = {"id": str(approval.id), "run_id": str(run_id), "status": str(approval.status)}
    ctx.after_commit.append(lambda: bus.moved(organization_id, run_id, decided.sequence, status=status))
    ctx.after_commit.append(lambda: bus.news(organization_id, "approval", news))
    if decided.is_reopened:
        ctx.after_commit.append(bus.job_ready)


def _decided(approval: Approval) -> ApprovalDecidedError:
    if approval.status == ApprovalStatus.EXPIRED:
        is_over_time = approval.decision is not None
        return ApprovalDecidedError(
            "The time for this was up before anybody decided."
            if is_over_time
            else "The run was cancelled before anybody decided."
        )
    who = approval.decided_by_name or "Someone"
    return ApprovalDecidedError(f"{who} has decided this already: {approval.status}.")
