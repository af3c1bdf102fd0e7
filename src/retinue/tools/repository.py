"""All SQL of tools, and of which agents may use them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import ForeignKeyViolation, UniqueViolation
from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context, Tx
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.tools.callers import allowed_of
from retinue.tools.callers import stored as stored_callers
from retinue.tools.errors import ToolMissingError, ToolNameTakenError
from retinue.tools.types import AllowedCaller, Effect, Tool, ToolDraft, ToolType


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tools a list shows: ``q`` a part of name or description, a type, active ones; None takes all."""

    q: str | None = None
    tool_type: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolKey:
    """What is needed to name a tool in a reference."""

    id: UUID
    scope_id: UUID
    name: str
    is_active: bool
    allowed_for: tuple[AllowedCaller, ...]


def _tool(tool_type: str, effect: str, allowed_for: list[dict[str, str | None]], **columns: Any) -> Tool:  # noqa: ANN401 - a row's columns
    return Tool(tool_type=ToolType(tool_type), effect=Effect(effect), allowed_for=allowed_of(allowed_for), **columns)


def _key(allowed_for: list[dict[str, str | None]], **columns: Any) -> ToolKey:  # noqa: ANN401 - as above
    return ToolKey(allowed_for=allowed_of(allowed_for), **columns)


_COLUMNS: LiteralString = """
SELECT t.id, t.organization_id, t.name, t.description, t.tool_type, t.configuration, t.parameters_schema, t.effect,
       t.limits, t.version, t.credentials_encrypted IS NOT NULL AS has_credentials, t.connection_id, t.is_active,
       t.created_at, t.updated_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('type', c.type, 'id', c.id,
                 'name', coalesce(ca.name, ct.name, cw.name)) ORDER BY c.place), '[]')
        FROM ROWS FROM (jsonb_to_recordset(t.allowed_for) AS (type text, id uuid)) WITH ORDINALITY AS c (type, id, place)
        LEFT JOIN agents ca ON c.type = 'agent' AND ca.id = c.id
        LEFT JOIN teams ct ON c.type = 'team' AND ct.id = c.id
        LEFT JOIN workflows cw ON c.type = 'workflow' AND cw.id = c.id) AS allowed_for,
       (SELECT count(*) FROM agent_tools a WHERE a.tool_scope_id = t.scope_id AND a.tool_id = t.id) AS used_by_count
FROM tools t
"""
_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE (%(q)s::text IS NULL OR t.name ILIKE %(q)s OR t.description ILIKE %(q)s)
  AND (%(tool_type)s::text IS NULL OR t.tool_type = %(tool_type)s)
  AND (%(is_active)s::boolean IS NULL OR t.is_active = %(is_active)s)
  AND (%(at)s::timestamptz IS NULL OR (t.created_at, t.id) < (%(at)s, %(id)s::uuid))
ORDER BY t.created_at DESC, t.id DESC
LIMIT %(limit)s
"""
)


async def list_page(tx: Tx, filters: Filters, after: Position | None, limit: int) -> list[Tool]:
    """Return tools, newest first, one more than ``limit`` when there are more."""
    values = {
        "q": containing(filters.q),
        "tool_type": filters.tool_type,
        "is_active": filters.is_active,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with tx.cursor(row_factory=kwargs_row(_tool)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _COLUMNS + "WHERE t.id = %s"


async def get(tx: Tx, tool_id: UUID) -> Tool | None:
    """Return one tool."""
    async with tx.cursor(row_factory=kwargs_row(_tool)) as cursor:
        return await (await cursor.execute(_GET, (tool_id,), prepare=True)).fetchone()


_IDS: LiteralString = """
SELECT id FROM tools WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of the organization's own tools, oldest first; of one name only when it is given."""
    cursor = await ctx.tx.execute(_IDS, {"organization_id": ctx.organization_id, "name": name})
    return [row[0] for row in await cursor.fetchall()]


_OF_FUNCTION: LiteralString = """
SELECT name FROM tools WHERE organization_id = %(organization_id)s AND tool_type = 'custom'
  AND configuration ->> 'function' = %(function)s ORDER BY is_active DESC, created_at, id LIMIT 1
"""


async def find_name(ctx: Context, function: str) -> str | None:
    """Return the name of the organization's tool that calls an installed function."""
    values = {"organization_id": ctx.organization_id, "function": function}
    row = await (await ctx.tx.execute(_OF_FUNCTION, values)).fetchone()
    return None if row is None else str(row[0])


_LOCK: LiteralString = "SELECT id FROM tools WHERE id = %s AND organization_id IS NOT NULL FOR UPDATE"


async def lock(tx: Tx, tool_id: UUID) -> bool:
    """Hold an organization's tool until the transaction ends: no agent begins to use it in the meantime."""
    return await (await tx.execute(_LOCK, (tool_id,))).fetchone() is not None


_INSERT: LiteralString = """
INSERT INTO tools (id, organization_id, name, description, tool_type, configuration, parameters_schema, effect,
                   limits, credentials_encrypted, connection_id, is_active, allowed_for)
VALUES (%(id)s, %(organization_id)s, %(name)s, %(description)s, %(tool_type)s, %(configuration)s, %(parameters_schema)s,
        %(effect)s, %(limits)s, %(credentials_encrypted)s, %(connection_id)s, %(is_active)s, %(allowed_for)s)
"""

_UPDATE: LiteralString = """
UPDATE tools SET name = %(name)s, description = %(description)s, configuration = %(configuration)s,
                 parameters_schema = %(parameters_schema)s, effect = %(effect)s, limits = %(limits)s,
                 version = %(version)s, is_active = %(is_active)s, allowed_for = %(allowed_for)s,
                 credentials_encrypted = CASE WHEN %(keeps_credentials)s THEN credentials_encrypted
                                              ELSE %(credentials_encrypted)s::bytea END,
                 connection_id = CASE WHEN %(keeps_credentials)s THEN connection_id ELSE %(connection_id)s::uuid END
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tool as it is written: the checked draft, and its sealed credentials."""

    id: UUID
    draft: ToolDraft
    is_active: bool
    credentials_encrypted: bytes | None
    keeps_credentials: bool = False
    connection_id: UUID | None = None
    limits: JsonObject = field(default_factory=dict[str, Json])
    version: int = 1
    allowed_for: tuple[AllowedCaller, ...] = ()


def _columns(ctx: Context, stored: Stored) -> dict[str, object]:
    draft = stored.draft
    return {
        "id": stored.id,
        "organization_id": ctx.organization_id,
        "name": draft.name,
        "description": draft.description,
        "tool_type": draft.tool_type,
        "configuration": Jsonb(draft.configuration),
        "parameters_schema": Jsonb(draft.parameters_schema),
        "effect": draft.effect,
        "limits": Jsonb(stored.limits),
        "version": stored.version,
        "credentials_encrypted": stored.credentials_encrypted,
        "connection_id": stored.connection_id,
        "is_active": stored.is_active,
        "keeps_credentials": stored.keeps_credentials,
        "allowed_for": Jsonb(stored_callers(stored.allowed_for)),
    }


async def insert(ctx: Context, stored: Stored) -> None:
    """Write a new tool of the organization. Raises ``ToolNameTakenError``."""
    await _write(ctx, _INSERT, stored)


async def update(ctx: Context, stored: Stored) -> None:
    """Write a tool again. Raises ``ToolNameTakenError``."""
    await _write(ctx, _UPDATE, stored)


async def _write(ctx: Context, statement: LiteralString, stored: Stored) -> None:
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(statement, _columns(ctx, stored))
    except UniqueViolation as error:
        is_built_in = error.diag.constraint_name == "tools_built_in_name_key"
        why = "is the name of a built-in tool" if is_built_in else "is taken"
        raise ToolNameTakenError(
            f"The name {stored.draft.name} {why}.", fields=(FieldProblem("name", why, "Choose another name."),)
        ) from None


_NAMES: LiteralString = "SELECT name FROM tools"


async def list_names(tx: Tx) -> set[str]:
    """Return the names of all tools, built-in ones too."""
    return {row[0] for row in await (await tx.execute(_NAMES)).fetchall()}


@dataclass(frozen=True, slots=True)
class ImportedTool:
    """A tool that was imported from an OpenAPI document, its operation there, and the digest of what was imported."""

    id: UUID
    name: str
    description: str
    configuration: JsonObject
    parameters_schema: JsonObject
    effect: str
    operation: str
    digest: str


_IMPORTED: LiteralString = """
SELECT id, name, description, configuration, parameters_schema, effect,
       configuration #>> '{source,operation}' AS operation, configuration #>> '{source,digest}' AS digest
FROM tools
WHERE organization_id IS NOT NULL AND tool_type = 'api' AND configuration #>> '{source,title}' = %(title)s
  AND configuration #>> '{source,prefix}' = %(prefix)s
ORDER BY created_at DESC, id DESC
"""


async def list_imported(tx: Tx, title: str, prefix: str) -> list[ImportedTool]:
    """Return the tools that were imported from a document of this title with this name prefix, newest first."""
    async with tx.cursor(row_factory=class_row(ImportedTool)) as cursor:
        return await (await cursor.execute(_IMPORTED, {"title": title, "prefix": prefix})).fetchall()


_DELETE: LiteralString = "DELETE FROM tools WHERE id = %s"


async def delete(tx: Tx, tool_id: UUID) -> None:
    """Delete a tool."""
    await tx.execute(_DELETE, (tool_id,))


_CREDENTIALS: LiteralString = "SELECT credentials_encrypted, connection_id FROM tools WHERE id = %s"


_HAS_AGENT: LiteralString = "SELECT FROM agents WHERE id = %s"


async def has_agent(tx: Tx, agent_id: UUID) -> bool:
    """Say whether the organization has such an agent."""
    return (await tx.execute(_HAS_AGENT, (agent_id,))).rowcount == 1


async def get_credentials(tx: Tx, tool_id: UUID) -> tuple[bytes | None, UUID | None]:
    """Return a tool's sealed credentials, and its connection. Raises ``ToolMissingError`` when the tool is gone."""
    row = await (await tx.execute(_CREDENTIALS, (tool_id,), prepare=True)).fetchone()
    if row is None:
        raise ToolMissingError("The tool was deleted.")
    return row[0], row[1]


# An organization's own tool goes before a built-in one that came later under the same name.
_BY_NAMES: LiteralString = """
SELECT DISTINCT ON (t.name) t.id, t.organization_id, t.name, t.description, t.tool_type, t.configuration,
       t.parameters_schema, t.effect, t.limits, t.version,
       t.credentials_encrypted IS NOT NULL AS has_credentials, t.connection_id, t.is_active, t.created_at,
       t.updated_at, t.allowed_for, 0 AS used_by_count
FROM tools t WHERE t.name = ANY (%s::text[]) ORDER BY t.name, t.organization_id NULLS LAST
"""


async def list_by_names(tx: Tx, names: Sequence[str]) -> dict[str, Tool]:
    """Return the tools that names mean, by name; their users are not counted, and who may use them is not named."""
    async with tx.cursor(row_factory=kwargs_row(_tool)) as cursor:
        rows = await (await cursor.execute(_BY_NAMES, (list(names),), prepare=True)).fetchall()
    return {tool.name: tool for tool in rows}


_KEYS: LiteralString = """
SELECT DISTINCT ON (name) id, scope_id, name, is_active, allowed_for FROM tools WHERE name = ANY (%s::text[])
ORDER BY name, organization_id NULLS LAST
"""


async def list_keys(tx: Tx, names: Sequence[str]) -> dict[str, ToolKey]:
    """Return what names a tool in a reference, by name."""
    async with tx.cursor(row_factory=kwargs_row(_key)) as cursor:
        return {key.name: key for key in await (await cursor.execute(_KEYS, (list(names),))).fetchall()}


_UNBIND: LiteralString = "DELETE FROM agent_tools WHERE agent_id = %(agent_id)s AND NOT tool_id = ANY (%(ids)s::uuid[])"

_BIND: LiteralString = """
INSERT INTO agent_tools (organization_id, agent_id, tool_scope_id, tool_id)
SELECT %(organization_id)s, %(agent_id)s, scope_id, id
FROM unnest(%(scopes)s::uuid[], %(ids)s::uuid[]) AS wanted (scope_id, id)
ON CONFLICT (agent_id, tool_id) DO NOTHING
"""


async def bind(ctx: Context, agent_id: UUID, keys: Sequence[ToolKey]) -> None:
    """Make the tools that an agent may use exactly these. Raises ``ToolMissingError`` when one was just deleted."""
    ids = [key.id for key in keys]
    await ctx.tx.execute(_UNBIND, {"agent_id": agent_id, "ids": ids})
    values = {
        "organization_id": ctx.organization_id,
        "agent_id": agent_id,
        "ids": ids,
        "scopes": [key.scope_id for key in keys],
    }
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(_BIND, values)
    except ForeignKeyViolation:
        raise ToolMissingError("A tool was deleted while the agent was saved.", remedy="Save again without it.") from None
