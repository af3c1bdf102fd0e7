"""Sessions: signing in, what a token stands for, and the ending of sessions."""

import asyncio
import hashlib
import time
import uuid
from dataclasses import replace
from datetime import timedelta

from retinue import __version__
from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import UnavailableError
from retinue.core.http import limits
from retinue.core.ids import OrganizationId, UserId, new_id
from retinue.core.json import JsonObject, dumps, loads
from retinue.core.logging import get_logger
from retinue.core.resources import Resources
from retinue.identity.organizations import service as organizations
from retinue.identity.organizations.errors import OrganizationMissingError
from retinue.identity.sessions import repository, rules
from retinue.identity.sessions.errors import SessionExpiredError, SessionMissingError, SignInRefusedError
from retinue.identity.sessions.settings import SessionSettings
from retinue.identity.sessions.types import Instance, Opened, Session, SessionRow, SignedIn
from retinue.identity.two_factor import service as two_factor
from retinue.identity.two_factor.errors import SecondFactorNeededError, SecondFactorRefusedError
from retinue.identity.users import service as users
from retinue.identity.users.errors import PasswordWeakError, PasswordWrongError
from retinue.identity.users.types import PasswordOwner, User

_log = get_logger(__name__)


async def sign_in(database: Database, email: str, password: str, visitor: Actor, code: str | None = None) -> Opened:
    """Check an address, a password and, where the account has a second factor, a code; open a session.

    Makes its own transactions, because the check takes long and must hold none. Writes the session, a renewed hash where the
    stored one is of an older kind, and audit entries of success and failure. Raises ``SignInRefusedError``, after the same
    time and with the same words for a wrong password, an unknown address and an account that is disabled,
    ``SecondFactorNeededError`` and ``SecondFactorRefusedError`` after a right password, and ``GuessingLimitedError`` when
    the next attempt must wait.
    """
    began = time.monotonic()
    settings, kv = database.resources.settings_of(SessionSettings), database.resources.kv
    await limits.require_may_guess(kv, visitor.ip, email, settings.guess_limits())
    async with database.context(visitor) as ctx:
        credential = await users.find_credential(ctx, email)
    renewed = await users.check_password(database.resources, password, credential)
    if credential is None or renewed is None:
        async with database.context(visitor) as ctx:
            person = credential.user_id if credential else None
            await repository.record_sign_in(ctx.tx, person, "session.refused", {"email": email}, visitor)
        await _take_as_long_as_others(database.resources, began)
        raise SignInRefusedError
    if credential.has_two_factor:
        await _require_second_factor(database, credential.user_id, email, code, visitor)
    async with database.context(_person(credential.user_id, visitor)) as ctx:
        if renewed:
            await users.set_password(ctx, renewed, is_renewal=True)
        opened = await open_session(ctx)
        await repository.record_sign_in(ctx.tx, credential.user_id, "session.created", {}, visitor)
    await limits.reset_attempts(kv, visitor.ip, email)
    await _note_presence(database.resources, opened.id, ctx.actor)
    return opened


async def _require_second_factor(database: Database, user_id: UserId, email: str, code: str | None, visitor: Actor) -> None:
    if code is None:
        raise SecondFactorNeededError
    person = _person(user_id, visitor)
    await limit_codes(database, person)
    async with database.context(person) as ctx:
        is_right = await two_factor.check(ctx, code)
    if not is_right:
        async with database.context(visitor) as ctx:
            facts: JsonObject = {"email": email, "reason": "second_factor"}
            await repository.record_sign_in(ctx.tx, user_id, "session.refused", facts, visitor)
        raise SecondFactorRefusedError
    await reset_code_attempts(database, person)


async def limit_guesses(database: Database, actor: Actor, subject: str) -> None:
    """Count an attempt of an actor's address at a subject other than an account. Raises ``GuessingLimitedError``."""
    settings = database.resources.settings_of(SessionSettings)
    await limits.require_may_guess(database.resources.kv, actor.ip, subject, settings.guess_limits())


async def reset_guesses(database: Database, actor: Actor, subject: str) -> None:
    """Forget the attempts at a subject: one was right."""
    await limits.reset_attempts(database.resources.kv, actor.ip, subject)


async def limit_codes(database: Database, actor: Actor) -> None:
    """Count an attempt with a code of an actor's second factor, from wherever. Raises ``GuessingLimitedError``."""
    if actor.user_id is not None:
        settings = database.resources.settings_of(SessionSettings)
        await limits.require_may_try_code(database.resources.kv, str(actor.user_id), settings.sign_in_free_attempts)


async def reset_code_attempts(database: Database, actor: Actor) -> None:
    """Forget the attempts with codes: one was right."""
    await limits.reset_code_attempts(database.resources.kv, str(actor.user_id))


def new_token() -> str:
    """Make a token of 256 random bits."""
    return rules.new_token()


def hash_token(token: str) -> bytes:
    """Return what is stored of a random token of ours: sessions, invitations, the claim link."""
    return rules.hash_token(token)


async def open_session(ctx: Context, organization_id: OrganizationId | None = None) -> Opened:
    """Open a session for the context's person, who is authenticated; writes it. The token is in the result alone."""
    settings = ctx.resources.settings_of(SessionSettings)
    lives = (timedelta(days=settings.session_idle_days), timedelta(days=settings.session_max_days))
    max_age_seconds = int(lives[1].total_seconds())
    opened = Opened(new_id(), rules.new_token(), ctx.user_id, organization_id, max_age_seconds)
    await repository.insert(ctx.tx, opened, rules.hash_token(opened.token), ctx.actor, now=ctx.now, lives=lives)
    return opened


async def identify(database: Database, token: str, wanted: OrganizationId | None, visitor: Actor) -> Actor:
    """Return the actor that a session's token stands for, in the wanted organization or else the session's own.

    At most once a minute this notes that the session was seen and moves its expiry. Raises ``SessionExpiredError``, and
    ``OrganizationMissingError`` when the person does not belong to the wanted organization.
    """
    idle = timedelta(days=database.resources.settings_of(SessionSettings).session_idle_days)
    async with database.quick() as connection:
        found = await repository.find(connection, rules.hash_token(token), wanted, idle=idle)
    if found is None:
        raise SessionExpiredError
    if wanted is not None and found.organization_id is None:
        raise OrganizationMissingError
    actor = replace(
        visitor,
        kind=ActorKind.USER,
        user_id=found.user_id,
        organization_id=found.organization_id,
        role=found.role,
        permissions=_permissions(database.resources, found),
        needs_two_factor=found.needs_two_factor,
        is_superuser=found.is_superuser,
        session_id=found.session_id,
    )
    if found.is_noted:
        await _note_presence(database.resources, found.session_id, actor)
    return actor


def _permissions(resources: Resources, found: SignedIn) -> frozenset[str]:
    return resources.permissions_of(found.role) if found.role and not found.needs_two_factor else frozenset()


async def describe(ctx: Context, csrf_token: str) -> Session:
    """Return the session of the context's person as the console needs it."""
    return Session(
        user=await users.me(ctx),
        organizations=await organizations.all_own(ctx),
        organization_id=ctx.actor.organization_id,
        role=ctx.actor.role,
        permissions=sorted(ctx.actor.permissions),
        needs_two_factor=ctx.actor.needs_two_factor,
        csrf_token=csrf_token,
        instance=Instance(__version__, is_claimed=True),
    )


async def list_sessions(database: Database, actor: Actor, limit: int, cursor: str | None) -> Page[SessionRow]:
    """List an actor's live sessions, newest first, with where each was seen last. Not for API keys."""
    after = decode(cursor) if cursor else None
    async with database.context(actor) as ctx:
        users.require_person(ctx)
        rows = await repository.list_sessions(ctx.tx, ctx.now, after, limit + 1, current=actor.session_id)
    page = page_of(rows, limit, lambda row: Position(row.created_at, row.id))
    return replace(page, items=await _with_presence(database.resources, page.items))


def require_session(ctx: Context) -> uuid.UUID:
    """Demand that the context's person came with a session; return its id. Raises ``PermissionDeniedError`` for a key."""
    users.require_person(ctx)
    if ctx.actor.session_id is None:
        raise SessionExpiredError
    return ctx.actor.session_id


async def discard(database: Database, token: str) -> None:
    """End the session of a token, if it is one: a new sign-in in the same browser takes its place."""
    async with database.quick() as connection:
        await repository.discard(connection, rules.hash_token(token))
    database.resources.bus.grants_changed()


async def end(database: Database, actor: Actor, session_id: uuid.UUID) -> None:
    """End one of an actor's sessions. Raises ``SessionMissingError``; not for API keys."""
    async with database.context(actor) as ctx:
        users.require_person(ctx)
        if not await repository.delete(ctx.tx, session_id):
            raise SessionMissingError
        await audit.record(ctx, "session.ended", ("session", session_id))
        ctx.grants_changed()
    await _forget(database.resources, [session_id])


async def end_all(database: Database, actor: Actor) -> None:
    """End every session of an actor, this one included. Not for API keys."""
    async with database.context(actor) as ctx:
        users.require_person(ctx)
        ended = await _delete_all(ctx, None)
    await _forget(database.resources, ended)


async def end_others(database: Database, actor: Actor) -> None:
    """End every session of an actor but this one. Not for API keys."""
    async with database.context(actor) as ctx:
        users.require_person(ctx)
        ended = await _delete_all(ctx, actor.session_id)
    await _forget(database.resources, ended)


async def switch(ctx: Context, organization_id: OrganizationId) -> None:
    """Let the context's session stand in another organization. Raises ``OrganizationMissingError`` for one not your own."""
    session_id = require_session(ctx)
    if organization_id not in {each.id for each in await organizations.all_own(ctx)}:
        raise OrganizationMissingError
    await repository.switch(ctx.tx, session_id, organization_id)


async def change_password(database: Database, actor: Actor, current: str, new: str) -> None:
    """Change a signed-in person's password, and end every other session of theirs.

    Raises ``PasswordWrongError`` when the current one is wrong and ``PasswordWeakError`` for a new one that is too weak.
    """
    user = await prove(database, actor, current, "current_password")
    if current == new:
        raise PasswordWeakError("new_password", "is the one you have")
    about = PasswordOwner(user.email, user.username, (user.full_name,))
    hashed = await users.hash_password(database.resources, new, field="new_password", about=about)
    async with database.context(actor) as ctx:
        await users.set_password(ctx, hashed)
        ended = await _delete_all(ctx, actor.session_id)
    await _forget(database.resources, ended)


async def change_email(database: Database, actor: Actor, password: str, email: str) -> User:
    """Change the address a person signs in with. Raises ``PasswordWrongError`` and ``EmailTakenError``."""
    await prove(database, actor, password, "password")
    async with database.context(actor) as ctx:
        return await users.set_email(ctx, email)


async def delete_expired(database: Database) -> None:
    """Delete expired sessions, claim tokens and keyed values. May be repeated, and by several workers at once."""
    async with database.system_context(()) as ctx:
        await repository.delete_expired(ctx.tx)
    await database.resources.kv.sweep()


async def prove(database: Database, actor: Actor, password: str, field: str) -> User:
    """Require the password of a signed-in person again and return the person. Raises ``PasswordWrongError``."""
    async with database.context(actor) as ctx:
        users.require_person(ctx)
        user = await users.me(ctx)
        credential = await users.find_credential(ctx, user.email)
    settings, kv = database.resources.settings_of(SessionSettings), database.resources.kv
    await limits.require_may_guess(kv, actor.ip, user.email, settings.guess_limits())
    if await users.check_password(database.resources, password, credential) is None:
        raise PasswordWrongError(field)
    await limits.reset_attempts(kv, actor.ip, user.email)
    return user


async def forget(resources: Resources, session_ids: list[uuid.UUID]) -> None:
    """Forget where sessions were seen last, after they have ended."""
    await _forget(resources, session_ids)


async def list_presence_keys(ctx: Context) -> list[str]:
    """Name the entries of the key-value store that say where members of the context's organization were seen last."""
    return [key for each in await repository.list_ids_of_members(ctx.tx) for key in _presence_keys(each)]


async def list_keys_of_person(ctx: Context) -> list[str]:
    """Name the entries of the key-value store that are about the context's person, whose account is to be deleted."""
    ids = await repository.list_ids_of_person(ctx.tx)
    return [*(_presence_key(each) for each in ids), *limits.code_keys_of(str(ctx.user_id))]


def _presence_key(session_id: uuid.UUID) -> str:
    return f"session:{hashlib.sha256(str(session_id).encode()).hexdigest()}"


def _presence_keys(session_id: uuid.UUID) -> tuple[str, str]:
    """Return the key of a session, and the one that earlier versions wrote; an entry lives as long as an idle session."""
    return _presence_key(session_id), f"session:{session_id}"


async def _delete_all(ctx: Context, kept: uuid.UUID | None) -> list[uuid.UUID]:
    ended = await repository.delete_all(ctx.tx, kept)
    ctx.grants_changed()
    await audit.record(ctx, "sessions.ended", ("user", ctx.user_id), after={"count": len(ended)})
    return ended


def _person(user_id: UserId, visitor: Actor) -> Actor:
    return replace(visitor, kind=ActorKind.USER, user_id=user_id)


async def _take_as_long_as_others(resources: Resources, began: float) -> None:
    """Hold a refusal back to one length of time: bcrypt, Argon2id and no account at all differ in theirs."""
    longest = resources.settings_of(SessionSettings).sign_in_failure_ms / 1000
    await asyncio.sleep(max(0.0, began + longest - time.monotonic()))


async def _note_presence(resources: Resources, session_id: uuid.UUID, actor: Actor) -> None:
    """Put where a session was seen last into the key-value store, at most once a minute; a loss costs nothing."""
    facts = {
        "user_id": str(actor.user_id),
        "organization_id": str(actor.organization_id) if actor.organization_id else None,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
    }
    idle_seconds = resources.settings_of(SessionSettings).session_idle_days * 86400
    try:
        await resources.kv.set(_presence_key(session_id), dumps(facts).decode(), ttl_seconds=idle_seconds)
    except UnavailableError as error:
        _log.warning("session.presence_skipped", session_id=str(session_id), reason=error.detail)


async def _with_presence(resources: Resources, rows: list[SessionRow]) -> list[SessionRow]:
    try:
        known = await resources.kv.get_many([_presence_key(row.id) for row in rows])
    except UnavailableError:
        return rows
    return [_seen(row, known.get(_presence_key(row.id))) for row in rows]


def _seen(row: SessionRow, facts: str | None) -> SessionRow:
    try:
        found = loads(facts) if facts else None
    except ValueError:  # written by another program that shares the Redis
        return row
    if not isinstance(found, dict):
        return row
    ip, agent = found.get("ip"), found.get("user_agent")
    return replace(
        row, ip=ip if isinstance(ip, str) else row.ip, user_agent=agent if isinstance(agent, str) else row.user_agent
    )


async def _forget(resources: Resources, session_ids: list[uuid.UUID]) -> None:
    try:
        await resources.kv.delete(*(key for each in session_ids for key in _presence_keys(each)))
    except UnavailableError as error:
        _log.warning("session.presence_kept", reason=error.detail)
