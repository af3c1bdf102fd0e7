"""All SQL of account recovery. Only the hash of a token is ever stored."""

import uuid
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.core.ids import UserId
from retinue.identity.recovery.types import PasswordReset, Recoverable

_FIND_PERSON: LiteralString = """
SELECT user_id, email, role, organization_count, is_superuser, has_two_factor FROM auth.find_for_recovery(%(user_id)s)
"""


async def find_person(tx: Tx, user_id: UserId) -> Recoverable | None:
    """Return a member of the transaction's organization; for a superuser anyone."""
    async with tx.cursor(row_factory=class_row(Recoverable)) as cursor:
        return await (await cursor.execute(_FIND_PERSON, {"user_id": user_id})).fetchone()


_ISSUE: LiteralString = "SELECT auth.issue_password_reset(%(id)s, %(user_id)s, %(token_hash)s, %(expires_at)s)"


async def issue(tx: Tx, reset_id: uuid.UUID, user_id: UserId, token_hash: bytes, expires_at: datetime) -> None:
    """Store a link in place of the person's earlier one."""
    await tx.execute(_ISSUE, {"id": reset_id, "user_id": user_id, "token_hash": token_hash, "expires_at": expires_at})


_FIND: LiteralString = """
SELECT user_id, email, username, full_name, expires_at FROM auth.find_password_reset(%(token_hash)s, %(now)s)
"""


async def find(tx: Tx, token_hash: bytes, now: datetime) -> PasswordReset | None:
    """Return whom a valid link is for, before any user is known."""
    async with tx.cursor(row_factory=class_row(PasswordReset)) as cursor:
        return await (await cursor.execute(_FIND, {"token_hash": token_hash, "now": now})).fetchone()


_USE: LiteralString = "SELECT session_ids FROM auth.use_password_reset(%(token_hash)s, %(now)s, %(password_hash)s)"


async def use(tx: Tx, token_hash: bytes, now: datetime, password_hash: str) -> list[uuid.UUID] | None:
    """Use up a link: set the password and end every session, whose ids are returned. None for an invalid link."""
    values = {"token_hash": token_hash, "now": now, "password_hash": password_hash}
    row = await (await tx.execute(_USE, values)).fetchone()
    return None if row is None else list(row[0])


_RESET_TWO_FACTOR: LiteralString = "SELECT auth.reset_two_factor(%(user_id)s)"


async def reset_two_factor(tx: Tx, user_id: UserId) -> None:
    """Delete a person's second factor."""
    await tx.execute(_RESET_TWO_FACTOR, {"user_id": user_id})
