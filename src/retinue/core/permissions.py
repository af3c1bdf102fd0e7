"""Permissions: a package names its own; a role is a set of them; a service function begins by requiring one."""

from enum import StrEnum
from uuid import UUID

from retinue.core.context import Actor, ActorKind, Context
from retinue.core.errors import DeniedError, UnauthenticatedError


class Role(StrEnum):
    """A member's role in an organization, from most to least."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT_MANAGER = "agent_manager"
    VIEWER = "viewer"


ANYONE = frozenset(Role)
MANAGERS = frozenset({Role.OWNER, Role.ADMIN, Role.AGENT_MANAGER})
ADMINS = frozenset({Role.OWNER, Role.ADMIN})
OWNERS = frozenset({Role.OWNER})


class PermissionDeniedError(DeniedError):
    """You lack the permission for this."""

    code = "permission_denied"


class TwoFactorRequiredError(DeniedError):
    """The organization requires two-factor authentication."""

    code = "two_factor_required"
    remedy = "Set it up under Settings, Account, or with POST /api/v1/auth/two-factor."


class AgentKeyDeniedError(DeniedError):
    """The key of an agent may make this agent's own calls only."""

    code = "agent_key_denied"
    remedy = "Name the agent of the key, or send an API key of the organization."


def require(ctx: Context, permission: str) -> None:
    """Demand a permission of the context's actor.

    The platform itself has every permission. Raises ``UnauthenticatedError`` when nobody is signed in and
    ``PermissionDeniedError`` naming what is missing.
    """
    require_of(ctx.actor, permission)


def require_of(actor: Actor, permission: str) -> None:
    """Demand a permission of an actor, where no context is open. Raises what ``require`` does."""
    if actor.is_anonymous:
        raise UnauthenticatedError
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.needs_two_factor:
        raise TwoFactorRequiredError
    if actor.kind is ActorKind.AGENT:
        raise AgentKeyDeniedError
    if permission not in actor.permissions:
        raise PermissionDeniedError(
            f"This needs the permission {permission}.",
            remedy="Ask an owner or admin of the organization for a role that has it, or use a key with that scope.",
        )


def acts_as(ctx: Context, agent_id: UUID) -> bool:
    """Whether the context's actor is this agent, with its own key."""
    return ctx.actor.kind is ActorKind.AGENT and ctx.actor.agent_id == agent_id


def require_acting(ctx: Context, permission: str, agent_id: UUID) -> None:
    """Demand that the context's actor is an agent, with its own key, or has a permission. Raises what ``require`` does."""
    if not acts_as(ctx, agent_id):
        require(ctx, permission)
