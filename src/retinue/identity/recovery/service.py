"""Account recovery: an admin creates a link by which a person sets a new password, or removes a lost second factor."""

from dataclasses import replace
from datetime import timedelta

from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database, acting_as
from retinue.core.ids import UserId, new_id
from retinue.core.mail import smtp
from retinue.core.mail.settings import MailSettings
from retinue.core.mail.smtp import Mail
from retinue.core.permissions import require
from retinue.identity.organizations import service as organizations
from retinue.identity.organizations.members import service as members
from retinue.identity.recovery import repository, rules
from retinue.identity.recovery.errors import PasswordResetInvalidError, RecoveryDeniedError
from retinue.identity.recovery.settings import RecoverySettings
from retinue.identity.recovery.types import IssuedPasswordReset, PasswordResetState, Recoverable
from retinue.identity.sessions import service as sessions
from retinue.identity.two_factor.errors import TwoFactorDisabledError
from retinue.identity.users import service as users
from retinue.identity.users.errors import UserMissingError
from retinue.identity.users.types import PasswordOwner

_ATTEMPT = "password reset"


async def create_password_reset(database: Database, actor: Actor, user_id: UserId) -> IssuedPasswordReset:
    """Create a link by which a person sets a new password; it ends the person's earlier link.

    For superusers, and for owners and admins (``members:write``) whose member belongs to no other organization. Not for API
    keys. Writes the hash of a token and an audit entry; the link is in the result alone. Raises ``UserMissingError``,
    ``RecoveryDeniedError`` and, for many links in a row, ``GuessingLimitedError``.
    """
    resources = database.resources
    async with database.context(actor) as ctx:
        await _require_recoverable(ctx, user_id)
    await sessions.limit_guesses(database, actor, f"{_ATTEMPT} by {actor.user_id}")
    token = sessions.new_token()
    async with database.context(actor) as ctx:
        person = await _require_recoverable(ctx, user_id)
        expires_at = ctx.now + timedelta(hours=resources.settings_of(RecoverySettings).password_reset_hours)
        await repository.issue(ctx.tx, new_id(), user_id, sessions.hash_token(token), expires_at)
        await audit.record(ctx, "user.password_reset_created", ("user", user_id))
    url = f"{resources.core.public_url}/reset-password?token={token}"
    text = (
        "An administrator created a link by which you can set a new password at Retinue.\n\n"
        f"Set a new password: {url}\n\n"
        f"The link is valid until {expires_at:%Y-%m-%d %H:%M} UTC, and only once.\n"
    )
    mail = Mail(person.email, "Set a new password", text, f"password-reset-{new_id()}")
    emailed = await smtp.try_to_send(resources.settings_of(MailSettings), mail)
    return IssuedPasswordReset(url, person.email, expires_at, emailed)


async def check_password_reset(database: Database, visitor: Actor, token: str) -> PasswordResetState:
    """Return whether a link is valid; attempts with invalid ones are counted. Raises ``GuessingLimitedError``."""
    await sessions.limit_guesses(database, visitor, _ATTEMPT)
    async with database.context(visitor) as ctx:
        found = await repository.find(ctx.tx, sessions.hash_token(token), ctx.now)
    if found is None:
        return PasswordResetState(valid=False, email=None)
    await sessions.reset_guesses(database, visitor, _ATTEMPT)
    return PasswordResetState(valid=True, email=found.email)


async def reset_password(database: Database, visitor: Actor, token: str, password: str) -> None:
    """Set a new password by a link, which is used up, and end every session of the person. API keys stay.

    Writes an audit entry in each organization of the person. Raises ``PasswordResetInvalidError`` (of several uses at once
    one succeeds), ``PasswordWeakError`` and ``GuessingLimitedError``.
    """
    await sessions.limit_guesses(database, visitor, _ATTEMPT)
    token_hash = sessions.hash_token(token)
    async with database.context(visitor) as ctx:
        found = await repository.find(ctx.tx, token_hash, ctx.now)
    if found is None:
        raise PasswordResetInvalidError
    await sessions.reset_guesses(database, visitor, _ATTEMPT)
    about = PasswordOwner(found.email, found.username, (found.full_name,))
    hashed = await users.hash_password(database.resources, password, field="new_password", about=about)
    person = replace(visitor, kind=ActorKind.USER, user_id=found.user_id)
    async with database.context(visitor) as ctx:
        ended = await repository.use(ctx.tx, token_hash, ctx.now, hashed)
        if ended is None:
            raise PasswordResetInvalidError
        ctx.grants_changed()
        async with acting_as(ctx, person) as inside:
            for each in await organizations.all_own(inside):
                async with acting_as(inside, replace(person, organization_id=each.id)) as there:
                    await audit.record(there, "user.password_reset", ("user", found.user_id), after={"sessions": len(ended)})
    await sessions.forget(database.resources, ended)


async def reset_two_factor(ctx: Context, user_id: UserId) -> None:
    """Remove a person's lost second factor; the password alone signs in then.

    Allowed to superusers and owners who may create a password reset link. Writes an audit entry. Raises
    ``UserMissingError``, ``RecoveryDeniedError`` and ``TwoFactorDisabledError``.
    """
    person = await _require_recoverable(ctx, user_id)
    if not ctx.actor.is_superuser and ctx.actor.role != "owner":
        raise RecoveryDeniedError("Only an owner can remove a second factor.", remedy="Ask an owner of the organization.")
    if not person.has_two_factor:
        raise TwoFactorDisabledError("This person has no second factor.", remedy="There is nothing to remove.")
    await repository.reset_two_factor(ctx.tx, user_id)
    ctx.grants_changed()
    await audit.record(ctx, "user.two_factor_reset", ("user", user_id))


async def _require_recoverable(ctx: Context, user_id: UserId) -> Recoverable:
    users.require_person(ctx)
    if not ctx.actor.is_superuser:
        _ = ctx.organization_id
    person = await repository.find_person(ctx.tx, user_id)
    if person is None:
        raise UserMissingError
    if ctx.actor.is_superuser:
        return person
    require(ctx, members.WRITE)
    reason = rules.refusal(ctx.actor.role, person)
    if reason is not None:
        raise RecoveryDeniedError(reason, remedy="Ask a superuser of this installation.")
    return person
