"""All SQL of memberships. The organization is named because your own memberships elsewhere are visible too."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.errors import CheckViolation, UniqueViolation
from psycopg.rows import class_row

from retinue.core.context import Tx
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId, UserId
from retinue.identity.organizations.members.errors import AlreadyMemberError, LastOwnerError
from retinue.identity.organizations.members.types import Member, MemberUser


@dataclass(frozen=True, slots=True)
class _Row:
    id: UserId
    email: str
    full_name: str
    username: str
    avatar_url: str | None
    has_two_factor: bool
    role: str
    granted_by: UserId | None
    granted_at: datetime

    def member(self) -> Member:
        user = MemberUser(self.id, self.email, self.full_name, self.username, self.avatar_url, self.has_two_factor)
        return Member(user, self.role, self.granted_by, self.granted_at)


_LIST: LiteralString = """
SELECT u.id, u.email, u.full_name, u.username, u.avatar_url, u.has_two_factor, m.role, m.granted_by, m.granted_at
FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.organization_id = %(organization_id)s
  AND (%(at)s::timestamptz IS NULL OR (m.granted_at, m.user_id) > (%(at)s, %(id)s::uuid))
ORDER BY m.granted_at, m.user_id LIMIT %(limit)s
"""


async def list_members(tx: Tx, organization_id: OrganizationId, after: Position | None, limit: int) -> list[Member]:
    """List members, the oldest first."""
    values = {"organization_id": organization_id, "at": after and after.at, "id": after and after.id, "limit": limit}
    async with tx.cursor(row_factory=class_row(_Row)) as cursor:
        return [row.member() for row in await (await cursor.execute(_LIST, values)).fetchall()]


_GET: LiteralString = """
SELECT u.id, u.email, u.full_name, u.username, u.avatar_url, u.has_two_factor, m.role, m.granted_by, m.granted_at
FROM memberships m JOIN users u ON u.id = m.user_id
WHERE m.organization_id = %(organization_id)s AND m.user_id = %(user_id)s
"""


async def get(tx: Tx, organization_id: OrganizationId, user_id: UserId) -> Member | None:
    """Return one member."""
    async with tx.cursor(row_factory=class_row(_Row)) as cursor:
        row = await (await cursor.execute(_GET, {"organization_id": organization_id, "user_id": user_id})).fetchone()
    return row.member() if row else None


_INSERT: LiteralString = """
INSERT INTO memberships (user_id, organization_id, role, granted_by)
VALUES (%(user_id)s, %(organization_id)s, %(role)s, %(granted_by)s)
"""


async def insert(tx: Tx, organization_id: OrganizationId, user_id: UserId, *, role: str, granted_by: UserId | None) -> None:
    """Insert a membership. Raises ``AlreadyMemberError``."""
    values = {"user_id": user_id, "organization_id": organization_id, "role": role, "granted_by": granted_by}
    try:
        async with tx.transaction():
            await tx.execute(_INSERT, values)
    except UniqueViolation:
        raise AlreadyMemberError from None


_UPDATE: LiteralString = """
UPDATE memberships SET role = %(role)s, granted_by = auth.uid()
WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND role = %(before)s RETURNING user_id
"""


async def update_role(tx: Tx, organization_id: OrganizationId, user_id: UserId, *, before: str, role: str) -> bool:
    """Change a role, unless it changed in the meantime. Raises ``LastOwnerError``."""
    values = {"organization_id": organization_id, "user_id": user_id, "before": before, "role": role}
    try:
        async with tx.transaction():
            return await (await tx.execute(_UPDATE, values)).fetchone() is not None
    except CheckViolation:
        raise LastOwnerError from None


_DELETE: LiteralString = """
DELETE FROM memberships
WHERE organization_id = %(organization_id)s AND user_id = %(user_id)s AND role = %(before)s RETURNING user_id
"""


async def delete(tx: Tx, organization_id: OrganizationId, user_id: UserId, *, before: str) -> bool:
    """Delete a membership, unless it changed in the meantime. Raises ``LastOwnerError``."""
    values = {"organization_id": organization_id, "user_id": user_id, "before": before}
    try:
        async with tx.transaction():
            return await (await tx.execute(_DELETE, values)).fetchone() is not None
    except CheckViolation:
        raise LastOwnerError from None
