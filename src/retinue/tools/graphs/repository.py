"""All SQL of installed graphs."""

from typing import LiteralString

from retinue.core.context import Context

_NAME: LiteralString = """
SELECT name FROM tools WHERE organization_id = %(organization_id)s AND tool_type = 'custom'
  AND configuration ->> 'function' = %(function)s ORDER BY is_active DESC, created_at, id LIMIT 1
"""


async def find_name(ctx: Context, function: str) -> str | None:
    """Return the name of the organization's tool that calls an installed function."""
    values = {"organization_id": ctx.organization_id, "function": function}
    row = await (await ctx.tx.execute(_NAME, values)).fetchone()
    return None if row is None else str(row[0])
