"""All SQL of attempts to connect, and of how connections are shown."""

from datetime import datetime
from functools import partial
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row

from retinue.connections.types import (
    Begun,
    Connection,
    ConnectionKind,
    ConnectionOwner,
    ConnectionStatus,
    ConnectionTool,
    GrantType,
)
from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.ids import new_id

_COLUMNS: LiteralString = """
SELECT c.id, c.name, c.kind, c.grant_type, c.owner, c.destination, c.scopes, g.status, g.granted_by,
       u.full_name AS granted_by_name, g.created_at AS granted_at, g.refreshed_at,
       CASE WHEN g.tokens_encrypted IS NOT NULL THEN g.expires_at END AS expires_at, g.last_error,
       c.created_at, c.updated_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) ORDER BY t.name), '[]') FROM (
          SELECT t.id, t.name FROM tools t WHERE t.organization_id = c.organization_id AND t.connection_id = c.id
          ORDER BY t.name LIMIT 50) t) AS tools
FROM connections c
LEFT JOIN connection_grants g ON g.organization_id = c.organization_id AND g.connection_id = c.id
  AND g.user_id IS NOT DISTINCT FROM CASE WHEN c.owner = 'user' THEN %(person)s::uuid END
LEFT JOIN users u ON u.id = g.granted_by
"""


def _connection(
    *,
    kind: str,
    grant_type: str,
    owner: str,
    status: str | None,
    tools: list[dict[str, str]],
    public_url: str,
    **columns: Any,  # noqa: ANN401 - the other columns
) -> Connection:
    shown = {"active": ConnectionStatus.CONNECTED, "revoked": ConnectionStatus.REVOKED}.get(
        status or "", ConnectionStatus.MISSING
    )
    return Connection(
        kind=ConnectionKind(kind),
        grant_type=GrantType(grant_type),
        owner=ConnectionOwner(owner),
        status=ConnectionStatus.CONNECTED if grant_type == GrantType.CLIENT_CREDENTIALS else shown,
        tools=[ConnectionTool(UUID(each["id"]), each["name"]) for each in tools],
        connect_url=f"{public_url}/connect/{columns['id']}",
        **columns,
    )


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE c.organization_id = %(organization_id)s
  AND (%(at)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY c.created_at DESC, c.id DESC LIMIT %(limit)s
"""
)
_GET: LiteralString = _COLUMNS + "WHERE c.id = %(id)s"


async def list_page(ctx: Context, after: Position | None, limit: int) -> list[Connection]:
    """Return connections, newest first, one more than ``limit`` when there are more."""
    values = {
        "organization_id": ctx.organization_id,
        "person": ctx.actor.user_id,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(
        row_factory=kwargs_row(partial(_connection, public_url=ctx.resources.core.public_url))
    ) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


async def get(ctx: Context, connection_id: UUID) -> Connection | None:
    """Return one connection, as it is for the actor."""
    async with ctx.tx.cursor(
        row_factory=kwargs_row(partial(_connection, public_url=ctx.resources.core.public_url))
    ) as cursor:
        return await (await cursor.execute(_GET, {"id": connection_id, "person": ctx.actor.user_id})).fetchone()


_EXPIRED: LiteralString = "DELETE FROM connection_attempts WHERE expires_at < tenant.now()"
_BEGIN: LiteralString = """
INSERT INTO connection_attempts (id, organization_id, connection_id, user_id, session_id, verifier_encrypted, return_to,
  expires_at)
VALUES (%(id)s, %(organization_id)s, %(connection_id)s, %(user_id)s, %(session_id)s, %(verifier)s, %(return_to)s,
  %(expires_at)s)
"""


async def begin(
    ctx: Context, connection_id: UUID, *, session_id: UUID, verifier: bytes, return_to: str, expires_at: datetime
) -> UUID:
    """Write an attempt of the session that asks, and delete those that nobody came back from; return its id."""
    await ctx.tx.execute(_EXPIRED)
    attempt_id = new_id()
    values = {
        "id": attempt_id,
        "organization_id": ctx.organization_id,
        "connection_id": connection_id,
        "user_id": ctx.user_id,
        "session_id": session_id,
        "verifier": verifier,
        "return_to": return_to,
        "expires_at": expires_at,
    }
    await ctx.tx.execute(_BEGIN, values)
    return attempt_id


_TAKE: LiteralString = """
DELETE FROM connection_attempts
WHERE id = %(id)s AND user_id = %(user_id)s AND session_id = %(session_id)s AND expires_at > tenant.now()
RETURNING connection_id, verifier_encrypted, return_to
"""


async def take(ctx: Context, attempt_id: UUID, session_id: UUID) -> Begun | None:
    """Take an attempt back, once, by the session that began it; None when there is none that is in time."""
    values = {"id": attempt_id, "user_id": ctx.user_id, "session_id": session_id}
    async with ctx.tx.cursor(row_factory=class_row(Begun)) as cursor:
        return await (await cursor.execute(_TAKE, values)).fetchone()
