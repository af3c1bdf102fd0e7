"""The SQL of who uses a tool: agents that have it, teams of such agents, and workflows that call it."""

from typing import LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from retinue.core.context import Tx
from retinue.core.db.pages import Position
from retinue.tools.types import ToolUser

# A team uses what its agents have, those of teams inside it included. A workflow calls a tool by its id or its name, in its
# draft or in the version that is active; a name means a tool of the organization before a built-in one.
_USERS: LiteralString = """
WITH RECURSIVE tool AS (
  SELECT t.id, t.scope_id, CASE WHEN t.organization_id IS NOT NULL OR NOT EXISTS (
      SELECT FROM tools o WHERE o.name = t.name AND o.organization_id IS NOT NULL) THEN t.name END AS name
  FROM tools t WHERE t.id = %(tool_id)s
), member AS (
  SELECT m.team_id, m.agent_id FROM tool t JOIN agent_tools a ON a.tool_scope_id = t.scope_id AND a.tool_id = t.id
  JOIN team_members m ON m.organization_id = a.organization_id AND m.agent_id = a.agent_id
  UNION
  SELECT m.team_id, i.agent_id FROM member i JOIN team_members m ON m.member_team_id = i.team_id
), user_of_tool AS (
  SELECT 'agent' AS type, g.id, g.name, g.status, g.created_at, ARRAY[g.id] AS agent_ids
  FROM tool t JOIN agent_tools a ON a.tool_scope_id = t.scope_id AND a.tool_id = t.id
  JOIN agents g ON g.organization_id = a.organization_id AND g.id = a.agent_id
  UNION ALL
  SELECT 'team', m.id, m.name, 'active', m.created_at, array_agg(i.agent_id) FROM member i JOIN teams m ON m.id = i.team_id
  GROUP BY m.id, m.name, m.created_at
  UNION ALL
  SELECT 'workflow', w.id, w.name,
    CASE WHEN NOT w.is_active THEN 'inactive' WHEN w.is_paused THEN 'paused' ELSE 'active' END, w.created_at, '{}'
  FROM tool t CROSS JOIN workflows w
  LEFT JOIN workflow_versions v ON v.workflow_id = w.id AND v.version = w.active_version
  WHERE jsonb_path_exists(jsonb_build_array(w.definition, v.definition),
    '$.** ? (@.type == "tool").tool ? (@.id == $id || @.name == $name)',
    jsonb_build_object('id', t.id::text, 'name', t.name))
)
SELECT u.type, u.id, u.name, u.status, u.created_at, u.agent_ids FROM user_of_tool u
WHERE %(at)s::timestamptz IS NULL OR (u.created_at, u.id) < (%(at)s, %(after_id)s::uuid)
ORDER BY u.created_at DESC, u.id DESC LIMIT %(limit)s
"""


def _user(agent_ids: list[UUID], **columns: object) -> tuple[ToolUser, list[UUID]]:
    return ToolUser(is_allowed=True, **columns), agent_ids  # pyright: ignore[reportArgumentType] - a row's columns


async def list_users(tx: Tx, tool_id: UUID, after: Position | None, limit: int) -> list[tuple[ToolUser, list[UUID]]]:
    """Return who uses a tool, newest first, with the agents that have it; one more than ``limit`` when there are more."""
    values = {
        "tool_id": tool_id,
        "at": after.at if after else None,
        "after_id": after.id if after else None,
        "limit": limit + 1,
    }
    async with tx.cursor(row_factory=kwargs_row(_user)) as cursor:
        return await (await cursor.execute(_USERS, values)).fetchall()
