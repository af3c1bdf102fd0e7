"""All SQL of alert rules and their states; that of alerts, channels and deliveries is in the modules beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.alerts.types import AlertConfig, AlertDefinition, NoData, Rule, Severity, State, StateName
from retinue.alerts.words import summary_of
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.ids import OrganizationId

_FIELDS = tuple(AlertDefinition.__slots__)


@dataclass(frozen=True, slots=True)
class ConfigFilter:
    """Which rules a list shows; None takes all."""

    q: str | None = None
    agent_id: UUID | None = None
    enabled: bool | None = None


_COLUMNS: LiteralString = """
SELECT c.id, c.organization_id, c.created_by, c.name, c.conditions, c.channels, c.agent_id, c.team_id, c.workflow_id,
  coalesce(a.name, t.name, w.name) AS target_name, c.enabled, c.severity, c.for_seconds, c.keep_firing_seconds, c.no_data,
  c.renotify_seconds, c.notify_resolved, c.group_by, c.runbook_url, c.tag, c.escalate_after_seconds, c.escalate_channels,
  c.budget_id, c.paused_until, c.last_eval_at, c.next_eval_at, c.eval_error, c.created_at, c.updated_at,
    coalesce((SELECT s.state FROM alert_states s WHERE s.config_id = c.id
    ORDER BY array_position(ARRAY['firing', 'recovering', 'pending', 'no_data', 'ok'], s.state) LIMIT 1), 'ok') AS state
FROM alert_configs c
LEFT JOIN agents a ON a.id = c.agent_id LEFT JOIN teams t ON t.id = c.team_id LEFT JOIN workflows w ON w.id = c.workflow_id
"""


def _config(**row: Any) -> AlertConfig:  # noqa: ANN401 - the columns above
    row |= {"severity": Severity(row["severity"]), "no_data": NoData(row["no_data"]), "state": StateName(row["state"])}
    return AlertConfig(summary=summary_of(row["conditions"]), **row)


_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE c.organization_id = %(organization_id)s AND (%(q)s::text IS NULL OR c.name ILIKE %(q)s)
  AND (%(agent_id)s::uuid IS NULL OR c.agent_id = %(agent_id)s)
  AND (%(enabled)s::boolean IS NULL OR c.enabled = %(enabled)s)
  AND (%(at)s::timestamptz IS NULL OR (c.created_at, c.id) < (%(at)s, %(id)s::uuid))
ORDER BY c.created_at DESC, c.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, wanted: ConfigFilter, after: Position | None, limit: int) -> list[AlertConfig]:
    """Return rules, newest first, one more than ``limit`` when there are more."""
    values = {
        "organization_id": ctx.organization_id,
        "q": containing(wanted.q),
        "agent_id": wanted.agent_id,
        "enabled": wanted.enabled,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_config)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = _COLUMNS + "WHERE c.id = %s"


async def get(ctx: Context, config_id: UUID) -> AlertConfig | None:
    """Return one rule."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_config)) as cursor:
        return await (await cursor.execute(_GET, (config_id,))).fetchone()


_INSERT: LiteralString = """
INSERT INTO alert_configs (id, organization_id, created_by, name, conditions, channels, agent_id, team_id, workflow_id,
  severity, for_seconds, keep_firing_seconds, no_data, renotify_seconds, notify_resolved, group_by, runbook_url, tag,
  escalate_after_seconds, escalate_channels, enabled, watches_failures, next_eval_at, created_at)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(name)s, %(conditions)s, %(channels)s, %(agent_id)s, %(team_id)s,
  %(workflow_id)s, %(severity)s, %(for_seconds)s, %(keep_firing_seconds)s, %(no_data)s, %(renotify_seconds)s,
    %(notify_resolved)s, %(group_by)s, %(runbook_url)s, %(tag)s, %(escalate_after_seconds)s, %(escalate_channels)s,
    %(enabled)s, %(watches)s, CASE WHEN %(enabled)s THEN tenant.now() END, tenant.now())
"""
_UPDATE: LiteralString = """
UPDATE alert_configs SET name = %(name)s, conditions = %(conditions)s, channels = %(channels)s, agent_id = %(agent_id)s,
  team_id = %(team_id)s, workflow_id = %(workflow_id)s, severity = %(severity)s, for_seconds = %(for_seconds)s,
  keep_firing_seconds = %(keep_firing_seconds)s, no_data = %(no_data)s, renotify_seconds = %(renotify_seconds)s,
  notify_resolved = %(notify_resolved)s, group_by = %(group_by)s, runbook_url = %(runbook_url)s, enabled = %(enabled)s,
  watches_failures = %(watches)s AND %(paused_until)s::timestamptz IS NULL, paused_until = %(paused_until)s,
  next_eval_at = CASE WHEN %(enabled)s THEN greatest(tenant.now(), %(paused_until)s::timestamptz) END, eval_error = NULL,
  eval_failures = 0, tag = %(tag)s, escalate_after_seconds = %(escalate_after_seconds)s,
  escalate_channels = %(escalate_channels)s, version = version + 1
WHERE id = %(id)s
"""


def _values(config_id: UUID, definition: AlertDefinition, *, enabled: bool, watches: bool) -> dict[str, Any]:
    values = {name: getattr(definition, name) for name in _FIELDS}
    values |= {"conditions": Jsonb(definition.conditions), "channels": Jsonb(definition.channels)}
    values["escalate_channels"] = Jsonb(definition.escalate_channels)
    return values | {"id": config_id, "enabled": enabled, "watches": watches}


async def insert(ctx: Context, config_id: UUID, definition: AlertDefinition, *, enabled: bool, watches: bool) -> None:
    """Write a new rule, which is due at once; ``watches``: a failed run makes it due."""
    values = _values(config_id, definition, enabled=enabled, watches=watches)
    await ctx.tx.execute(_INSERT, values | {"organization_id": ctx.organization_id, "created_by": ctx.actor.user_id})


async def update(
    ctx: Context,
    config_id: UUID,
    definition: AlertDefinition,
    *,
    enabled: bool,
    watches: bool,
    paused_until: datetime | None,
) -> None:
    """Write what a user decides about a rule, which is then due at once, or when its pause ends."""
    values = _values(config_id, definition, enabled=enabled, watches=watches)
    await ctx.tx.execute(_UPDATE, values | {"paused_until": paused_until})


_END_PAUSE: LiteralString = "UPDATE alert_configs SET paused_until = NULL, watches_failures = %s WHERE id = %s"


async def end_pause(ctx: Context, config_id: UUID, *, watches: bool) -> None:
    """Write that the pause of a rule is over; ``watches``: a failed run makes it due."""
    await ctx.tx.execute(_END_PAUSE, (watches, config_id))


_DELETE: LiteralString = "DELETE FROM alert_configs WHERE id = %s"


async def delete(ctx: Context, config_id: UUID) -> None:
    """Delete a rule and its states; its alerts stay."""
    await ctx.tx.execute(_DELETE, (config_id,))


_RULE: LiteralString = """
SELECT c.id, c.organization_id, c.created_by, c.name, c.conditions, c.channels, c.agent_id, c.team_id, c.workflow_id,
  c.severity,
  c.for_seconds, c.keep_firing_seconds, c.no_data, c.renotify_seconds, c.notify_resolved, c.group_by, c.runbook_url,
  c.tag, c.escalate_after_seconds, c.escalate_channels, c.version, c.eval_failures, c.paused_until,
    c.updated_at AS changed_at, c.budget_id,
  coalesce(
    (SELECT a.name FROM agents a WHERE a.id = c.agent_id), (SELECT t.name FROM teams t WHERE t.id = c.team_id),
    (SELECT w.name FROM workflows w WHERE w.id = c.workflow_id)) AS target_name
FROM alert_configs c
"""
_DUE: LiteralString = (
    _RULE
    + """
WHERE c.organization_id = ANY ((SELECT tenant.organizations())::uuid[]) AND c.enabled AND c.next_eval_at <= tenant.now()
ORDER BY c.next_eval_at LIMIT %s FOR NO KEY UPDATE OF c SKIP LOCKED
"""
)
_HOLD: LiteralString = _RULE + "WHERE c.id = %s FOR NO KEY UPDATE OF c"


def _rule(**row: Any) -> Rule:  # noqa: ANN401 - the columns above
    row |= {"severity": Severity(row["severity"]), "no_data": NoData(row["no_data"])}
    definition = AlertDefinition(**{name: row.pop(name) for name in _FIELDS})
    return Rule(definition=definition, **row)


_SET_BUDGET: LiteralString = "UPDATE alert_configs SET budget_id = %s WHERE id = %s"


async def set_budget(ctx: Context, config_id: UUID, budget_id: UUID) -> None:
    """Write which budget a rule blocks by."""
    await ctx.tx.execute(_SET_BUDGET, (budget_id, config_id))


_OF_BUDGET: LiteralString = _RULE + "WHERE c.organization_id = %s AND c.budget_id = %s AND c.enabled"
_MAKE_DUE: LiteralString = (
    "UPDATE alert_configs SET next_eval_at = tenant.now() WHERE id = %s AND next_eval_at > tenant.now()"
)


async def list_of_budget(ctx: Context, budget_id: UUID) -> list[Rule]:
    """Return the enabled rules that block by a budget."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_rule)) as cursor:
        return await (await cursor.execute(_OF_BUDGET, (ctx.organization_id, budget_id))).fetchall()


async def make_due(ctx: Context, config_id: UUID) -> None:
    """Have a rule evaluated at the next look."""
    await ctx.tx.execute(_MAKE_DUE, (config_id,))


async def take_due(ctx: Context, most: int) -> list[Rule]:
    """Hold rules of the transaction's organizations that are due, and that no other worker holds."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_rule)) as cursor:
        return await (await cursor.execute(_DUE, (most,), prepare=True)).fetchall()


async def hold(ctx: Context, config_id: UUID) -> Rule | None:
    """Hold one rule until the transaction ends."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_rule)) as cursor:
        return await (await cursor.execute(_HOLD, (config_id,))).fetchone()


@dataclass(frozen=True, slots=True)
class Looked:
    """When a rule is looked at next, and what went wrong this time."""

    id: UUID
    next_eval_at: datetime
    error: str | None = None
    failures: int = 0


_LOOKED: LiteralString = """
UPDATE alert_configs c SET next_eval_at = l.at, last_eval_at = tenant.now(), eval_error = l.error, eval_failures = l.failures
FROM json_to_recordset(%s) AS l (id uuid, at timestamptz, error text, failures integer) WHERE c.id = l.id
"""


async def note_looked(ctx: Context, looked: Sequence[Looked]) -> None:
    """Write when rules are looked at next."""
    rows = [{"id": each.id, "at": each.next_eval_at, "error": each.error, "failures": each.failures} for each in looked]
    await ctx.tx.execute(_LOOKED, (orjson.dumps(rows).decode(),), prepare=True)


# Read before it is written: most failed runs are watched by rules that are due already. Runs are looked up one by one, so
# that a plan made while there were few stays good, and come as JSON: for an array a new plan looks cheaper each time.
_WAKE: LiteralString = """
WITH target AS MATERIALIZED (
  SELECT DISTINCT r.target_id FROM json_array_elements_text(%(run_ids)s) AS failed (id)
  CROSS JOIN LATERAL (SELECT f.target_id FROM runs f WHERE f.id = failed.id::uuid OFFSET 0) r
), watching AS MATERIALIZED (
  SELECT c.id, c.next_eval_at > tenant.now() AS is_later FROM alert_configs c
  WHERE c.organization_id = %(organization_id)s AND c.watches_failures AND c.enabled
    AND EXISTS (SELECT FROM target t WHERE t.target_id = coalesce(c.agent_id, c.team_id, c.workflow_id, t.target_id))
), woken AS (
  UPDATE alert_configs SET next_eval_at = tenant.now() WHERE id IN (
    SELECT c.id FROM alert_configs c JOIN watching w ON w.id = c.id WHERE w.is_later AND c.next_eval_at > tenant.now()
    FOR NO KEY UPDATE OF c SKIP LOCKED) RETURNING id
)
SELECT w.id FROM watching w WHERE NOT EXISTS (SELECT FROM woken k WHERE k.id = w.id)
"""


async def wake(ctx: Context, run_ids: Sequence[UUID]) -> set[UUID]:
    """Make the rules due that watch failures of runs' targets.

    Return those that were due already, or are held: they may be evaluated just now by what was there before the runs ended.
    """
    values = {"run_ids": orjson.dumps(list(run_ids)).decode(), "organization_id": ctx.organization_id}
    rows = await (await ctx.tx.execute(_WAKE, values, prepare=True)).fetchall()
    return {rule_id for (rule_id,) in rows}


_STATES: LiteralString = """
SELECT config_id, group_key, state, since, pending_since, clear_since, counts_from, is_held, value FROM alert_states
WHERE config_id = ANY (%s)
"""
_WRITE_STATES: LiteralString = """
INSERT INTO alert_states (organization_id, config_id, group_key, state, since, pending_since, clear_since, counts_from,
  is_held, value)
SELECT x.organization_id, x.config_id, x.group_key, x.state, coalesce(x.since, tenant.now()), x.pending_since, x.clear_since,
  x.counts_from, x.is_held, x.value
FROM json_to_recordset(%s) AS x (organization_id uuid, config_id uuid, group_key text, state text, since timestamptz,
  pending_since timestamptz, clear_since timestamptz, counts_from timestamptz, is_held boolean, value double precision)
ON CONFLICT (config_id, group_key) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since,
  pending_since = EXCLUDED.pending_since,
  clear_since = EXCLUDED.clear_since, counts_from = EXCLUDED.counts_from, is_held = EXCLUDED.is_held, value = EXCLUDED.value
"""
_FORGET_STATES: LiteralString = "DELETE FROM alert_states WHERE config_id = %s"


async def list_states(ctx: Context, config_ids: Sequence[UUID]) -> dict[tuple[UUID, str], State]:
    """Return the states of rules, by rule and group."""
    rows = await (await ctx.tx.execute(_STATES, (list(config_ids),), prepare=True)).fetchall()
    return {(row[0], row[1]): State(StateName(row[2]), *row[3:]) for row in rows}


async def write_states(ctx: Context, states: Sequence[tuple[Rule, str, State]]) -> None:
    """Write the states of rules and groups."""
    rows = [
        {
            "organization_id": rule.organization_id,
            "config_id": rule.id,
            "group_key": group,
            "state": state.name,
            **{name: getattr(state, name) for name in State.__slots__ if name != "name"},
        }
        for rule, group, state in states
    ]
    await ctx.tx.execute(_WRITE_STATES, (orjson.dumps(rows).decode(),), prepare=True)


async def forget_states(ctx: Context, config_id: UUID) -> None:
    """Delete the states of a rule."""
    await ctx.tx.execute(_FORGET_STATES, (config_id,))


_FORGET_GROUPS: LiteralString = "DELETE FROM alert_states WHERE config_id = %s AND group_key = ANY (%s)"


async def forget_groups(ctx: Context, config_id: UUID, groups: list[str]) -> None:
    """Delete the states of some groups of a rule."""
    await ctx.tx.execute(_FORGET_GROUPS, (config_id, groups))


_AGENTS: LiteralString = """
SELECT organization_id, id, name FROM agents WHERE organization_id = ANY (%s) AND status <> 'inactive'
  ORDER BY organization_id, id
"""


async def list_agents(ctx: Context, organizations: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
    """Name the agents in use of organizations: organization, id, name."""
    return await (await ctx.tx.execute(_AGENTS, (list(organizations),))).fetchall()


_WITH_DUE: LiteralString = "SELECT tenant.organizations_with_due_alerts(%s)"


async def list_organizations_with_due(database: Database, most: int) -> list[OrganizationId]:
    """Name organizations that have rules due."""
    return [OrganizationId(row[0]) for row in await database.statement(_WITH_DUE, (most,))]


_NOTE_SWEEP: LiteralString = "SELECT tenant.note_alert_sweep(%s), tenant.seconds_to_next_alert()"
_STANDING: LiteralString = "SELECT last_sweep_at, age_seconds FROM tenant.alert_engine_state()"
_CLAIM_PING: LiteralString = "SELECT tenant.claim_alert_ping(%s, %s)"


async def note_sweep(database: Database, pause_seconds: float) -> tuple[datetime | None, float | None]:
    """Note that rules are evaluated now; return since when they are without a pause, and in how many seconds work is due.

    None: since ever, and nothing is due.
    """
    ((resumed_at, seconds),) = await database.statement(_NOTE_SWEEP, (pause_seconds,))
    return resumed_at if isinstance(resumed_at, datetime) else None, seconds if isinstance(seconds, float) else None


async def find_last_sweep(database: Database) -> tuple[datetime, float]:
    """Return when rules were last evaluated by any worker, and how many seconds ago that is."""
    ((at, seconds),) = await database.statement(_STANDING, ())
    return at, float(seconds)


async def claim_ping(database: Database, every_seconds: float, late_seconds: float) -> bool:
    """Say whether this worker is to tell the monitor outside now."""
    ((is_mine,),) = await database.statement(_CLAIM_PING, (every_seconds, late_seconds))
    return bool(is_mine)


_NEXT: LiteralString = "SELECT tenant.seconds_to_next_alert()"


async def find_seconds_to_next(database: Database) -> float | None:
    """Return in how many seconds a rule or a delivery of any organization is due; None when there is none."""
    ((seconds,),) = await database.statement(_NEXT, ())
    return seconds if isinstance(seconds, float) else None


_TARGETS: LiteralString = """
SELECT (SELECT name FROM agents WHERE id = %(agent_id)s), (SELECT name FROM teams WHERE id = %(team_id)s),
  (SELECT name FROM workflows WHERE id = %(workflow_id)s)
"""


async def find_targets(ctx: Context, definition: AlertDefinition) -> tuple[str | None, str | None, str | None]:
    """Return the names of the agent, the team and the workflow that a rule names; None for what does not exist."""
    values = {name: getattr(definition, name) for name in ("agent_id", "team_id", "workflow_id")}
    row = await (await ctx.tx.execute(_TARGETS, values)).fetchone()
    return row or (None, None, None)


_COUNT: LiteralString = "SELECT count(*) FROM alert_configs WHERE organization_id = %s"


async def count(ctx: Context) -> int:
    """Count the rules of the organization."""
    row = await (await ctx.tx.execute(_COUNT, (ctx.organization_id,))).fetchone()
    return row[0] if row else 0


_NAMES: LiteralString = "SELECT name FROM alert_configs WHERE organization_id = %s AND name = ANY (%s)"


async def list_names(ctx: Context, names: Sequence[str]) -> set[str]:
    """Return which of some names rules of the organization have."""
    return {name for (name,) in await (await ctx.tx.execute(_NAMES, (ctx.organization_id, list(names)))).fetchall()}
