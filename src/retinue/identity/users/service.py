"""Accounts: making, reading and changing users, and the checking of passwords."""

import asyncio
import hashlib
import secrets
from dataclasses import replace

from retinue.core import audit
from retinue.core.context import ActorKind, Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.ids import UserId
from retinue.core.json import Json
from retinue.core.media_types import picture_type
from retinue.core.permissions import PermissionDeniedError, require
from retinue.core.resources import Resources
from retinue.identity.users import repository, rules
from retinue.identity.users.errors import (
    AvatarMissingError,
    AvatarTypeError,
    NotSuperuserError,
    OwnAccountError,
    PasswordWeakError,
    UserMissingError,
    UsernameTakenError,
)
from retinue.identity.users.settings import UserSettings
from retinue.identity.users.types import Administration, Avatar, Credential, NewUser, PasswordOwner, ProfileChange, User
from retinue.identity.users.word_lists import WordLists


async def hash_password(
    resources: Resources, password: str, *, field: str = "password", about: PasswordOwner | None = None
) -> str:
    """Check and hash a new password (Argon2id, in a thread). ``field`` names it in errors. Raises ``PasswordWeakError``.

    ``about``: whose password it is; it must not contain the e-mail address or the username.
    """
    settings = resources.settings_of(UserSettings)
    lists = resources.part(WordLists, WordLists)
    owner = about or PasswordOwner()
    problem = await asyncio.to_thread(rules.weakness, password, settings.password_min_length, owner, lists)
    lists.end_later()
    if problem:
        raise PasswordWeakError(field, problem)
    return await _hash(settings, password)


async def close(resources: Resources) -> None:
    """End the process that judges passwords, if there is one."""
    lists: WordLists | None = resources.parts.get(WordLists)
    if lists is not None:
        await lists.close()


async def check_password(resources: Resources, password: str, credential: Credential | None) -> str | None:
    """Say whether a password fits, at the same cost whether or not there is an account (in a thread).

    Returns None when it does not fit, an empty text when it does, and a new hash when the stored one is of an older kind
    or cost and should be replaced by it.
    """
    settings = resources.settings_of(UserSettings)
    using = rules.hasher(settings.password_memory_kib, settings.password_iterations)
    stored = credential.password_hash if credential else None
    if stored is None:
        stored = await asyncio.to_thread(rules.decoy, settings.password_memory_kib, settings.password_iterations)
    fits = await asyncio.to_thread(rules.verify, password, stored, using)
    if not fits or credential is None or not credential.is_active:
        return None
    return await _hash(settings, password) if rules.needs_rehash(stored, using) else ""


async def find_credential(ctx: Context, email: str) -> Credential | None:
    """Return what an e-mail address stands for at sign-in, or None. Needs no tenant."""
    return await repository.find_for_sign_in(ctx.tx, email.strip())


async def create(ctx: Context, new: NewUser) -> User:
    """Make the account of the context's person, whose id the caller has chosen; writes the user and an audit entry.

    Raises ``EmailTakenError``. The username is made of the address and made unique.
    """
    username = rules.username_of(new.email)
    try:
        await repository.insert(ctx.tx, ctx.user_id, username, new)
    except UsernameTakenError:
        await repository.insert(ctx.tx, ctx.user_id, f"{username}-{secrets.token_hex(4)}", new)
    await audit.record(ctx, "user.created", ("user", ctx.user_id), after={"email": new.email})
    return await me(ctx)


async def claim(ctx: Context, token_hash: bytes, new: NewUser) -> User | None:
    """Make the context's person the first user and superuser by a claim token; None when the token is not good."""
    if not await repository.claim(ctx.tx, token_hash, ctx.now, rules.username_of(new.email), new):
        return None
    await audit.record(ctx, "installation.claimed", ("user", ctx.user_id), after={"email": new.email})
    return await me(ctx)


async def is_claimed(ctx: Context) -> bool:
    """Say whether anybody has an account in this installation."""
    return await repository.is_claimed(ctx.tx)


async def me(ctx: Context) -> User:
    """Return the context's person. Raises ``UnauthenticatedError`` when nobody is signed in."""
    user = await repository.get(ctx.tx, ctx.user_id)
    if user is None:
        raise UserMissingError
    return user


def requests_per_minute(resources: Resources, tier: str) -> int:
    """Return how many requests a minute each API key of a user of a tier may make; a tier no longer known counts as free."""
    tiers = resources.settings_of(UserSettings).tiers()
    return tiers.get(tier, tiers["free"])


def require_person(ctx: Context) -> None:
    """Demand a signed-in person: a key may not change its creator. Raises ``PermissionDeniedError``."""
    _ = ctx.user_id
    if ctx.actor.kind is ActorKind.API_KEY:
        raise PermissionDeniedError(
            "An API key may not do this.", remedy="Sign in with e-mail and password, and send the session's cookie."
        )


def require_superuser(ctx: Context) -> None:
    """Demand a signed-in superuser of the installation. Raises ``NotSuperuserError``."""
    require_person(ctx)
    if not ctx.actor.is_superuser:
        raise NotSuperuserError


async def update_me(ctx: Context, change: ProfileChange) -> User:
    """Change the context's person. Raises ``UsernameTakenError`` and, for a key, ``PermissionDeniedError``."""
    require_person(ctx)
    before = await me(ctx)
    after = await repository.update_profile(ctx.tx, full_name=change.full_name, username=change.username)
    if after is None:
        raise UserMissingError
    await audit.record(ctx, "user.updated", ("user", after.id), before=_profile(before), after=_profile(after))
    return after


async def set_avatar(ctx: Context, content: bytes) -> User:
    """Store the picture of the context's person, in place of the one before. Not for API keys.

    Raises ``AvatarTypeError`` for anything but PNG, JPEG, GIF and WebP, told by its signature. Writes the picture, its
    address and an audit entry.
    """
    require_person(ctx)
    media_type = picture_type(content)
    if media_type is None:
        raise AvatarTypeError
    before = await me(ctx)
    await repository.set_avatar(ctx.tx, Avatar(media_type, content, hashlib.sha256(content).hexdigest()))
    after = await me(ctx)
    await audit.record(ctx, "user.updated", ("user", after.id), before=_profile(before), after=_profile(after))
    return after


async def delete_avatar(ctx: Context) -> None:
    """Delete the picture of the context's person; may be repeated. Not for API keys."""
    require_person(ctx)
    before = await me(ctx)
    await repository.set_avatar(ctx.tx, None)
    after = replace(before, avatar_url=None)
    await audit.record(ctx, "user.updated", ("user", after.id), before=_profile(before), after=_profile(after))


async def get_avatar(ctx: Context, user_id: UserId) -> Avatar:
    """Return the picture of a person who shares an organization with the context's person.

    An API key needs ``members:read`` and sees the members of its own organization. Raises ``AvatarMissingError``.
    """
    _ = ctx.user_id
    only = None
    if ctx.actor.kind is ActorKind.API_KEY:
        require(ctx, "members:read")
        only = ctx.organization_id
    found = await repository.find_avatar(ctx.tx, user_id, only)
    if found is None:
        raise AvatarMissingError
    return found


async def set_email(ctx: Context, email: str) -> User:
    """Change the address that the context's person signs in with; the caller has checked the password.

    Raises ``EmailTakenError``. Writes the address and an audit entry.
    """
    require_person(ctx)
    before = await me(ctx)
    after = await repository.update_email(ctx.tx, email)
    if after is None:
        raise UserMissingError
    await audit.record(ctx, "user.email_changed", ("user", after.id), before={"email": before.email}, after={"email": email})
    return after


async def set_password(ctx: Context, password_hash: str, *, is_renewal: bool = False) -> None:
    """Store a new hash of the context's person. ``is_renewal``: the same password in a newer form, which is no news."""
    await repository.update_password(ctx.tx, password_hash)
    if not is_renewal:
        await audit.record(ctx, "user.password_changed", ("user", ctx.user_id))


async def profile(ctx: Context) -> User:
    """Return the profile of the signed-in person. Raises ``PermissionDeniedError`` for an API key."""
    if ctx.actor.kind is ActorKind.API_KEY:
        raise PermissionDeniedError(
            "An API key has no access to the profile of the person who created it.",
            remedy="GET /api/v1/auth/key describes the key itself.",
        )
    return await me(ctx)


async def list_all(ctx: Context, q: str | None, limit: int, cursor: str | None) -> Page[User]:
    """List every user of the installation, newest first; ``q`` is part of a name or an e-mail address.

    For superusers: raises ``NotSuperuserError``.
    """
    require_superuser(ctx)
    rows = await repository.list_users(ctx.tx, q, decode(cursor) if cursor else None, limit + 1)
    return page_of(rows, limit, lambda user: Position(user.created_at, user.id))


async def administer(ctx: Context, user_id: UserId, change: Administration) -> User:
    """Switch a user on or off, give or take superuser's rights, set the tier. Who is disabled is signed out.

    For superusers: raises ``NotSuperuserError``, ``UserMissingError``, ``OwnAccountError`` and ``InvalidError`` for a tier
    that is not in the settings.
    """
    require_superuser(ctx)
    before = await repository.get(ctx.tx, user_id)
    if before is None:
        raise UserMissingError
    if user_id == ctx.user_id and (change.is_active is False or change.is_superuser is False):
        raise OwnAccountError
    tiers = ctx.resources.settings_of(UserSettings).tiers()
    if change.subscription_tier is not None and change.subscription_tier not in tiers:
        message = f"is not a tier of this installation ({', '.join(tiers)})"
        raise InvalidError(f"subscription_tier: {message}", fields=(FieldProblem("subscription_tier", message),))
    after = replace(
        before,
        is_active=before.is_active if change.is_active is None else change.is_active,
        is_superuser=before.is_superuser if change.is_superuser is None else change.is_superuser,
        subscription_tier=change.subscription_tier or before.subscription_tier,
    )
    await repository.administer(ctx.tx, after)
    ctx.grants_changed()
    await audit.record(ctx, "user.administered", ("user", user_id), before=_standing(before), after=_standing(after))
    return after


async def _hash(settings: UserSettings, password: str) -> str:
    using = rules.hasher(settings.password_memory_kib, settings.password_iterations)
    return await asyncio.to_thread(using.hash, rules.normalized(password))


def _profile(user: User) -> dict[str, Json]:
    return {"full_name": user.full_name, "username": user.username, "avatar_url": user.avatar_url}


def _standing(user: User) -> dict[str, Json]:
    return {"is_active": user.is_active, "is_superuser": user.is_superuser, "subscription_tier": user.subscription_tier}
