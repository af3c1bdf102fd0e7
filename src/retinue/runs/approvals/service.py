"""Questions of runs to persons: listing them and deciding them."""

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import OrganizationId, RunId, UserId
from retinue.core.json import Json, JsonObject
from retinue.core.permissions import require
from retinue.core.resources import Resources
from retinue.core.timers import Timer, schedule
from retinue.engine.spending import BUDGET
from retinue.runs.approvals import repository, rules
from retinue.runs.approvals.errors import ApprovalDecidedError, ApprovalMissingError, DecisionGivenError, NotAssignedError
from retinue.runs.approvals.types import (
    Approval,
    ApprovalDetail,
    ApprovalStatus,
    ApprovalView,
    Decided,
    Decision,
    Outcome,
    Verdict,
)

EXPIRE: Final = "approvals.expire"
"""Timer: an approval or a question has expired; its subject is that. Set by the journal."""
CONNECTED: Final = "approvals.connected"
"""Timer: a connection was given that runs may wait for, or a run began to wait for one; its subject is the connection."""
REQUESTED: Final = "approval.requested"
"""Event: persons are asked; ``approval_id``, ``run_id``, and ``escalated`` when others were asked before. The journal tells
it too."""
DECIDED: Final = "approval.decided"
"""Event: an approval is decided, or its time is up; ``approval_id`` and ``run_id``."""
LINK: Final = "approval"
"""What the token of a link is for."""
LINKED: Final = frozenset({"tool_call", "node"})
"""Kinds of approvals that a link decides: a yes or a no is all that they need."""
_LINK_LIFE: Final = timedelta(days=7)
_OF_TOOLS: Final = frozenset({"tool_call", "unknown_outcome"})


async def list_approvals(
    ctx: Context, limit: int, cursor: str | None, *, status: ApprovalStatus | None, view: ApprovalView | None
) -> Page[Approval]:
    """Return a page of the organization's approvals, newest first; ``view`` mine is those that wait for your decision."""
    require(ctx, "runs:read")
    before = None if cursor is None else decode(cursor)
    rows = await repository.list_approvals(ctx, status, view, before, limit + 1)
    return page_of(rows, limit, lambda approval: Position(approval.created_at, approval.id))


async def get(ctx: Context, approval_id: UUID) -> ApprovalDetail:
    """Return an approval with what its tool would send where, and what was edited. Raises ``ApprovalMissingError``."""
    require(ctx, "runs:read")
    approval = await repository.get_approval(ctx, approval_id)
    if approval is None:
        raise ApprovalMissingError
    tool = await repository.get_tool(ctx, approval_id) if approval.kind in _OF_TOOLS else None
    configuration = tool.get("configuration") if tool else None
    method, url = rules.address_of(configuration if isinstance(configuration, dict) else {})
    return ApprovalDetail(approval, method, url, rules.changes_of(approval))


async def list_of_run(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Approval]:
    """Return a page of a run's approvals, oldest first."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_of_run(ctx, run_id, after, limit + 1)
    return page_of(rows, limit, lambda approval: Position(approval.created_at, approval.id))


async def decide(ctx: Context, approval_id: UUID, decision: Decision, *, is_link: bool = False) -> Approval:
    """Decide a question; the decision and the run's going on are one commit.

    Of several who decide at once, as many do as must; the others get ``ApprovalDecidedError``. What was edited is checked
    against its schema. Raises ``ApprovalMissingError``, ``NotAssignedError``, ``DecisionGivenError``,
    ``DecisionUnfitError``, ``ArgumentsInvalidError`` too.
    """
    approval = await _pending(ctx, approval_id)
    tool = None if decision.arguments is None else await repository.get_tool(ctx, approval_id)
    schema = tool.get("parameters") if tool else None
    rules.check(approval, decision, schema if isinstance(schema, dict) else None)
    is_approved = decision.verdict is Verdict.APPROVE
    status = ApprovalStatus.APPROVED if is_approved else ApprovalStatus.REJECTED
    return await _put_down(ctx, approval, rules.document_of(decision), status, is_link=is_link)


async def answer(ctx: Context, approval_id: UUID, entered: JsonObject) -> Approval:
    """Answer a question with what was entered in its form; of several who do so at once, one does.

    Raises ``AnswerInvalidError`` naming the fields, ``ApprovalMissingError``, ``NotAssignedError``, ``ApprovalDecidedError``
    and ``DecisionUnfitError``.
    """
    approval = await _pending(ctx, approval_id)
    rules.check_answer(approval, entered)
    return await _put_down(ctx, approval, {"answer": entered}, ApprovalStatus.ANSWERED)


async def assign(ctx: Context, approval_id: UUID, names: list[str], role: str | None, quorum: int) -> Approval:
    """Let others decide, such as when those who were asked have left. Decisions made before count if they may still decide.

    Raises ``AssignmentInvalidError`` naming the field, ``ApprovalMissingError`` and ``ApprovalDecidedError``.
    """
    require(ctx, "runs:read")
    approval = await repository.get_approval(ctx, approval_id)
    if approval is None:
        raise ApprovalMissingError
    require(ctx, "approvals:assign")
    found = await repository.find_deciders(ctx, names)
    rules.check_assignment(found, role, quorum)
    if not await repository.assign(ctx, approval_id, sorted({each for each in found.values() if each}), role, quorum):
        raise _decided(approval)
    after: JsonObject = {"assignees": list[Json](names), "role": role, "quorum": quorum}
    await audit.record(ctx, "approval.assigned", ("approval", approval_id), after=after)
    await events.append(ctx, REQUESTED, {"approval_id": str(approval_id), "run_id": str(approval.run_id)})
    await _tell_of(ctx, approval)
    return (await repository.get_approval(ctx, approval_id)) or approval


async def list_approvers(ctx: Context, approval_id: UUID) -> list[UserId]:
    """Return the members who may decide on an approval now. For the platform itself."""
    return await repository.list_approvers(ctx, approval_id)


async def find(ctx: Context, approval_id: UUID) -> Approval | None:
    """Return an approval. For the platform itself."""
    return await repository.get_approval(ctx, approval_id)


def link_of(resources: Resources, organization_id: OrganizationId, approval_id: UUID, person: UUID, now: datetime) -> str:
    """Return the address by which a person decides on an approval for seven days; what follows # reaches no server."""
    told = [LINK, str(approval_id), str(organization_id), str(person), int((now + _LINK_LIFE).timestamp())]
    token = resources.secrets.seal(json.dumps(told)).decode()
    return f"{resources.core.public_url}/decide#{token}"


async def allows_links(ctx: Context) -> bool:
    """Say whether the organization's approvals may be decided by links, which need no second factor."""
    return not await repository.requires_two_factor(ctx)


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


async def _put_down(
    ctx: Context, approval: Approval, document: JsonObject, status: ApprovalStatus, *, is_link: bool = False
) -> Approval:
    entered = await repository.enter_decision(ctx, approval.id, document, status, is_link=is_link)
    now = await repository.get_approval(ctx, approval.id)
    if now is None or entered is None:
        raise ApprovalMissingError
    if entered.outcome == Outcome.ENDED:
        raise _decided(now)
    if entered.outcome == Outcome.UNASSIGNED:
        raise NotAssignedError(rules.who_decides(now))
    if entered.outcome == Outcome.GIVEN:
        raise DecisionGivenError
    more: JsonObject = {"counted": entered.outcome == Outcome.COUNTED} if approval.quorum > 1 else {}
    await audit.record(
        ctx,
        "approval.decided",
        ("approval", approval.id),
        before={"arguments": approval.arguments},
        after={"run_id": str(entered.run_id), **document, **more},
    )
    if entered.sequence is None:
        await _tell_of(ctx, now)
    else:
        await _tell(ctx, Decided(entered.run_id, entered.organization_id, entered.sequence, entered.is_reopened), now)
        ctx.after_commit.append(ctx.resources.bus.events_ready)
    return now


async def expire(ctx: Context, timer: Timer) -> None:
    """Ask the next ones when the time of an approval is up; or answer it, unless someone was first, and its run goes on."""
    until = await repository.escalate(ctx, timer.subject_id)
    if until is not None:
        await schedule(ctx, EXPIRE, timer.subject_id, until)
        escalated = await repository.get_approval(ctx, timer.subject_id)
        if escalated is not None:
            about: JsonObject = {"approval_id": str(escalated.id), "run_id": str(escalated.run_id), "escalated": True}
            await events.append(ctx, REQUESTED, about)
            await _tell_of(ctx, escalated)
        return
    decided = await repository.expire(ctx, timer.subject_id)
    approval = None if decided is None else await repository.get_approval(ctx, timer.subject_id)
    if decided is not None and approval is not None:
        await _tell(ctx, decided, approval)
        await events.append(ctx, DECIDED, {"approval_id": str(approval.id), "run_id": str(approval.run_id)})


async def connected(ctx: Context, timer: Timer) -> None:
    """Let runs go on that wait for a connection which was given. A timer sees both, whichever was first."""
    for approval_id, decided in await repository.decide_connected(ctx, timer.subject_id):
        approval = await repository.get_approval(ctx, approval_id)
        if approval is not None:
            await _tell(ctx, decided, approval)
            await events.append(ctx, DECIDED, {"approval_id": str(approval.id), "run_id": str(approval.run_id)})


async def _tell_of(ctx: Context, approval: Approval) -> None:
    bus, organization_id = ctx.resources.bus, ctx.organization_id
    news: JsonObject = {"id": str(approval.id), "run_id": str(approval.run_id), "status": str(approval.status)}
    person = await repository.get_private_person(ctx, approval.run_id)
    if person is not None:
        news["private_to"] = str(person)
    ctx.after_commit.append(lambda: bus.news(organization_id, "approval", news))


async def _tell(ctx: Context, decided: Decided, approval: Approval) -> None:
    bus, organization_id, run_id = ctx.resources.bus, ctx.organization_id, RunId(decided.run_id)
    status = "pending" if decided.is_reopened else None
    ctx.after_commit.append(lambda: bus.run_changed(organization_id, run_id, decided.sequence, status=status))
    await _tell_of(ctx, approval)
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
