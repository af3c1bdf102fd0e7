"""All SQL of agents."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.agents import rules
from retinue.agents.rows import Row
from retinue.agents.rules import AgentFacts
from retinue.agents.types import AgentType, Category, Definition, Runtime, Status
from retinue.core.context import Context, Tx
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.ids import OrganizationId
from retinue.engine.spec.agent import AgentConfig, DeploymentConfig

POPULAR_COUNT = 12
_POPULAR_DAYS = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """Which agents a list shows: ``q`` a part of name or description; None takes all."""

    q: str | None = None
    category: Category | None = None
    status: Status | None = None
    type: str | None = None


_DEFINITION = ("name", "description", "icon", "instructions", "webhook_url", "type")


def _row(**columns: Any) -> Row:  # noqa: ANN401 - a row's columns
    definition = Definition(
        **{name: columns.pop(name) for name in _DEFINITION},
        category=Category(columns.pop("category")),
        agent_type=AgentType(columns.pop("agent_type")),
        runtime=Runtime(columns.pop("runtime")),
        config=AgentConfig.model_validate(columns.pop("config")),
        deployment_config=DeploymentConfig.model_validate(columns.pop("deployment_config")),
    )
    variables: dict[str, bool] = columns.pop("variables")
    known = AgentFacts(variables, frozenset(columns.pop("empty_variables")), tuple(columns.pop("inactive_tools")))
    return Row(definition=definition, status=Status(columns.pop("status")), known=known, **columns)


_LIST: LiteralString = """
SELECT a.id, a.organization_id, a.created_by, a.template_id, a.is_custom, a.name, a.description, a.icon, a.category,
       a.type, a.agent_type, a.runtime, a.instructions, a.config, a.deployment_config, a.webhook_url, a.status,
       a.status_reason, a.last_heartbeat, a.heartbeat_status, a.last_activity, a.version, a.created_at, a.updated_at,
       v.variables, v.empty_variables, t.inactive_tools
FROM agents a
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_object_agg(n.name, n.is_secret), '{}') AS variables,
         coalesce(array_agg(n.name) FILTER (WHERE n.is_empty), '{}') AS empty_variables
  FROM tenant.variables_of(a.organization_id, a.id) n) v
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(t.name ORDER BY t.name), '{}') AS inactive_tools
  FROM agent_tools b JOIN tools t ON t.scope_id = b.tool_scope_id AND t.id = b.tool_id
  WHERE b.agent_id = a.id AND NOT t.is_active) t
WHERE (%(q)s::text IS NULL OR a.name ILIKE %(q)s OR a.description ILIKE %(q)s)
  AND (%(category)s::text IS NULL OR a.category = %(category)s OR a.id = ANY (%(popular)s::uuid[]))
  AND (%(status)s::text IS NULL OR a.status = %(status)s)
  AND (%(type)s::text IS NULL OR a.type = %(type)s)
  AND (%(at)s::timestamptz IS NULL OR (a.created_at, a.id) < (%(at)s, %(id)s::uuid))
ORDER BY a.created_at DESC, a.id DESC
LIMIT %(limit)s
"""

# The most used agents of the last 30 days.
_POPULAR: LiteralString = "SELECT tenant.popular_agents(%(since)s, %(limit)s)"


async def list_page(ctx: Context, filters: Filters, after: Position | None, limit: int) -> list[Row]:
    """Return agents, newest first, one more than ``limit`` when there are more."""
    popular: list[UUID] = []
    if filters.category is Category.POPULAR:
        since = ctx.now - timedelta(days=_POPULAR_DAYS)
        cursor = await ctx.tx.execute(_POPULAR, {"since": since, "limit": POPULAR_COUNT})
        popular = [row[0] for row in await cursor.fetchall()]
    values = {
        "q": containing(filters.q),
        "category": filters.category,
        "popular": popular,
        "status": filters.status,
        "type": filters.type,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_row)) as rows:
        return await (await rows.execute(_LIST, values)).fetchall()


_GET: LiteralString = """
SELECT a.id, a.organization_id, a.created_by, a.template_id, a.is_custom, a.name, a.description, a.icon, a.category,
       a.type, a.agent_type, a.runtime, a.instructions, a.config, a.deployment_config, a.webhook_url, a.status,
       a.status_reason, a.last_heartbeat, a.heartbeat_status, a.last_activity, a.version, a.created_at, a.updated_at,
       v.variables, v.empty_variables, t.inactive_tools
FROM agents a
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_object_agg(n.name, n.is_secret), '{}') AS variables,
         coalesce(array_agg(n.name) FILTER (WHERE n.is_empty), '{}') AS empty_variables
  FROM tenant.variables_of(a.organization_id, a.id) n) v
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(t.name ORDER BY t.name), '{}') AS inactive_tools
  FROM agent_tools b JOIN tools t ON t.scope_id = b.tool_scope_id AND t.id = b.tool_id
  WHERE b.agent_id = a.id AND NOT t.is_active) t
WHERE a.id = %s
"""


async def get(tx: Tx, agent_id: UUID) -> Row | None:
    """Return one agent."""
    async with tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_GET, (agent_id,), prepare=True)).fetchone()


_LOCK: LiteralString = "SELECT id FROM agents WHERE id = %s FOR UPDATE"


async def lock(tx: Tx, agent_id: UUID) -> bool:
    """Hold an agent until the transaction ends: nobody else changes it, and no run of it begins in the meantime."""
    return await (await tx.execute(_LOCK, (agent_id,))).fetchone() is not None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new agent comes from."""

    template_id: UUID | None
    is_custom: bool


_INSERT: LiteralString = """
INSERT INTO agents (id, organization_id, created_by, name, description, icon, category, agent_type, runtime, template_id,
                    is_custom, instructions, config, deployment_config, webhook_url, status, type)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(description)s, %(icon)s, %(category)s, %(agent_type)s,
        %(runtime)s, %(template_id)s, %(is_custom)s, %(instructions)s, %(config)s, %(deployment_config)s, %(webhook_url)s,
        %(status)s, %(type)s)
"""


def _columns(definition: Definition) -> dict[str, object]:
    snapshot = rules.write_snapshot(definition)
    return {**snapshot, "config": Jsonb(snapshot["config"]), "deployment_config": Jsonb(snapshot["deployment_config"])}


async def insert(ctx: Context, agent_id: UUID, definition: Definition, origin: Origin, status: Status) -> None:
    """Write a new agent."""
    values = _columns(definition) | {
        "id": agent_id,
        "organization_id": ctx.organization_id,
        "created_by": ctx.actor.user_id,
        "template_id": origin.template_id,
        "is_custom": origin.is_custom,
        "status": status,
    }
    await ctx.tx.execute(_INSERT, values)


_UPDATE: LiteralString = """
UPDATE agents SET name = %(name)s, description = %(description)s, icon = %(icon)s, category = %(category)s,
       agent_type = %(agent_type)s, runtime = %(runtime)s, instructions = %(instructions)s, config = %(config)s,
       deployment_config = %(deployment_config)s, webhook_url = %(webhook_url)s, type = %(type)s,
       is_custom = is_custom OR %(is_custom)s,
       version = version + 1
WHERE id = %(id)s AND version = %(version)s
RETURNING version
"""


async def update(tx: Tx, before: Row, definition: Definition, *, is_custom: bool) -> int | None:
    """Write a definition as the agent's next version, and return its number; None when someone was first."""
    values = _columns(definition) | {"id": before.id, "version": before.version, "is_custom": is_custom}
    row = await (await tx.execute(_UPDATE, values)).fetchone()
    return None if row is None else row[0]


_SET_STATUS: LiteralString = """
UPDATE agents SET status = %(status)s, status_reason = %(reason)s, status_changed_at = tenant.now()
WHERE id = %(id)s AND status = ANY (%(from)s::text[])
RETURNING id
"""


async def set_status(tx: Tx, agent_id: UUID, status: Status, *, reason: str | None, before: list[Status]) -> bool:
    """Move an agent from one of some states to another; false when it stands in none of them."""
    values = {"id": agent_id, "status": status, "reason": reason, "from": before}
    return await (await tx.execute(_SET_STATUS, values)).fetchone() is not None


_HEARTBEAT: LiteralString = """
UPDATE agents SET last_heartbeat = greatest(last_heartbeat, %(at)s), heartbeat_status = %(status)s WHERE id = %(id)s
"""


async def set_heartbeat(tx: Tx, agent_id: UUID, at: datetime, status: str) -> None:
    """Note a heartbeat."""
    await tx.execute(_HEARTBEAT, {"id": agent_id, "at": at, "status": status})


@dataclass(frozen=True, slots=True)
class Finding:
    """An agent whose status should change: it is failing, with a reason, or it has recovered."""

    organization_id: OrganizationId
    agent_id: UUID
    is_failing: bool
    reason: str | None


_REVIEW: LiteralString = "SELECT organization_id, agent_id, is_failing, reason FROM tenant.review_agents()"


async def review(database: Database) -> list[Finding]:
    """Note when agents last did something, over all organizations, and return those whose status should change."""
    return [Finding(*row) for row in await database.statement(_REVIEW, ())]


_UNFINISHED: LiteralString = "SELECT tenant.count_unfinished_runs(%s)"


async def count_unfinished_runs(ctx: Context, agent_id: UUID) -> int:
    """Return how many runs of an agent are not finished."""
    row = await (await ctx.tx.execute(_UNFINISHED, (agent_id,))).fetchone()
    return 0 if row is None else int(row[0])


_TEAMS: LiteralString = """
SELECT t.name FROM team_members m JOIN teams t ON t.id = m.team_id
WHERE m.organization_id = %s AND m.agent_id = %s ORDER BY t.name LIMIT 5
"""


async def list_teams_of(ctx: Context, agent_id: UUID) -> list[str]:
    """Name teams that an agent is a member of."""
    return [row[0] for row in await (await ctx.tx.execute(_TEAMS, (ctx.organization_id, agent_id))).fetchall()]


_DELETE: LiteralString = "DELETE FROM agents WHERE id = %s"


_HOLD_ROLL_UPS: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('roll_up_metrics'))"


async def hold_roll_ups(tx: Tx) -> None:
    """Hold metrics from being rolled up until the transaction ends: that takes agents' rows after those of their metrics."""
    await tx.execute(_HOLD_ROLL_UPS)


async def delete(tx: Tx, agent_id: UUID) -> None:
    """Delete an agent, its versions and its variables."""
    await tx.execute(_DELETE, (agent_id,))


_IDS: LiteralString = """
SELECT id FROM agents WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of the agents of the context's organization, oldest first; of one name only when it is given."""
    cursor = await ctx.tx.execute(_IDS, {"organization_id": ctx.organization_id, "name": name})
    return [row[0] for row in await cursor.fetchall()]
