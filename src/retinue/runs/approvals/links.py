"""Links by which an assignee decides from an e-mail message: sealed, for one person and one approval, once.

The link opens a page of the console that shows what is asked and decides by a POST, so that a program which follows links
changes nothing. Who has left, lost the role or was replaced by an escalation finds the link closed. An organization that
requires a second factor has no links, since they need no sign-in.
"""

import json
from dataclasses import dataclass, replace
from uuid import UUID

from retinue.core.context import Actor, ActorKind
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, UserId
from retinue.core.secrets import SecretUnreadableError
from retinue.runs.approvals import repository, service
from retinue.runs.approvals.errors import ApprovalLinkInvalidError
from retinue.runs.approvals.types import Approval, ApprovalStatus, Decision, LinkedApproval, Verdict


@dataclass(frozen=True, slots=True)
class _Link:
    approval_id: UUID
    organization_id: OrganizationId
    user_id: UserId


async def preview(database: Database, visitor: Actor, token: str) -> LinkedApproval:
    """Return what a link asks. Raises ``ApprovalLinkInvalidError``."""
    link = await _read(database, token)
    async with database.context(await _actor(database, visitor, link)) as ctx:
        approval = await service.find(ctx, link.approval_id)
        if approval is None:
            raise ApprovalLinkInvalidError
        return _to_response(approval, link, await repository.get_name(ctx, link.user_id))


async def decide(database: Database, visitor: Actor, token: str, verdict: Verdict, comment: str | None) -> LinkedApproval:
    """Decide by a link: once. Raises ``ApprovalLinkInvalidError`` and what ``service.decide`` raises."""
    link = await _read(database, token)
    actor = await _actor(database, visitor, link)
    async with database.context(actor) as ctx:
        approval = await service.find(ctx, link.approval_id)
        if approval is None or (approval.status == ApprovalStatus.PENDING and approval.kind not in service.LINKED):
            raise ApprovalLinkInvalidError
        decided = await service.decide(ctx, link.approval_id, Decision(verdict, comment=comment), is_link=True)
        return _to_response(decided, link, await repository.get_name(ctx, link.user_id))


async def _read(database: Database, token: str) -> _Link:
    try:
        purpose, approval_id, organization_id, person, until = json.loads(database.resources.secrets.open(token.encode()))
        link = _Link(UUID(approval_id), OrganizationId(UUID(organization_id)), UserId(UUID(person)))
    except (SecretUnreadableError, ValueError, TypeError, AttributeError):
        raise ApprovalLinkInvalidError from None
    async with database.system_context([link.organization_id]) as ctx:
        if purpose != service.LINK or ctx.now.timestamp() > until or not await service.allows_links(ctx):
            raise ApprovalLinkInvalidError
    return link


async def _actor(database: Database, visitor: Actor, link: _Link) -> Actor:
    """Return the person of a link as they are now. Raises ``ApprovalLinkInvalidError`` for one who may not decide now."""
    async with database.system_context([link.organization_id]) as ctx:
        role = await repository.get_role(ctx, link.user_id)
        approval = await service.find(ctx, link.approval_id)
        people = await service.list_approvers(ctx, link.approval_id)
    if role is None or approval is None or link.user_id not in people:
        raise ApprovalLinkInvalidError
    permissions = database.resources.permissions_of(role)
    person = replace(visitor, kind=ActorKind.USER, user_id=link.user_id, organization_id=link.organization_id)
    return replace(person, role=role, permissions=permissions)


def _to_response(approval: Approval, link: _Link, name: str | None) -> LinkedApproval:
    mine = next((each for each in approval.decisions if each.user_id == link.user_id), None)
    return LinkedApproval(
        id=approval.id,
        kind=approval.kind,
        target_name=approval.target_name,
        tool_name=approval.tool_name,
        reason=approval.reason,
        arguments=approval.arguments,
        prompt=approval.prompt,
        requested_by_name=approval.requested_by_name,
        status=approval.status,
        expires_at=approval.expires_at,
        quorum=approval.quorum,
        person_name=name,
        my_decision=None if mine is None else mine.status,
    )
