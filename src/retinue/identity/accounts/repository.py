"""All SQL of the deletion of accounts."""

import uuid
from typing import LiteralString

from psycopg.errors import CheckViolation

from retinue.core.context import Tx
from retinue.core.ids import UserId
from retinue.identity.accounts.errors import SoleOwnerError

_LIST_SOLE: LiteralString = "SELECT name FROM auth.list_sole_ownerships(%(user_id)s) name"


async def list_sole_ownerships(tx: Tx, user_id: UserId) -> list[str]:
    """Name the organizations whose only owner a person is."""
    return [row[0] for row in await (await tx.execute(_LIST_SOLE, {"user_id": user_id})).fetchall()]


_IS_LAST_SUPERUSER: LiteralString = "SELECT auth.is_last_superuser(%(user_id)s)"


async def is_last_superuser(tx: Tx, user_id: UserId) -> bool:
    """Say whether a person is the only active superuser while there are other accounts."""
    row = await (await tx.execute(_IS_LAST_SUPERUSER, {"user_id": user_id})).fetchone()
    return bool(row and row[0])


_EMAIL: LiteralString = "SELECT email FROM users WHERE id = %s"


async def get_email(tx: Tx, user_id: UserId) -> str | None:
    """Return the address of an account that the person of the transaction may see."""
    row = await (await tx.execute(_EMAIL, (user_id,))).fetchone()
    return None if row is None else str(row[0])


_DELETE: LiteralString = "SELECT auth.delete_user(%(user_id)s, %(is_operator)s)"


async def delete(tx: Tx, user_id: UserId, *, is_operator: bool) -> list[uuid.UUID] | None:
    """Delete an account with all its rows and clear the audit log of personal data; returns the ids of its sessions.

    None when there is no such account. Raises ``SoleOwnerError`` when another owner left at the same moment.
    """
    try:
        async with tx.transaction():
            row = await (await tx.execute(_DELETE, {"user_id": user_id, "is_operator": is_operator})).fetchone()
    except CheckViolation:
        raise SoleOwnerError(["an organization"]) from None
    return None if row is None or row[0] is None else list(row[0])
