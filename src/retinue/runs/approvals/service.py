"""Questions of runs to persons: listing them and deciding them."""

from uuid import UUID

from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import RunId
from retinue.core.permissions import require
from retinue.runs.approvals import repository, rules
from retinue.runs.approvals.errors import ApprovalDecidedError, ApprovalMissingError
from retinue.runs.approvals.types import Approval, ApprovalStatus, Decision, Verdict


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
    require(ctx, "approvals:decide")
    approval = await repository.get_approval(ctx, approval_id)
    if approval is None:
        raise ApprovalMissingError
    if approval.status != ApprovalStatus.PENDING:
        raise _decided(approval)
    schema = None if decision.arguments is None else await repository.get_tool_schema(ctx, approval_id)
    rules.check(approval, decision, schema)
    document = rules.document_of(decision)
    is_approved = decision.verdict is Verdict.APPROVE
    decided = await repository.decide(ctx, approval_id, document, is_approved=is_approved)
    now = await repository.get_approval(ctx, approval_id)
    if now is None:
        raise ApprovalMissingError
    if decided is None:
        raise _decided(now)
    await audit.record(
        ctx,
        "approval.decided",
        ("approval", approval_id),
        before={"arguments": approval.arguments},
        after={"run_id": str(decided.run_id), **document},
    )
    bus, organization_id, run_id = ctx.resources.bus, ctx.organization_id, RunId(decided.run_id)
    status = "pending" if decided.is_reopened else None
    ctx.after_commit.append(lambda: bus.moved(organization_id, run_id, decided.sequence, status=status))
    ctx.after_commit.append(
        lambda: bus.news(
            organization_id, "approval", {"id": str(approval_id), "run_id": str(run_id), "status": str(now.status)}
        )
    )
    if decided.is_reopened:
        ctx.after_commit.append(bus.job_ready)
    return now


def _decided(approval: Approval) -> ApprovalDecidedError:
    if approval.status == ApprovalStatus.EXPIRED:
        return ApprovalDecidedError("The run was cancelled before anybody decided.")
    who = approval.decided_by_name or "Someone"
    return ApprovalDecidedError(f"{who} has decided this already: {approval.status}.")
