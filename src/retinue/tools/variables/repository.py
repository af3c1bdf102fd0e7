"""The SQL of what tools use variables."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool whose configuration uses a variable (``is_using``), or whose sealed credentials may."""

    id: UUID
    name: str
    is_using: bool
    credentials_encrypted: bytes | None


# Code of snippets and what MCP servers describe is taken literally: it uses no variables.
_CANDIDATES: LiteralString = """
SELECT id, name, tool_type NOT IN ('custom', 'mcp') AND configuration::text ~ %(pattern)s AS is_using, credentials_encrypted
FROM tools WHERE organization_id = %(organization_id)s
  AND (credentials_encrypted IS NOT NULL OR (tool_type NOT IN ('custom', 'mcp') AND configuration::text ~ %(pattern)s))
ORDER BY name LIMIT 5000
"""


async def list_candidates(ctx: Context, name: str) -> list[Candidate]:
    """Return the tools that may use a variable, by name."""
    values = {"organization_id": ctx.organization_id, "pattern": rf"\{{\{{\s*{name}\s*\}}\}}"}
    async with ctx.tx.cursor(row_factory=class_row(Candidate)) as cursor:
        return await (await cursor.execute(_CANDIDATES, values)).fetchall()
