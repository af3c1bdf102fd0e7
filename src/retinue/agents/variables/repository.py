"""All SQL of agents' variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from retinue.agents.variables.errors import VariableNameTakenError
from retinue.agents.variables.types import Variable
from retinue.core.context import Context, Tx
from retinue.core.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Stored:
    """A variable as it is written: its value in the clear or sealed, never both."""

    id: UUID
    agent_id: UUID
    name: str
    description: str
    value: str | None
    value_encrypted: bytes | None
    is_secret: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A variable's value, in the clear or sealed."""

    name: str
    value: str | None
    value_encrypted: bytes | None


_LIST: LiteralString = """
SELECT id, agent_id, name, description, value, is_secret, value_encrypted IS NOT NULL OR value IS NOT NULL AS has_value,
       created_at, updated_at
FROM agent_variables WHERE agent_id = %s ORDER BY name LIMIT 200
"""


async def list_all(tx: Tx, agent_id: UUID) -> list[Variable]:
    """Return an agent's variables by name; an agent has at most 200."""
    async with tx.cursor(row_factory=class_row(Variable)) as cursor:
        return await (await cursor.execute(_LIST, (agent_id,), prepare=True)).fetchall()


_GET: LiteralString = """
SELECT id, agent_id, name, description, value, value_encrypted, is_secret
FROM agent_variables WHERE agent_id = %s AND id = %s FOR UPDATE
"""


async def hold(tx: Tx, agent_id: UUID, variable_id: UUID) -> Stored | None:
    """Return a variable as it is stored, and hold it until the transaction ends."""
    async with tx.cursor(row_factory=class_row(Stored)) as cursor:
        return await (await cursor.execute(_GET, (agent_id, variable_id))).fetchone()


_INSERT: LiteralString = """
INSERT INTO agent_variables (id, organization_id, agent_id, name, description, value, value_encrypted, is_secret)
VALUES (%(id)s, %(organization_id)s, %(agent_id)s, %(name)s, %(description)s, %(value)s, %(value_encrypted)s, %(is_secret)s)
RETURNING id, agent_id, name, description, value, is_secret, value_encrypted IS NOT NULL OR value IS NOT NULL AS has_value,
          created_at, updated_at
"""

_UPDATE: LiteralString = """
UPDATE agent_variables SET name = %(name)s, description = %(description)s, value = %(value)s,
       value_encrypted = %(value_encrypted)s, is_secret = %(is_secret)s
WHERE agent_id = %(agent_id)s AND id = %(id)s
RETURNING id, agent_id, name, description, value, is_secret, value_encrypted IS NOT NULL OR value IS NOT NULL AS has_value,
          created_at, updated_at
"""


async def insert(ctx: Context, stored: Stored) -> Variable:
    """Write a new variable. Raises ``VariableNameTakenError``."""
    return await _write(ctx, _INSERT, stored)


async def update(ctx: Context, stored: Stored) -> Variable:
    """Write a variable again. Raises ``VariableNameTakenError``."""
    return await _write(ctx, _UPDATE, stored)


async def _write(ctx: Context, statement: LiteralString, stored: Stored) -> Variable:
    values = {
        "organization_id": ctx.organization_id,
        "id": stored.id,
        "agent_id": stored.agent_id,
        "name": stored.name,
        "description": stored.description,
        "value": stored.value,
        "value_encrypted": stored.value_encrypted,
        "is_secret": stored.is_secret,
    }
    try:
        async with ctx.tx.transaction(), ctx.tx.cursor(row_factory=class_row(Variable)) as cursor:
            row = await (await cursor.execute(statement, values)).fetchone()
    except UniqueViolation:
        problem = FieldProblem("name", "is taken", "Choose another name.")
        raise VariableNameTakenError(f"The agent has a variable {stored.name} already.", fields=(problem,)) from None
    if row is None:
        raise RuntimeError("a statement with RETURNING gave no row")
    return row


_DELETE: LiteralString = "DELETE FROM agent_variables WHERE agent_id = %s AND id = %s"


async def delete(tx: Tx, agent_id: UUID, variable_id: UUID) -> None:
    """Delete a variable."""
    await tx.execute(_DELETE, (agent_id, variable_id))


_NAMES: LiteralString = "SELECT name FROM agent_variables WHERE agent_id = %s"


async def list_names(tx: Tx, agent_id: UUID) -> set[str]:
    """Return the names of an agent's variables, with and without a value."""
    return {row[0] for row in await (await tx.execute(_NAMES, (agent_id,), prepare=True)).fetchall()}


_VALUES: LiteralString = """
SELECT name, value, value_encrypted FROM agent_variables
WHERE agent_id = %s AND name = ANY (%s::text[]) AND (value IS NOT NULL OR value_encrypted IS NOT NULL)
"""


async def list_values(tx: Tx, agent_id: UUID, names: Sequence[str]) -> list[Value]:
    """Return the values of the named variables that have one."""
    async with tx.cursor(row_factory=class_row(Value)) as cursor:
        return await (await cursor.execute(_VALUES, (agent_id, list(names)), prepare=True)).fetchall()


_COPY: LiteralString = """
INSERT INTO agent_variables (id, organization_id, agent_id, name, description, value, value_encrypted, is_secret)
SELECT new.id, v.organization_id, %(target_id)s, v.name, v.description, v.value, v.value_encrypted, v.is_secret
FROM agent_variables v JOIN unnest(%(ids)s::uuid[], %(names)s::text[]) AS new (id, name) ON new.name = v.name
WHERE v.agent_id = %(source_id)s
"""


async def copy(tx: Tx, source_id: UUID, target_id: UUID, ids: dict[str, UUID]) -> None:
    """Copy variables to another agent of the organization under new ids (by name); sealed values stay sealed."""
    values = {"source_id": source_id, "target_id": target_id, "ids": list(ids.values()), "names": list(ids)}
    await tx.execute(_COPY, values)
