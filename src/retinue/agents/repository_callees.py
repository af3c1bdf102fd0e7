"""The SQL of agents and teams that an agent calls as tools."""

from typing import LiteralString
from uuid import UUID

from retinue.core.context import Context

_CALLERS: LiteralString = """
SELECT name FROM agents WHERE organization_id = %(organization_id)s AND id <> %(agent_id)s
  AND config -> 'agents' @> jsonb_build_array(jsonb_build_object('agent_id', %(agent_id)s::text)) ORDER BY name LIMIT 10
"""


async def list_callers(ctx: Context, agent_id: UUID) -> list[str]:
    """Name agents that call an agent as a tool, 10 at most."""
    values = {"organization_id": ctx.organization_id, "agent_id": agent_id}
    return [row[0] for row in await (await ctx.tx.execute(_CALLERS, values)).fetchall()]


# Held until the transaction ends: none is deleted while an agent that calls it is saved.
_KNOWN_AGENTS: LiteralString = """
SELECT id FROM agents WHERE organization_id = %s AND id = ANY (%s) ORDER BY id FOR KEY SHARE
"""

_KNOWN_TEAMS: LiteralString = """
SELECT id FROM teams WHERE organization_id = %s AND id = ANY (%s) ORDER BY id FOR KEY SHARE
"""


async def list_known(ctx: Context, agent_ids: list[UUID], team_ids: list[UUID]) -> set[UUID]:
    """Return which of some agents and teams exist; none of them can be deleted until the transaction ends."""
    own = ctx.organization_id
    agents = await (await ctx.tx.execute(_KNOWN_AGENTS, (own, agent_ids))).fetchall() if agent_ids else []
    teams = await (await ctx.tx.execute(_KNOWN_TEAMS, (own, team_ids))).fetchall() if team_ids else []
    return {row[0] for row in (*agents, *teams)}
