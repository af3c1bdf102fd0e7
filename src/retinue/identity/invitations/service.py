"""Invitations: an admin makes one, its bearer looks at it and accepts it, with an account or by making one."""

import uuid
from dataclasses import asdict, replace
from datetime import timedelta

from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database, acting_as
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import UserId, new_id
from retinue.core.mail import smtp
from retinue.core.mail.settings import MailSettings
from retinue.core.mail.smtp import Mail
from retinue.core.permissions import Role, require
from retinue.identity.invitations import repository
from retinue.identity.invitations.errors import (
    AccountExistsError,
    AccountNeededError,
    InvitationForOtherError,
    InvitationMissingError,
)
from retinue.identity.invitations.repository import NewInvitation
from retinue.identity.invitations.settings import InvitationSettings
from retinue.identity.invitations.types import Invitation, InvitationPreview, IssuedInvitation, NewAccount
from retinue.identity.organizations.members import service as members
from retinue.identity.organizations.members.errors import AlreadyMemberError
from retinue.identity.sessions import service as sessions
from retinue.identity.sessions.types import Opened
from retinue.identity.users import service as users
from retinue.identity.users.types import NewUser, PasswordOwner


async def create(ctx: Context, email: str, role: Role) -> IssuedInvitation:
    """Invite an address into the context's organization.

    Needs ``members:write``, every permission of the role, and to be an owner to invite an owner.

    Writes the hash of a token and an audit entry; the link with the token is in the result alone. Raises
    ``AlreadyMemberError`` and ``InvitationOpenError``.
    """
    members.require_may_grant(ctx, role)
    if await repository.is_member(ctx.tx, ctx.organization_id, email):
        raise AlreadyMemberError
    token = sessions.new_token()
    days = ctx.resources.settings_of(InvitationSettings).invitation_days
    new = NewInvitation(
        id=new_id(),
        organization_id=ctx.organization_id,
        email=email,
        role=role,
        token_hash=sessions.hash_token(token),
        expires_at=ctx.now + timedelta(days=days),
    )
    row = await repository.insert(ctx.tx, new, ctx.now)
    await audit.record(ctx, "invitation.created", ("invitation", row.id), after={"email": email, "role": role})
    accept_url = f"{ctx.resources.core.public_url}/invite?token={token}"
    return IssuedInvitation(**asdict(row), accept_url=accept_url)


async def create_and_send(database: Database, actor: Actor, email: str, role: Role) -> IssuedInvitation:
    """Invite an address as ``create`` does, and send it the link after the commit, if there is a mail server."""
    async with database.context(actor) as ctx:
        issued = await create(ctx, email, role)
        name = await repository.organization_name(ctx.tx, ctx.organization_id)
    text = (
        f"You are invited to {name} on Retinue.\n\n"
        f"Accept the invitation: {issued.accept_url}\n\n"
        f"The link is valid until {issued.expires_at:%Y-%m-%d %H:%M} UTC. If you do not expect it, do nothing.\n"
    )
    mail = Mail(issued.email, f"Invitation to {name}", text, f"invitation-{issued.id}")
    return replace(issued, emailed=await smtp.try_to_send(database.resources.settings_of(MailSettings), mail))


async def list_open(ctx: Context, limit: int, cursor: str | None) -> Page[Invitation]:
    """List the organization's open invitations, newest first. Needs ``members:read``."""
    require(ctx, members.READ)
    rows = await repository.list_open(ctx.tx, ctx.now, decode(cursor) if cursor else None, limit + 1)
    return page_of(rows, limit, lambda row: Position(row.created_at, row.id))


async def delete(ctx: Context, invitation_id: uuid.UUID) -> None:
    """Take an invitation back. Needs ``members:write``; raises ``InvitationMissingError``."""
    require(ctx, members.WRITE)
    row = await repository.delete(ctx.tx, invitation_id)
    if row is None:
        raise InvitationMissingError
    await audit.record(
        ctx, "invitation.deleted", ("invitation", invitation_id), before={"email": row.email, "role": row.role}
    )


async def preview(ctx: Context, token: str) -> InvitationPreview:
    """Return what a token invites to; nobody needs to be signed in. Raises ``InvitationMissingError``."""
    found = await repository.find(ctx.tx, sessions.hash_token(token), ctx.now)
    if found is None:
        raise InvitationMissingError
    return found


async def accept(database: Database, actor: Actor, token: str, account: NewAccount | None) -> Opened | None:
    """Accept an invitation, as the person who is signed in or by making an account.

    Writes the membership, the account if one is made, and audit entries, in one commit. Returns a new session for a new
    account, None for a person who is signed in. Raises ``InvitationMissingError``, ``InvitationForOtherError``,
    ``AccountExistsError``, ``AccountNeededError``, ``PasswordWeakError`` and ``AlreadyMemberError``.
    """
    async with database.context(actor) as ctx:
        found = await preview(ctx, token)
        if not actor.is_anonymous:
            users.require_person(ctx)
            if (await users.me(ctx)).email.casefold() != found.email.casefold():
                raise InvitationForOtherError
            await _join(ctx, found)
            if actor.session_id is not None:
                await sessions.switch(ctx, found.organization_id)
            return None
    if found.has_account:
        raise AccountExistsError
    if account is None:
        raise AccountNeededError
    about = PasswordOwner(found.email, words=(account.full_name, found.organization_name))
    hashed = await users.hash_password(database.resources, account.password, about=about)
    person = replace(actor, kind=ActorKind.USER, user_id=UserId(new_id()))
    async with database.context(person) as ctx:
        await users.create(ctx, NewUser(email=found.email, full_name=account.full_name, password_hash=hashed))
        await _join(ctx, found)
        return await sessions.open_session(ctx, found.organization_id)


async def _join(ctx: Context, found: InvitationPreview) -> None:
    """Use the invitation up and add the context's person, acting as the platform in the inviting organization."""
    platform = replace(ctx.actor, kind=ActorKind.SYSTEM, organization_id=found.organization_id, session_id=None)
    async with acting_as(ctx, platform) as inside:
        accepted = await repository.accept(inside.tx, found.invitation_id, inside.now)
        if accepted is None:
            raise InvitationMissingError
        await members.add(inside, ctx.user_id, Role(found.role), accepted[0])
        await audit.record(inside, "invitation.accepted", ("invitation", found.invitation_id), after={"role": found.role})
