"""All SQL of the organization's variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from retinue.agents.organization_variables.errors import OrganizationVariableNameTakenError
from retinue.agents.organization_variables.types import OrganizationVariable, VariableUser
from retinue.core.context import Context
from retinue.core.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Stored:
    """A variable as it is written: its value in the clear or sealed, never both. ``is_rotated``: the value is new."""

    id: UUID
    name: str
    description: str
    value: str | None
    value_encrypted: bytes | None
    is_secret: bool
    rotation_days: int | None
    is_rotated: bool = True


_LIST: LiteralString = """
SELECT id, organization_id, created_by, name, description, value, is_secret,
  value_encrypted IS NOT NULL OR value IS NOT NULL AS has_value, rotation_days, rotated_at,
  rotated_at + make_interval(days => rotation_days) AS rotation_due_at,
  coalesce(rotated_at + make_interval(days => rotation_days) <= tenant.now(), false) AS is_rotation_due,
  created_at, updated_at
FROM organization_variables WHERE organization_id = %(organization_id)s
  AND (%(id)s::uuid IS NULL OR id = %(id)s) ORDER BY name LIMIT 200
"""


async def list_all(ctx: Context) -> list[OrganizationVariable]:
    """Return the organization's variables by name; there are at most 200."""
    return await _select(ctx, None)


async def get(ctx: Context, variable_id: UUID) -> OrganizationVariable | None:
    """Return one variable."""
    return next(iter(await _select(ctx, variable_id)), None)


async def _select(ctx: Context, variable_id: UUID | None) -> list[OrganizationVariable]:
    values = {"organization_id": ctx.organization_id, "id": variable_id}
    async with ctx.tx.cursor(row_factory=class_row(OrganizationVariable)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_HOLD: LiteralString = """
SELECT id, name, description, value, value_encrypted, is_secret, rotation_days
FROM organization_variables WHERE organization_id = %s AND id = %s FOR UPDATE
"""


async def hold(ctx: Context, variable_id: UUID) -> Stored | None:
    """Return a variable as it is stored, and hold it until the transaction ends."""
    async with ctx.tx.cursor(row_factory=class_row(Stored)) as cursor:
        return await (await cursor.execute(_HOLD, (ctx.organization_id, variable_id))).fetchone()


# Requests that create at the same time count one after the other, so that the limit holds.
_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('organization_variables.' || %s::text))"
_COUNT: LiteralString = "SELECT count(*) FROM organization_variables WHERE organization_id = %s"


async def count(ctx: Context) -> int:
    """Count the organization's variables; no other request creates one until the transaction ends."""
    await ctx.tx.execute(_LOCK, (ctx.organization_id,))
    row = await (await ctx.tx.execute(_COUNT, (ctx.organization_id,))).fetchone()
    return 0 if row is None else int(row[0])


_INSERT: LiteralString = """
INSERT INTO organization_variables (id, organization_id, created_by, name, description, value, value_encrypted, is_secret,
  rotation_days, rotated_at)
VALUES (%(id)s, %(organization_id)s, auth.uid(), %(name)s, %(description)s, %(value)s, %(value_encrypted)s, %(is_secret)s,
  %(rotation_days)s, tenant.now())
"""

_UPDATE: LiteralString = """
UPDATE organization_variables SET name = %(name)s, description = %(description)s, value = %(value)s,
  value_encrypted = %(value_encrypted)s, is_secret = %(is_secret)s, rotation_days = %(rotation_days)s,
  rotated_at = CASE WHEN %(is_rotated)s THEN tenant.now() ELSE rotated_at END
WHERE organization_id = %(organization_id)s AND id = %(id)s
"""


async def insert(ctx: Context, stored: Stored) -> None:
    """Write a new variable. Raises ``OrganizationVariableNameTakenError``."""
    await _write(ctx, _INSERT, stored)


async def update(ctx: Context, stored: Stored) -> None:
    """Write a variable again. Raises ``OrganizationVariableNameTakenError``."""
    await _write(ctx, _UPDATE, stored)


async def _write(ctx: Context, statement: LiteralString, stored: Stored) -> None:
    values = {
        "organization_id": ctx.organization_id,
        "id": stored.id,
        "name": stored.name,
        "description": stored.description,
        "value": stored.value,
        "value_encrypted": stored.value_encrypted,
        "is_secret": stored.is_secret,
        "rotation_days": stored.rotation_days,
        "is_rotated": stored.is_rotated,
    }
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(statement, values)
    except UniqueViolation:
        problem = FieldProblem("name", "is taken", "Choose another name.")
        text = f"The organization has a variable {stored.name} already."
        raise OrganizationVariableNameTakenError(text, fields=(problem,)) from None


_DELETE: LiteralString = "DELETE FROM organization_variables WHERE organization_id = %s AND id = %s"


async def delete(ctx: Context, variable_id: UUID) -> None:
    """Delete a variable."""
    await ctx.tx.execute(_DELETE, (ctx.organization_id, variable_id))


@dataclass(frozen=True, slots=True)
class Value:
    """A variable's value, in the clear or sealed."""

    name: str
    value: str | None
    value_encrypted: bytes | None


_VALUES: LiteralString = """
SELECT name, value, value_encrypted FROM organization_variables
WHERE organization_id = %s AND name = ANY (%s::text[]) AND (value IS NOT NULL OR value_encrypted IS NOT NULL)
"""


async def list_values(ctx: Context, names: Sequence[str]) -> list[Value]:
    """Return the values of the named variables that have one."""
    async with ctx.tx.cursor(row_factory=class_row(Value)) as cursor:
        return await (await cursor.execute(_VALUES, (ctx.organization_id, list(names)), prepare=True)).fetchall()


_USERS: LiteralString = r"""
SELECT a.id, a.name FROM agents a
WHERE a.organization_id = %(organization_id)s
  AND (a.instructions ~ %(pattern)s OR jsonb_path_query_array(a.config, '$.tools[*].settings')::text ~ %(pattern)s)
  AND NOT EXISTS (SELECT FROM agent_variables v WHERE v.agent_id = a.id AND v.name = %(name)s)
ORDER BY a.name, a.id LIMIT 100
"""


async def list_agents(ctx: Context, name: str) -> list[VariableUser]:
    """Return the agents that use a variable of the organization, 100 at most."""
    values = {"organization_id": ctx.organization_id, "name": name, "pattern": rf"\{{\{{\s*{name}\s*\}}\}}"}
    async with ctx.tx.cursor(row_factory=class_row(VariableUser)) as cursor:
        return await (await cursor.execute(_USERS, values)).fetchall()
