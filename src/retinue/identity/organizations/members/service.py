"""The members of an organization: who, as what, and their coming and going."""

from retinue.core import audit
from retinue.core.context import ActorKind, Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import UserId
from retinue.core.permissions import Role, require
from retinue.identity.organizations.members import permissions, repository, rules
from retinue.identity.organizations.members.errors import (
    GrantBeyondOwnError,
    MemberChangedError,
    MemberMissingError,
    OwnersOnlyError,
)
from retinue.identity.organizations.members.types import Member

READ, WRITE = permissions.READ, permissions.WRITE


async def list_members(ctx: Context, limit: int, cursor: str | None) -> Page[Member]:
    """List the members of the organization, the longest-standing first. Needs ``members:read``."""
    require(ctx, permissions.READ)
    after = decode(cursor) if cursor else None
    rows = await repository.list_members(ctx.tx, ctx.organization_id, after, limit + 1)
    return page_of(rows, limit, lambda member: Position(member.granted_at, member.user.id))


async def get(ctx: Context, user_id: UserId) -> Member:
    """Return a member of the organization. Needs ``members:read``; raises ``MemberMissingError``."""
    require(ctx, permissions.READ)
    member = await repository.get(ctx.tx, ctx.organization_id, user_id)
    if member is None:
        raise MemberMissingError
    return member


def require_may_grant(ctx: Context, role: str) -> None:
    """Require that the context's actor may grant a role.

    Raises ``PermissionDeniedError``, ``OwnersOnlyError`` and ``GrantBeyondOwnError``.
    """
    require(ctx, permissions.WRITE)
    _require_may_change(ctx, None, role)


async def add(ctx: Context, user_id: UserId, role: Role, granted_by: UserId | None) -> Member:
    """Make a user a member. For the platform, which acts on an invitation; raises ``AlreadyMemberError``."""
    require(ctx, permissions.WRITE)
    _require_may_change(ctx, None, role)
    await repository.insert(ctx.tx, ctx.organization_id, user_id, role=role, granted_by=granted_by)
    await audit.record(ctx, "member.added", ("user", user_id), after={"role": role})
    return await get(ctx, user_id)


async def update_role(ctx: Context, user_id: UserId, role: Role) -> Member:
    """Change a member's role.

    Needs ``members:write``, every permission of the new role, and to be an owner where an owner is made or unmade. Raises
    ``MemberMissingError``, ``OwnersOnlyError``, ``GrantBeyondOwnError``, ``LastOwnerError`` and ``MemberChangedError``.
    Open invitations that the member could not send in the new role are deleted by a trigger.
    """
    require(ctx, permissions.WRITE)
    member = await get(ctx, user_id)
    _require_may_change(ctx, member.role, role)
    if not await repository.update_role(ctx.tx, ctx.organization_id, user_id, before=member.role, role=role):
        raise MemberChangedError
    ctx.grants_changed()
    await audit.record(ctx, "member.updated", ("user", user_id), before={"role": member.role}, after={"role": role})
    return await get(ctx, user_id)


async def remove(ctx: Context, user_id: UserId) -> None:
    """Remove a member; any member may remove themselves.

    A trigger revokes the API keys that the member created here, takes the organization out of their sessions and deletes
    the open invitations they sent. Needs ``members:write`` for others, and to be an owner to remove an owner. Raises
    ``MemberMissingError``, ``OwnersOnlyError``, ``GrantBeyondOwnError``, ``LastOwnerError`` and ``MemberChangedError``.
    """
    member = await get(ctx, user_id)
    leaves = ctx.actor.kind is ActorKind.USER and user_id == ctx.actor.user_id
    if not leaves:
        require(ctx, permissions.WRITE)
        _require_may_change(ctx, member.role, None)
    if not await repository.delete(ctx.tx, ctx.organization_id, user_id, before=member.role):
        raise MemberChangedError
    ctx.grants_changed()
    await audit.record(ctx, "member.removed", ("user", user_id), before={"role": member.role})


def _require_may_change(ctx: Context, before: str | None, after: str | None) -> None:
    if ctx.actor.kind is ActorKind.SYSTEM:
        return
    if not rules.may_change_role(ctx.actor.role, before, after):
        raise OwnersOnlyError
    for role in rules.roles_to_hold(before, after):
        missing = ctx.resources.permissions_of(role) - ctx.actor.permissions
        if missing:
            raise GrantBeyondOwnError(role, sorted(missing))
