"""All SQL of who may use a tool."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from retinue.core.context import Context

_NAMES: LiteralString = """
SELECT 'agent' AS type, a.id, a.name FROM agents a WHERE a.id = ANY (%(ids)s)
UNION ALL SELECT 'team', t.id, t.name FROM teams t WHERE t.id = ANY (%(ids)s)
UNION ALL SELECT 'workflow', w.id, w.name FROM workflows w WHERE w.id = ANY (%(ids)s)
"""


async def list_names(ctx: Context, ids: Sequence[UUID]) -> dict[tuple[str, UUID], str]:
    """Return the names of the agents, teams and workflows that have one of some ids, by type and id."""
    rows = await (await ctx.tx.execute(_NAMES, {"ids": list(ids)})).fetchall()
    return {(str(row[0]), row[1]): str(row[2]) for row in rows}


async def list_known(ctx: Context, ids: Sequence[UUID]) -> set[tuple[str, UUID]]:
    """Return which agents, teams and workflows have one of some ids, as type and id."""
    return set(await list_names(ctx, ids))


_AROUND: LiteralString = """
WITH RECURSIVE around AS (
  SELECT m.agent_id, m.team_id FROM team_members m WHERE m.agent_id = ANY (%(ids)s)
  UNION SELECT around.agent_id, m.team_id FROM team_members m JOIN around ON m.member_team_id = around.team_id)
SELECT agent_id, team_id FROM around
"""


async def list_teams_around(ctx: Context, agent_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Return the teams that agents are members of, and the teams that these are members of, by agent."""
    found: dict[UUID, set[UUID]] = {}
    for agent_id, team_id in await (await ctx.tx.execute(_AROUND, {"ids": list(agent_ids)})).fetchall():
        found.setdefault(agent_id, set()).add(team_id)
    return found
