"""All SQL of sessions. Only the hash of a token is ever stored."""

import uuid
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Actor, Tx
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId, UserId
from retinue.core.json import JsonObject
from retinue.identity.sessions.types import Opened, SessionRow, SignedIn

_FIND: LiteralString = """
SELECT session_id, user_id, organization_id, role, is_superuser, is_noted, needs_two_factor
FROM auth.find_session(%(token_hash)s, %(wanted)s, tenant.now(), %(idle)s)
"""


async def find(
    connection: AsyncConnection[Any], token_hash: bytes, wanted: OrganizationId | None, *, idle: timedelta
) -> SignedIn | None:
    """Return what a token stands for, before any tenant is known."""
    values = {"token_hash": token_hash, "wanted": wanted, "idle": idle}
    async with connection.cursor(row_factory=class_row(SignedIn)) as cursor:
        return await (await cursor.execute(_FIND, values, prepare=True)).fetchone()


_INSERT: LiteralString = """
INSERT INTO sessions (id, user_id, organization_id, token_hash, user_agent, ip, last_seen_at, expires_at, ends_at)
VALUES (%(id)s, auth.uid(), %(organization_id)s, %(token_hash)s, %(user_agent)s, %(ip)s, %(now)s, %(expires_at)s,
        %(ends_at)s)
"""


async def insert(
    tx: Tx, session: Opened, token_hash: bytes, visitor: Actor, *, now: datetime, lives: tuple[timedelta, timedelta]
) -> None:
    """Insert a session of the person of the transaction; ``lives``: unused, and at most."""
    idle, longest = lives
    await tx.execute(
        _INSERT,
        {
            "id": session.id,
            "organization_id": session.organization_id,
            "token_hash": token_hash,
            "user_agent": visitor.user_agent,
            "ip": visitor.ip,
            "now": now,
            "expires_at": now + min(idle, longest),
            "ends_at": now + longest,
        },
    )


_LIST: LiteralString = """
SELECT id, created_at, last_seen_at, user_agent, ip, (id = %(current)s::uuid) IS TRUE AS is_current FROM sessions
WHERE user_id = auth.uid() AND expires_at > %(now)s AND ends_at > %(now)s
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s, %(id)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""


async def list_sessions(
    tx: Tx, now: datetime, after: Position | None, limit: int, *, current: uuid.UUID | None
) -> list[SessionRow]:
    """List the live sessions of the person of the transaction, newest first."""
    values = {"now": now, "current": current, "at": after and after.at, "id": after and after.id, "limit": limit}
    async with tx.cursor(row_factory=class_row(SessionRow)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_DELETE: LiteralString = "DELETE FROM sessions WHERE id = %(id)s AND user_id = auth.uid() RETURNING id"


async def delete(tx: Tx, session_id: uuid.UUID) -> bool:
    """Delete one session of the person of the transaction."""
    return await (await tx.execute(_DELETE, {"id": session_id})).fetchone() is not None


_DELETE_ALL: LiteralString = """
DELETE FROM sessions WHERE user_id = auth.uid() AND id IS DISTINCT FROM %(kept)s RETURNING id
"""


async def delete_all(tx: Tx, kept: uuid.UUID | None) -> list[uuid.UUID]:
    """Delete every session of the person of the transaction, but one; returns what went."""
    rows = await (await tx.execute(_DELETE_ALL, {"kept": kept})).fetchall()
    return [row[0] for row in rows]


_DISCARD: LiteralString = "SELECT auth.discard_session(%(token_hash)s)"


async def discard(connection: AsyncConnection[Any], token_hash: bytes) -> None:
    """Delete the session of a token, before any user is known."""
    await connection.execute(_DISCARD, {"token_hash": token_hash})


_SWITCH: LiteralString = (
    "UPDATE sessions SET organization_id = %(organization_id)s WHERE id = %(id)s AND user_id = auth.uid()"
)


async def switch(tx: Tx, session_id: uuid.UUID, organization_id: OrganizationId) -> None:
    """Store which organization a session stands in."""
    await tx.execute(_SWITCH, {"id": session_id, "organization_id": organization_id})


_RECORD: LiteralString = """
SELECT auth.record_sign_in(%(user_id)s, %(action)s, %(facts)s, %(ip)s, %(user_agent)s, %(request_id)s)
"""


async def record_sign_in(tx: Tx, user_id: UserId | None, action: str, facts: JsonObject, visitor: Actor) -> None:
    """Tell every organization of a person, in its audit log, of an attempt to sign in."""
    values = {
        "user_id": user_id,
        "action": action,
        "facts": Jsonb(facts),
        "ip": visitor.ip,
        "user_agent": visitor.user_agent,
        "request_id": visitor.request_id,
    }
    await tx.execute(_RECORD, values)


_DELETE_EXPIRED: LiteralString = "SELECT auth.delete_expired(tenant.now())"


async def delete_expired(tx: Tx) -> int:
    """Delete expired sessions and claim tokens; returns how many."""
    row = await (await tx.execute(_DELETE_EXPIRED)).fetchone()
    return int(row[0]) if row else 0


_OF_PERSON: LiteralString = "SELECT id FROM sessions WHERE user_id = auth.uid()"


async def list_ids_of_person(tx: Tx) -> list[uuid.UUID]:
    """Return the ids of all sessions of the transaction's person, the expired ones too."""
    return [row[0] for row in await (await tx.execute(_OF_PERSON)).fetchall()]


_OF_MEMBERS: LiteralString = "SELECT tenant.list_sessions_of_members()"


async def list_ids_of_members(tx: Tx) -> list[uuid.UUID]:
    """Return the ids of the sessions of all members of the transaction's organization, for the platform itself."""
    return [row[0] for row in await (await tx.execute(_OF_MEMBERS)).fetchall()]
