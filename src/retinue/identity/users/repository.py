"""All SQL of users. Password hashes go in; they come out of one look-up alone."""

from datetime import datetime
from typing import LiteralString

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.ids import OrganizationId, UserId
from retinue.identity.users.errors import EmailTakenError, UsernameTakenError
from retinue.identity.users.types import Avatar, Credential, NewUser, User

_FIND_FOR_SIGN_IN: LiteralString = """
SELECT user_id, password_hash, is_active, has_two_factor FROM auth.find_user_for_sign_in(%(email)s)
"""


async def find_for_sign_in(tx: Tx, email: str) -> Credential | None:
    """Return what an address stands for; no tenant and no user is needed."""
    async with tx.cursor(row_factory=class_row(Credential)) as cursor:
        return await (await cursor.execute(_FIND_FOR_SIGN_IN, {"email": email})).fetchone()


_INSERT: LiteralString = """
INSERT INTO users (id, email, username, full_name, password_hash)
VALUES (%(id)s, %(email)s, %(username)s, %(full_name)s, %(password_hash)s)
"""


async def insert(tx: Tx, user_id: UserId, username: str, new: NewUser) -> None:
    """Insert the person of the transaction. Raises ``EmailTakenError`` and ``UsernameTakenError``."""
    values = {
        "id": user_id,
        "email": new.email,
        "username": username,
        "full_name": new.full_name,
        "password_hash": new.password_hash,
    }
    try:
        async with tx.transaction():
            await tx.execute(_INSERT, values)
    except UniqueViolation as error:
        raise _taken(error) from None


_CLAIM: LiteralString = """
SELECT * FROM auth.claim(%(token_hash)s, %(now)s, %(email)s, %(username)s, %(full_name)s, %(password_hash)s)
"""


async def claim(tx: Tx, token_hash: bytes, now: datetime, username: str, new: NewUser) -> bool:
    """Make the person of the transaction the first user by a claim token. False when the token is not good."""
    values = {
        "token_hash": token_hash,
        "now": now,
        "email": new.email,
        "username": username,
        "full_name": new.full_name,
        "password_hash": new.password_hash,
    }
    return await (await tx.execute(_CLAIM, values)).fetchone() is not None


_GET: LiteralString = """
SELECT id, email, username, full_name, avatar_url, has_two_factor, is_active, is_superuser, subscription_tier,
       created_at, updated_at
FROM users WHERE id = %(id)s
"""


async def get(tx: Tx, user_id: UserId) -> User | None:
    """Return a user whom the person of the transaction may see."""
    async with tx.cursor(row_factory=class_row(User)) as cursor:
        return await (await cursor.execute(_GET, {"id": user_id})).fetchone()


_LIST: LiteralString = """
SELECT id, email, username, full_name, avatar_url, has_two_factor, is_active, is_superuser, subscription_tier,
       created_at, updated_at
FROM users
WHERE (%(q)s::text IS NULL OR email ILIKE %(q)s OR username ILIKE %(q)s OR full_name ILIKE %(q)s)
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s, %(id)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""


async def list_users(tx: Tx, q: str | None, after: Position | None, limit: int) -> list[User]:
    """List the users whom the person of the transaction may see, newest first; ``q`` is part of a name or address."""
    values = {"q": containing(q), "at": after and after.at, "id": after and after.id, "limit": limit}
    async with tx.cursor(row_factory=class_row(User)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_UPDATE_PROFILE: LiteralString = """
UPDATE users SET full_name = coalesce(%(full_name)s, full_name), username = coalesce(%(username)s, username)
WHERE id = auth.uid()
RETURNING id, email, username, full_name, avatar_url, has_two_factor, is_active, is_superuser, subscription_tier,
       created_at, updated_at
"""


async def update_profile(tx: Tx, *, full_name: str | None, username: str | None) -> User | None:
    """Change the person of the transaction. Raises ``UsernameTakenError``."""
    values = {"full_name": full_name, "username": username}
    try:
        async with tx.transaction(), tx.cursor(row_factory=class_row(User)) as cursor:
            return await (await cursor.execute(_UPDATE_PROFILE, values)).fetchone()
    except UniqueViolation as error:
        raise _taken(error) from None


_SET_AVATAR: LiteralString = "SELECT auth.set_avatar(%(type)s, %(content)s, %(checksum)s)"


async def set_avatar(tx: Tx, avatar: Avatar | None) -> None:
    """Store or delete the picture of the person of the transaction, and its address with it."""
    values = {
        "type": avatar and avatar.type,
        "content": avatar and avatar.content,
        "checksum": avatar and avatar.checksum,
    }
    await tx.execute(_SET_AVATAR, values)


_FIND_AVATAR: LiteralString = "SELECT type, content, checksum FROM auth.find_avatar(%(user_id)s, %(only)s)"


async def find_avatar(tx: Tx, user_id: UserId, only: OrganizationId | None) -> Avatar | None:
    """Return the picture of a person with whom the person of the transaction shares an organization (``only``: that one)."""
    async with tx.cursor(row_factory=class_row(Avatar)) as cursor:
        return await (await cursor.execute(_FIND_AVATAR, {"user_id": user_id, "only": only})).fetchone()


_UPDATE_EMAIL: LiteralString = """
UPDATE users SET email = %(email)s WHERE id = auth.uid()
RETURNING id, email, username, full_name, avatar_url, has_two_factor, is_active, is_superuser, subscription_tier,
       created_at, updated_at
"""


async def update_email(tx: Tx, email: str) -> User | None:
    """Change the address of the person of the transaction. Raises ``EmailTakenError``."""
    try:
        async with tx.transaction(), tx.cursor(row_factory=class_row(User)) as cursor:
            return await (await cursor.execute(_UPDATE_EMAIL, {"email": email})).fetchone()
    except UniqueViolation as error:
        raise _taken(error) from None


_UPDATE_HASH: LiteralString = """
UPDATE users SET password_hash = %(password_hash)s WHERE id = auth.uid()
"""


async def update_password(tx: Tx, password_hash: str) -> None:
    """Store a new password hash of the person of the transaction."""
    await tx.execute(_UPDATE_HASH, {"password_hash": password_hash})


_ADMINISTER: LiteralString = """
SELECT * FROM auth.administer_user(%(id)s, %(is_active)s, %(is_superuser)s, %(subscription_tier)s)
"""


async def administer(tx: Tx, user: User) -> None:
    """Store what a superuser decided about a user; one who is disabled loses the sessions."""
    values = {
        "id": user.id,
        "is_active": user.is_active,
        "is_superuser": user.is_superuser,
        "subscription_tier": user.subscription_tier,
    }
    await tx.execute(_ADMINISTER, values)


_IS_CLAIMED: LiteralString = "SELECT auth.is_claimed()"


async def is_claimed(tx: Tx) -> bool:
    """Say whether anybody has an account."""
    row = await (await tx.execute(_IS_CLAIMED)).fetchone()
    return bool(row and row[0])


def _taken(error: UniqueViolation) -> EmailTakenError | UsernameTakenError:
    return UsernameTakenError() if error.diag.constraint_name == "users_username_key" else EmailTakenError()
