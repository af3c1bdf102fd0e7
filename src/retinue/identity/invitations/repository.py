"""All SQL of invitations. Only the hash of a token is ever stored."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId, UserId
from retinue.identity.invitations.errors import InvitationOpenError
from retinue.identity.invitations.types import Invitation, InvitationPreview


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A row to be inserted."""

    id: uuid.UUID
    organization_id: OrganizationId
    email: str
    role: str
    token_hash: bytes
    expires_at: datetime


_DELETE_LAPSED: LiteralString = """
DELETE FROM invitations
WHERE organization_id = %(organization_id)s AND lower(email) = lower(%(email)s) AND accepted_at IS NULL
  AND expires_at <= %(now)s
"""

_INSERT: LiteralString = """
INSERT INTO invitations (id, organization_id, email, role, token_hash, invited_by, expires_at)
VALUES (%(id)s, %(organization_id)s, %(email)s, %(role)s, %(token_hash)s, auth.uid(), %(expires_at)s)
RETURNING id, email, role, invited_by, expires_at, created_at
"""


async def insert(tx: Tx, new: NewInvitation, now: datetime) -> Invitation:
    """Insert an invitation in place of an expired one. Raises ``InvitationOpenError`` when one is open."""
    values = {
        "id": new.id,
        "organization_id": new.organization_id,
        "email": new.email,
        "role": new.role,
        "token_hash": new.token_hash,
        "expires_at": new.expires_at,
        "now": now,
    }
    try:
        async with tx.transaction(), tx.cursor(row_factory=class_row(Invitation)) as cursor:
            await cursor.execute(_DELETE_LAPSED, values)
            row = await (await cursor.execute(_INSERT, values)).fetchone()
    except UniqueViolation:
        raise InvitationOpenError from None
    assert row is not None  # noqa: S101 - an insert that returns its row
    return row


_LIST: LiteralString = """
SELECT id, email, role, invited_by, expires_at, created_at FROM invitations
WHERE accepted_at IS NULL AND expires_at > %(now)s
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s, %(id)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""


async def list_open(tx: Tx, now: datetime, after: Position | None, limit: int) -> list[Invitation]:
    """List the organization's open invitations, newest first."""
    values = {"now": now, "at": after and after.at, "id": after and after.id, "limit": limit}
    async with tx.cursor(row_factory=class_row(Invitation)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_DELETE: LiteralString = """
DELETE FROM invitations WHERE id = %(id)s AND accepted_at IS NULL
RETURNING id, email, role, invited_by, expires_at, created_at
"""


async def delete(tx: Tx, invitation_id: uuid.UUID) -> Invitation | None:
    """Delete an open invitation; returns what it was."""
    async with tx.cursor(row_factory=class_row(Invitation)) as cursor:
        return await (await cursor.execute(_DELETE, {"id": invitation_id})).fetchone()


_FIND: LiteralString = """
SELECT invitation_id, organization_id, organization_name, email, role, invited_by_name, expires_at, has_account
FROM auth.find_invitation(%(token_hash)s, %(now)s)
"""


async def find(tx: Tx, token_hash: bytes, now: datetime) -> InvitationPreview | None:
    """Return what a token invites to, before any tenant is known."""
    async with tx.cursor(row_factory=class_row(InvitationPreview)) as cursor:
        return await (await cursor.execute(_FIND, {"token_hash": token_hash, "now": now})).fetchone()


_ACCEPT: LiteralString = """
UPDATE invitations SET accepted_at = %(now)s, accepted_by = auth.uid()
WHERE id = %(id)s AND accepted_at IS NULL AND expires_at > %(now)s
RETURNING invited_by
"""


async def accept(tx: Tx, invitation_id: uuid.UUID, now: datetime) -> tuple[UserId | None] | None:
    """Use an invitation up; returns who invited, or None when someone was first."""
    return await (await tx.execute(_ACCEPT, {"id": invitation_id, "now": now})).fetchone()


_ORGANIZATION: LiteralString = "SELECT name FROM organizations WHERE id = %s"


async def organization_name(tx: Tx, organization_id: OrganizationId) -> str:
    """Return the name of the inviting organization."""
    row = await (await tx.execute(_ORGANIZATION, (organization_id,))).fetchone()
    return str(row[0]) if row else ""


_IS_MEMBER: LiteralString = """
SELECT EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id
               WHERE m.organization_id = %(organization_id)s AND lower(u.email) = lower(%(email)s))
"""


async def is_member(tx: Tx, organization_id: OrganizationId, email: str) -> bool:
    """Say whether an address is that of a member."""
    row = await (await tx.execute(_IS_MEMBER, {"organization_id": organization_id, "email": email})).fetchone()
    return bool(row and row[0])
