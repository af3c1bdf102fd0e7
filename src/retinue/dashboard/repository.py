"""All SQL of the dashboard. Figures are read from the roll-ups of hours; counts of now and lists are bounded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row, kwargs_row

from retinue.agents.types import Status
from retinue.core.context import Context
from retinue.dashboard.rules import Ended, Spent
from retinue.dashboard.types import (
    DashboardAgent,
    DashboardDeployment,
    DashboardRun,
    DashboardTeam,
    DashboardWorkflow,
    Window,
)
from retinue.deployments.types import DeploymentStatus
from retinue.runs.types import RunStatus

_MOST_COUNTED = 1000
_MOST_AGENTS = 12
_MOST_TEAMS = 6
_MOST_RANKED = 200
_MOST_WORKFLOWS = 10
_LAST_RUN_DAYS = 30


def _values(ctx: Context, window: Window) -> dict[str, Any]:
    return {
        "organization_id": ctx.organization_id,
        "before": window.before,
        "start": window.start,
        "end": window.end,
        "step": window.step_seconds,
    }


# Each hour belongs to the window before (-2), or to the window (-1) and to one of its steps.
_ENDED: LiteralString = """
SELECT p.part, coalesce(sum(t.count) FILTER (WHERE t.label = 'completed'), 0)::bigint,
  coalesce(sum(t.count) FILTER (WHERE t.label = 'failed'), 0)::bigint,
  coalesce(sum(t.count) FILTER (WHERE t.label = 'cancelled'), 0)::bigint
FROM metric_totals t CROSS JOIN LATERAL unnest(CASE WHEN t.bucket < %(start)s THEN ARRAY[-2] ELSE
  ARRAY[-1, floor(extract(epoch FROM t.bucket - %(start)s) / %(step)s)::integer] END) AS p (part)
WHERE t.organization_id = %(organization_id)s AND t.metric_type = 'run_status' AND t.resolution = 'hour'
  AND t.bucket >= %(before)s AND t.bucket < %(end)s
GROUP BY p.part
"""


async def get_ended(ctx: Context, window: Window) -> dict[int, Ended]:
    """Return how many runs of agents ended in each part of the window."""
    rows = await (await ctx.tx.execute(_ENDED, _values(ctx, window))).fetchall()
    return {part: Ended(*counts) for part, *counts in rows}


# The same bins as in queries of metrics, of which the percentile of any number of hours is made.
_RESPONSE_TIMES: LiteralString = """
WITH part AS MATERIALIZED (
  SELECT p.part, t.min, t.max, t.bins, t.counts
  FROM metric_totals t CROSS JOIN LATERAL unnest(CASE WHEN t.bucket < %(start)s THEN ARRAY[-2] ELSE
    ARRAY[-1, floor(extract(epoch FROM t.bucket - %(start)s) / %(step)s)::integer] END) AS p (part)
  WHERE t.organization_id = %(organization_id)s AND t.metric_type = 'response_time' AND t.resolution = 'hour'
    AND t.bucket >= %(before)s AND t.bucket < %(end)s
), total AS (
  SELECT p.part, min(p.min) AS min, max(p.max) AS max FROM part p GROUP BY p.part
), binned AS (
  SELECT p.part, h.bin, sum(h.number::double precision) AS number
  FROM part p, unnest(p.bins, p.counts) AS h (bin, number) GROUP BY p.part, h.bin
), ranked AS (
  SELECT b.part, b.bin, sum(b.number) OVER (PARTITION BY b.part ORDER BY b.bin) AS upto,
    sum(b.number) OVER (PARTITION BY b.part) AS whole
  FROM binned b
), chosen AS (
  SELECT r.part, min(r.bin) AS bin FROM ranked r WHERE r.upto > 0.95 * (r.whole - 1) GROUP BY r.part
)
SELECT t.part, least(greatest(tenant.metric_of_bin(c.bin), t.min::double precision), t.max::double precision)
FROM total t JOIN chosen c ON c.part = t.part
"""


async def get_response_times(ctx: Context, window: Window) -> dict[int, float]:
    """Return the 95th percentile of response times in milliseconds in each part of the window that has some."""
    rows = await (await ctx.tx.execute(_RESPONSE_TIMES, _values(ctx, window))).fetchall()
    return dict(rows)


_SPENT: LiteralString = """
SELECT p.part, sum(h.calls)::bigint, sum(h.unpriced_calls)::bigint, sum(h.cost_usd)
FROM usage_hours h CROSS JOIN LATERAL unnest(CASE WHEN h.hour < %(start)s THEN ARRAY[-2] ELSE
  ARRAY[-1, floor(extract(epoch FROM h.hour - %(start)s) / %(step)s)::integer] END) AS p (part)
WHERE h.organization_id = %(organization_id)s AND h.kind = 'model_call' AND h.hour >= %(before)s AND h.hour < %(end)s
GROUP BY p.part
"""


async def get_spent(ctx: Context, window: Window) -> dict[int, Spent]:
    """Return the calls of models and their cost in each part of the window."""
    rows = await (await ctx.tx.execute(_SPENT, _values(ctx, window))).fetchall()
    return {part: Spent(*sums) for part, *sums in rows}


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is now, each counted up to 1,000."""

    active_runs: int
    queued_runs: int
    firing_alerts: int
    pending_approvals: int


# Runs that are private to others count, and nothing else of them is shown.
_COUNTS: LiteralString = """
SELECT tenant.count_runs(%(organization_id)s, 'running', %(most)s) AS active_runs,
  tenant.count_runs(%(organization_id)s, 'pending', %(most)s) AS queued_runs,
  (SELECT count(*) FROM (SELECT FROM alerts WHERE organization_id = %(organization_id)s AND status <> 'resolved'
    LIMIT %(most)s) a) AS firing_alerts,
  (SELECT count(*) FROM (SELECT FROM approvals a JOIN runs r ON r.id = a.run_id
    WHERE a.organization_id = %(organization_id)s AND a.status = 'pending' LIMIT %(most)s) a) AS pending_approvals
"""


async def get_counts(ctx: Context) -> Counts:
    """Count what is going on, and what needs attention."""
    async with ctx.tx.cursor(row_factory=class_row(Counts)) as cursor:
        await cursor.execute(_COUNTS, {"organization_id": ctx.organization_id, "most": _MOST_COUNTED})
        return await cursor.fetchone() or Counts(0, 0, 0, 0)


# The dashboard query of document 004, bounded: the agents that were active last are ranked by their runs in the window. The
# newest run, the current deployment and the workflows of the first ones are found by index. Whole days are read as days.
_AGENTS: LiteralString = """
WITH recent AS (
  SELECT a.id, a.name, a.icon, a.status, a.last_activity, a.created_at FROM agents a
  WHERE a.organization_id = %(organization_id)s
  ORDER BY a.last_activity DESC NULLS LAST, a.created_at DESC, a.id DESC LIMIT %(ranked)s
), active AS (
  SELECT a.*, m.run_count, m.failed_count FROM recent a CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.count), 0)::bigint AS run_count,
      coalesce(sum(t.count) FILTER (WHERE t.label = 'failed'), 0)::bigint AS failed_count
    FROM (VALUES ('hour', %(start)s::timestamptz, %(first_day)s::timestamptz),
      ('day', %(first_day)s::timestamptz, %(last_day)s::timestamptz),
      ('hour', %(last_day)s::timestamptz, %(end)s::timestamptz)) AS span (resolution, since, until)
    JOIN metric_rollups t ON t.organization_id = %(organization_id)s AND t.agent_id = a.id AND t.metric_type = 'run_status'
      AND t.resolution = span.resolution AND t.bucket >= span.since AND t.bucket < span.until
  ) m
  ORDER BY m.run_count DESC, a.last_activity DESC NULLS LAST, a.created_at DESC, a.id DESC LIMIT %(limit)s
)
SELECT a.id, a.name, a.icon, a.status, a.last_activity, a.run_count, a.failed_count, r.id AS run_id, r.status AS run_status,
  r.created_at AS run_created_at, d.id AS deployment_id, d.version, d.status AS deployment_status, d.deployed_at, w.workflows
FROM active a
LEFT JOIN LATERAL (
  SELECT x.id, x.status, x.created_at FROM runs x
  WHERE x.organization_id = %(organization_id)s AND x.agent_id = a.id AND x.created_at >= %(oldest)s
  ORDER BY x.created_at DESC, x.id DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
  SELECT x.id, x.version, x.status, x.deployed_at FROM deployments x
  WHERE x.organization_id = %(organization_id)s AND x.agent_id = a.id
  ORDER BY x.status = 'deployed' DESC, x.created_at DESC LIMIT 1
) d ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('id', y.id, 'name', y.name, 'is_active', y.is_active,
    'execution_count', c.execution_count, 'success_count', c.success_count, 'error_count', c.error_count)
    ORDER BY y.created_at DESC, y.id DESC) AS workflows
  FROM (SELECT x.id, x.name, x.is_active, x.created_at FROM workflows x
    WHERE x.organization_id = %(organization_id)s AND x.agent_id = a.id
    ORDER BY x.created_at DESC, x.id DESC LIMIT %(workflows)s) y
  CROSS JOIN LATERAL (
    SELECT count(*) AS execution_count, count(*) FILTER (WHERE e.status = 'completed') AS success_count,
      count(*) FILTER (WHERE e.status = 'failed') AS error_count
    FROM workflow_executions e
    WHERE e.organization_id = %(organization_id)s AND e.workflow_id = y.id AND e.started_at >= %(start)s
  ) c
) w ON true
ORDER BY a.run_count DESC, a.last_activity DESC NULLS LAST, a.created_at DESC, a.id DESC
"""


def _agent(**row: Any) -> DashboardAgent:  # noqa: ANN401 - the columns above
    return DashboardAgent(
        id=row["id"],
        name=row["name"],
        icon=row["icon"],
        status=Status(row["status"]),
        last_activity=row["last_activity"],
        run_count=row["run_count"],
        failed_count=row["failed_count"],
        last_run=_run(row["run_id"], row["run_status"], row["run_created_at"]),
        deployment=_deployment(row["deployment_id"], row["version"], row["deployment_status"], row["deployed_at"]),
        workflows=[DashboardWorkflow(**each | {"id": UUID(each["id"])}) for each in row["workflows"] or ()],
    )


def _run(run_id: UUID | None, status: str, created_at: datetime) -> DashboardRun | None:
    return None if run_id is None else DashboardRun(run_id, RunStatus(status), created_at)


def _deployment(
    deployment_id: UUID | None, version: int, status: str, deployed_at: datetime | None
) -> DashboardDeployment | None:
    if deployment_id is None:
        return None
    return DashboardDeployment(deployment_id, version, DeploymentStatus(status), deployed_at)


async def list_agents(ctx: Context, window: Window) -> list[DashboardAgent]:
    """Return the most active agents of the window, then those that were active or created last."""
    midnight = window.start.replace(hour=0)
    values = _values(ctx, window) | {
        "ranked": _MOST_RANKED,
        "limit": _MOST_AGENTS,
        "workflows": _MOST_WORKFLOWS,
        "oldest": ctx.now - timedelta(days=_LAST_RUN_DAYS),
        "first_day": midnight + timedelta(days=midnight < window.start),
        "last_day": window.end.replace(hour=0),
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_agent)) as cursor:
        return await (await cursor.execute(_AGENTS, values)).fetchall()


# Teams have no roll-ups of their own: the runs of each are counted by index, up to a limit.
_TEAMS: LiteralString = """
WITH recent AS (
  SELECT t.id, t.name, t.icon, t.updated_at FROM teams t WHERE t.organization_id = %(organization_id)s
  ORDER BY t.updated_at DESC, t.id DESC LIMIT %(ranked)s
), active AS (
  SELECT t.*, c.run_count, c.failed_count FROM recent t CROSS JOIN LATERAL (
    SELECT count(*) AS run_count, count(*) FILTER (WHERE x.status = 'failed') AS failed_count FROM (
      SELECT y.status FROM runs y WHERE y.organization_id = %(organization_id)s AND y.type = 'team' AND y.target_id = t.id
        AND y.created_at >= %(start)s AND y.created_at < %(end)s LIMIT %(most)s) x
  ) c
  ORDER BY c.run_count DESC, t.updated_at DESC, t.id DESC LIMIT %(limit)s
)
SELECT t.id, t.name, t.icon, t.run_count, t.failed_count, r.id AS run_id, r.status AS run_status,
  r.created_at AS run_created_at, d.id AS deployment_id, d.version, d.status AS deployment_status, d.deployed_at
FROM active t
LEFT JOIN LATERAL (
  SELECT x.id, x.status, x.created_at FROM runs x
  WHERE x.organization_id = %(organization_id)s AND x.type = 'team' AND x.target_id = t.id AND x.created_at >= %(oldest)s
  ORDER BY x.created_at DESC, x.id DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
  SELECT x.id, x.version, x.status, x.deployed_at FROM deployments x
  WHERE x.organization_id = %(organization_id)s AND x.target_id = t.id
  ORDER BY x.status = 'deployed' DESC, x.created_at DESC LIMIT 1
) d ON true
ORDER BY t.run_count DESC, t.updated_at DESC, t.id DESC
"""


def _team(**row: Any) -> DashboardTeam:  # noqa: ANN401 - the columns above
    return DashboardTeam(
        id=row["id"],
        name=row["name"],
        icon=row["icon"],
        run_count=row["run_count"],
        failed_count=row["failed_count"],
        last_run=_run(row["run_id"], row["run_status"], row["run_created_at"]),
        deployment=_deployment(row["deployment_id"], row["version"], row["deployment_status"], row["deployed_at"]),
    )


async def list_teams(ctx: Context, window: Window) -> list[DashboardTeam]:
    """Return the teams with the most runs in the window, then those that were changed last."""
    values = _values(ctx, window) | {
        "ranked": _MOST_RANKED,
        "limit": _MOST_TEAMS,
        "most": _MOST_COUNTED,
        "oldest": ctx.now - timedelta(days=_LAST_RUN_DAYS),
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_team)) as cursor:
        return await (await cursor.execute(_TEAMS, values)).fetchall()
