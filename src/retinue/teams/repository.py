"""All SQL of teams."""

from dataclasses import dataclass
from typing import Any, LiteralString, cast
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.team import MemberLimits, Mode, TeamConfig
from retinue.teams import rules
from retinue.teams.types import MemberDefinition, Team, TeamAuthor, TeamDefinition, TeamMember, TeamVersion


@dataclass(frozen=True, slots=True)
class TeamFilter:
    """Which teams a list shows: ``q`` a part of name or description; None takes all."""

    q: str | None = None
    type: Mode | None = None


_COLUMNS: LiteralString = """
SELECT t.id, t.organization_id, t.created_by, t.name, t.description, t.icon, t.type, t.instructions, t.config,
  t.deployment_config, t.version, t.created_at, t.updated_at, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('agent_id', m.agent_id, 'team_id', m.member_team_id, 'position', m.position,
      'role', m.role, 'config', m.config, 'name', coalesce(a.name, n.name),
      'description', coalesce(a.description, n.description), 'icon', coalesce(a.icon, n.icon), 'status', a.status)
      ORDER BY m.position), '[]')
    FROM team_members m LEFT JOIN agents a ON a.id = m.agent_id LEFT JOIN teams n ON n.id = m.member_team_id
    WHERE m.team_id = t.id) AS members
FROM teams t
"""


def _member(row: dict[str, Any]) -> TeamMember:
    for name in ("agent_id", "team_id"):
        row[name] = None if row[name] is None else UUID(row[name])
    row["config"] = MemberLimits.model_validate(row["config"])
    return TeamMember(**row)


def _team(**row: Any) -> Team:  # noqa: ANN401 - the columns above
    members = tuple(_member(each) for each in cast("list[dict[str, Any]]", row["members"]))
    row["type"], row["config"], row["members"] = Mode(row["type"]), TeamConfig.model_validate(row["config"]), members
    row["deployment_config"] = ServingConfig.model_validate(row["deployment_config"])
    return Team(warnings=rules.warnings_of(members), **row)


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE t.organization_id = %(organization_id)s
  AND (%(q)s::text IS NULL OR t.name ILIKE %(q)s OR t.description ILIKE %(q)s)
  AND (%(type)s::text IS NULL OR t.type = %(type)s)
  AND (%(at)s::timestamptz IS NULL OR (t.created_at, t.id) < (%(at)s, %(id)s::uuid))
ORDER BY t.created_at DESC, t.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, wanted: TeamFilter, after: Position | None, limit: int) -> list[Team]:
    """Return teams, newest first, one more than ``limit`` when there are more."""
    values = {
        "organization_id": ctx.organization_id,
        "q": containing(wanted.q),
        "type": wanted.type,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_team)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _COLUMNS + "WHERE t.id = %s"


async def get(ctx: Context, team_id: UUID) -> Team | None:
    """Return one team."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_team)) as cursor:
        return await (await cursor.execute(_GET, (team_id,))).fetchone()


_LOCK: LiteralString = "SELECT id FROM teams WHERE id = %s FOR NO KEY UPDATE"


async def lock(ctx: Context, team_id: UUID) -> bool:
    """Hold a team until the transaction ends."""
    return await (await ctx.tx.execute(_LOCK, (team_id,))).fetchone() is not None


# Of one organization one change of rosters at a time: two that are each right could make a circle together.
_LOCK_ROSTERS: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('teams.' || %s::text))"


async def lock_rosters(ctx: Context) -> None:
    """Hold the rosters of the organization until the transaction ends."""
    await ctx.tx.execute(_LOCK_ROSTERS, (str(ctx.organization_id),))


_INSERT: LiteralString = """
INSERT INTO teams (id, organization_id, created_by, name, description, icon, type, instructions, config, deployment_config)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(description)s, %(icon)s, %(type)s, %(instructions)s,
  %(config)s, %(deployment_config)s)
"""


def _values(definition: TeamDefinition) -> dict[str, Any]:
    document = rules.write_snapshot(definition)
    columns = {name: Jsonb(document[name]) for name in ("config", "deployment_config")}
    return {**document, **columns}


async def insert(ctx: Context, team_id: UUID, definition: TeamDefinition) -> None:
    """Write a new team and its members."""
    values = _values(definition) | {
        "id": team_id,
        "organization_id": ctx.organization_id,
        "created_by": ctx.actor.user_id,
    }
    await ctx.tx.execute(_INSERT, values)
    await _insert_members(ctx, team_id, definition.members)


_UPDATE: LiteralString = """
UPDATE teams SET name = %(name)s, description = %(description)s, icon = %(icon)s, type = %(type)s,
  instructions = %(instructions)s, config = %(config)s, deployment_config = %(deployment_config)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING version
"""
_DELETE_MEMBERS: LiteralString = "DELETE FROM team_members WHERE team_id = %s"


async def update(ctx: Context, before: Team, definition: TeamDefinition) -> int | None:
    """Write a definition as the team's next version, and return its number; None when another user was first."""
    values = _values(definition) | {"id": before.id, "version": before.version}
    row = await (await ctx.tx.execute(_UPDATE, values)).fetchone()
    if row is None:
        return None
    await ctx.tx.execute(_DELETE_MEMBERS, (before.id,))
    await _insert_members(ctx, before.id, definition.members)
    return int(row[0])


_INSERT_MEMBER: LiteralString = """
INSERT INTO team_members (id, organization_id, team_id, agent_id, member_team_id, position, role, config)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


async def _insert_members(ctx: Context, team_id: UUID, members: tuple[MemberDefinition, ...]) -> None:
    rows = [
        (
            *(new_id(), ctx.organization_id, team_id, each.agent_id, each.team_id, position, each.role),
            Jsonb(each.config.model_dump(mode="json")),
        )
        for position, each in enumerate(members)
    ]
    if rows:
        async with ctx.tx.cursor() as cursor:
            await cursor.executemany(_INSERT_MEMBER, rows)


_DELETE: LiteralString = "DELETE FROM teams WHERE id = %s"


async def delete(ctx: Context, team_id: UUID) -> None:
    """Delete a team, its members and its versions."""
    await ctx.tx.execute(_DELETE, (team_id,))


_AGENTS: LiteralString = "SELECT id FROM agents WHERE id = ANY (%s)"
_TEAMS: LiteralString = "SELECT id FROM teams WHERE id = ANY (%s)"


async def list_known(ctx: Context, agent_ids: list[UUID], team_ids: list[UUID]) -> set[UUID]:
    """Return those of some agents and teams that there are."""
    known: set[UUID] = set()
    if agent_ids:
        known |= {row[0] for row in await (await ctx.tx.execute(_AGENTS, (agent_ids,))).fetchall()}
    if team_ids:
        known |= {row[0] for row in await (await ctx.tx.execute(_TEAMS, (team_ids,))).fetchall()}
    return known


_NAMES: LiteralString = """
SELECT id, name FROM agents WHERE id = ANY (%(ids)s) UNION ALL SELECT id, name FROM teams WHERE id = ANY (%(ids)s)
"""


async def list_names(ctx: Context, ids: list[UUID]) -> dict[str, str]:
    """Return the names of some agents and teams, by id."""
    return {str(row[0]): row[1] for row in await (await ctx.tx.execute(_NAMES, {"ids": ids})).fetchall()}


_NESTED: LiteralString = """
WITH RECURSIVE below AS (
  SELECT m.team_id, m.member_team_id FROM team_members m WHERE m.team_id = ANY (%(teams)s) AND m.member_team_id IS NOT NULL
  UNION
  SELECT m.team_id, m.member_team_id FROM team_members m JOIN below b ON m.team_id = b.member_team_id
  WHERE m.member_team_id IS NOT NULL
) SELECT team_id, member_team_id FROM below
"""
_ABOVE: LiteralString = """
WITH RECURSIVE above AS (
  SELECT m.team_id, 1 AS height FROM team_members m
  WHERE m.organization_id = %(organization_id)s AND m.member_team_id = %(team)s
  UNION
  SELECT m.team_id, a.height + 1 FROM team_members m JOIN above a ON m.member_team_id = a.team_id
  WHERE m.organization_id = %(organization_id)s AND a.height < 10
) SELECT coalesce(max(height), 0) FROM above
"""


async def list_nested(ctx: Context, team_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """Return which teams are in some teams, and in those."""
    inside: dict[UUID, list[UUID]] = {}
    for team, member in await (await ctx.tx.execute(_NESTED, {"teams": team_ids})).fetchall():
        inside.setdefault(team, []).append(member)
    return inside


async def get_height(ctx: Context, team_id: UUID) -> int:
    """Return how many levels of teams are above a team."""
    values = {"organization_id": ctx.organization_id, "team": team_id}
    row = await (await ctx.tx.execute(_ABOVE, values)).fetchone()
    return 0 if row is None else int(row[0])


_PARENTS: LiteralString = """
SELECT t.name FROM team_members m JOIN teams t ON t.id = m.team_id
WHERE m.organization_id = %(organization_id)s AND m.member_team_id = %(team)s ORDER BY t.name LIMIT 5
"""


async def list_parents(ctx: Context, team_id: UUID) -> list[str]:
    """Name teams that a team is a member of."""
    values = {"organization_id": ctx.organization_id, "team": team_id}
    return [row[0] for row in await (await ctx.tx.execute(_PARENTS, values)).fetchall()]


_IDS: LiteralString = """
SELECT id FROM teams WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of teams, oldest first."""
    cursor = await ctx.tx.execute(_IDS, {"organization_id": ctx.organization_id, "name": name})
    return [row[0] for row in await cursor.fetchall()]


_CALLERS: LiteralString = """
SELECT name FROM agents WHERE organization_id = %(organization_id)s
  AND config -> 'agents' @> jsonb_build_array(jsonb_build_object('team_id', %(team)s::text)) ORDER BY name LIMIT 10
"""


async def list_callers(ctx: Context, team_id: UUID) -> list[str]:
    """Name agents that call a team as a tool, 10 at most."""
    values = {"organization_id": ctx.organization_id, "team": team_id}
    return [row[0] for row in await (await ctx.tx.execute(_CALLERS, values)).fetchall()]


_UNFINISHED: LiteralString = "SELECT tenant.count_unfinished_runs_of_team(%s)"


async def count_unfinished_runs(ctx: Context, team_id: UUID) -> int:
    """Return how many runs of a team are not finished, private ones included."""
    row = await (await ctx.tx.execute(_UNFINISHED, (team_id,))).fetchone()
    return 0 if row is None else int(row[0])


_INSERT_VERSION: LiteralString = """
INSERT INTO team_versions (organization_id, team_id, version, snapshot, note, created_by) VALUES (%s, %s, %s, %s, %s, %s)
"""


async def keep_version(ctx: Context, team_id: UUID, version: int, snapshot: JsonObject, note: str) -> None:
    """Keep what a team is at a version."""
    await ctx.tx.execute(_INSERT_VERSION, (ctx.organization_id, team_id, version, Jsonb(snapshot), note, ctx.actor.user_id))


_VERSIONS: LiteralString = """
SELECT v.team_id, v.version, v.snapshot, v.note, v.created_by AS author_id, u.full_name AS author_name, v.created_at
FROM team_versions v LEFT JOIN users u ON u.id = v.created_by
WHERE v.team_id = %(team_id)s AND v.version < %(before)s ORDER BY v.version DESC LIMIT %(limit)s
"""


def _version(**row: Any) -> TeamVersion:  # noqa: ANN401 - the columns above
    author_id, name = row.pop("author_id"), row.pop("author_name")
    return TeamVersion(created_by=None if author_id is None else TeamAuthor(author_id, name or ""), **row)


async def list_versions(ctx: Context, team_id: UUID, before: int, limit: int) -> list[TeamVersion]:
    """Return versions below ``before``, the newest first."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_version)) as cursor:
        values = {"team_id": team_id, "before": before, "limit": limit}
        return await (await cursor.execute(_VERSIONS, values)).fetchall()
