"""Deleting accounts: what is personal goes, what an organization must keep stays without personal data.

Deleted are the profile, the picture, sessions, API keys, memberships, the second factor, invitations to the address, and
conversations with their files and runs. The audit log keeps its entries without addresses, names and documents about the
person; what the person created for an organization (agents, tools, other runs) stays the organization's, without a creator.
"""

import uuid

from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database, acting_as
from retinue.core.ids import UserId
from retinue.identity.accounts import repository
from retinue.identity.accounts.errors import LastSuperuserError, SoleOwnerError
from retinue.identity.accounts.ports import AccountDeleted
from retinue.identity.sessions import service as sessions
from retinue.identity.users import service as users
from retinue.identity.users.errors import UserMissingError


async def delete_own(database: Database, actor: Actor, password: str) -> None:
    """Delete the account of a signed-in person, who confirms it by the password. Cannot be undone.

    Raises ``PasswordWrongError``, ``SoleOwnerError`` and ``LastSuperuserError``. Not for API keys.
    """
    user = await sessions.prove(database, actor, password, "password")
    async with database.context(actor) as ctx:
        ended = await _delete(ctx, user.id)
    await sessions.forget(database.resources, ended)


async def delete_user(database: Database, actor: Actor, user_id: UserId) -> None:
    """Delete another person's account. Cannot be undone. For superusers: raises ``NotSuperuserError``.

    Raises ``UserMissingError``, ``SoleOwnerError`` and ``LastSuperuserError``.
    """
    async with database.context(actor) as ctx:
        users.require_superuser(ctx)
        ended = await _delete(ctx, user_id)
    await sessions.forget(database.resources, ended)


async def delete_as_operator(database: Database, user_id: UserId) -> None:
    """Delete an account for the operator and is at its machine. Raises as ``delete_user`` does."""
    async with database.context(Actor(ActorKind.USER, user_id=user_id)) as ctx:
        ended = await _delete(ctx, user_id, is_operator=True)
    await sessions.forget(database.resources, ended)


async def require_deletable(ctx: Context, user_id: UserId) -> str:
    """Demand that an account may be deleted now, and return its address.

    Raises ``UserMissingError``, ``SoleOwnerError`` and ``LastSuperuserError``.
    """
    email = await repository.get_email(ctx.tx, user_id)
    if email is None:
        raise UserMissingError
    names = await repository.list_sole_ownerships(ctx.tx, user_id)
    if names:
        raise SoleOwnerError(names)
    if await repository.is_last_superuser(ctx.tx, user_id):
        raise LastSuperuserError
    return email


async def _delete(ctx: Context, user_id: UserId, *, is_operator: bool = False) -> list[uuid.UUID]:
    await require_deletable(ctx, user_id)
    listeners: tuple[AccountDeleted, ...] = ctx.resources.account_deleted
    async with acting_as(ctx, Actor(ActorKind.SYSTEM, user_id=user_id)) as platform:
        for listener in listeners:
            await listener(platform, user_id)
    ended = await repository.delete(ctx.tx, user_id, is_operator=is_operator)
    if ended is None:
        raise UserMissingError
    ctx.grants_changed()
    return ended
