"""The SQL of what happened beside runs that ended, for back-tests: spans, spending, points."""

# ruff: noqa: S608 - statements are put together of constants

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which something was true; ``until`` is null when it is still."""

    since: datetime
    until: datetime | None


# Each statement gives the spans of one kind: from when it would be true, until when. t is a target, null for the whole
# organization; w are seconds, n a number. Spans that ended before the start are left out.
_TARGET: LiteralString = (
    "(%(t)s::uuid IS NULL OR r.target_id = %(t)s) AND (%(t)s::uuid IS NOT NULL OR r.parent_run_id IS NULL)"
)
_TAGGED: LiteralString = " AND (%(y)s::text IS NULL OR %(y)s = ANY (r.tags)) AND NOT r.playground"
_SPANS: LiteralString = """)
SELECT s.since, s.until FROM spans s WHERE (s.until IS NULL OR s.until > s.since) AND s.since <= %(end)s
  AND (s.until IS NULL OR s.until > %(start)s) ORDER BY s.since DESC LIMIT %(limit)s
"""
_OF_RUNS: LiteralString = (
    """
  FROM runs r WHERE r.organization_id = %(o)s AND """
    + _TARGET
    + _TAGGED
)
RUN_DURATION: LiteralString = (
    """
WITH run AS (
  SELECT r.started_at, CASE WHEN r.status IN ('completed', 'failed', 'cancelled') THEN r.completed_at END AS ended_at,
    r.status, r.duration_ms"""
    + _OF_RUNS
    + """ AND r.started_at IS NOT NULL AND (r.completed_at IS NULL OR r.completed_at > %(start)s)
), spans AS (
  SELECT r.started_at + make_interval(secs => %(w)s) AS since, r.ended_at AS until FROM run r
    WHERE coalesce(r.ended_at, %(end)s) > r.started_at + make_interval(secs => %(w)s)
  UNION ALL
  SELECT e.ended_at, e.following FROM (
    SELECT r.ended_at, r.duration_ms, lead(r.ended_at) OVER (ORDER BY r.ended_at) AS following FROM run r
    WHERE r.status IN ('completed', 'failed')) e WHERE e.duration_ms > %(w)s * 1000
"""
    + _SPANS
)
# The times in which agents or workflows were in use, as ``repository_facts`` sees it, of the history c.
_USED_OF: LiteralString = """changed AS (
  SELECT c.agent_id, c.workflow_id, c.changed_at, c.status IN ('active', 'error') AS is_used,
    lead(c.changed_at) OVER w AS following, count(*) FILTER (WHERE c.status NOT IN ('active', 'error')) OVER w AS place
  FROM status_changes c WHERE c.organization_id = %(o)s AND """
_USED_SPANS: LiteralString = """
  WINDOW w AS (PARTITION BY c.agent_id, c.workflow_id ORDER BY c.changed_at, c.id)
), used AS (
  SELECT c.agent_id, min(c.changed_at) AS since,
    CASE WHEN bool_and(c.following IS NOT NULL) THEN max(c.following) END AS until
  FROM changed c WHERE c.is_used GROUP BY c.agent_id, c.workflow_id, c.place
"""
# What has no status is always in use.
_USED: LiteralString = (
    _USED_OF
    + "(c.agent_id = %(t)s OR c.workflow_id = %(t)s)"
    + _USED_SPANS
    + """  UNION ALL
  SELECT NULL, '-infinity', NULL WHERE NOT EXISTS (SELECT FROM changed)
)"""
)
ABSENCE: LiteralString = (
    "WITH "
    + _USED
    + """, run AS (
  SELECT %(start)s::timestamptz AS at, 0 AS number
  UNION ALL
  SELECT r.completed_at, row_number() OVER (ORDER BY r.completed_at, r.id)"""
    + _OF_RUNS
    + """ AND r.status IN ('completed', 'failed') AND (%(s)s = 'ended' OR r.status = 'completed')
    AND r.completed_at > %(start)s
), absent AS (
  SELECT greatest(r.at, coalesce(lag(r.at, %(n)s - 1) OVER w, %(start)s) + make_interval(secs => %(w)s)) AS since,
    lead(r.at) OVER w AS until
  FROM run r WINDOW w AS (ORDER BY r.number)
), spans AS (
  SELECT greatest(a.since, u.since + make_interval(secs => %(w)s)) AS since, least(a.until, u.until) AS until
  FROM absent a CROSS JOIN used u
"""
    + _SPANS
)
APPROVAL_WAITING: LiteralString = (
    """
WITH spans AS (
  SELECT a.created_at + make_interval(secs => %(w)s) AS since, coalesce(a.decided_at,
      CASE WHEN a.status <> 'pending' THEN a.created_at END) AS until
  FROM approvals a JOIN runs r ON r.organization_id = a.organization_id AND r.id = a.run_id
  WHERE a.organization_id = %(o)s AND (%(t)s::uuid IS NULL OR r.target_id = %(t)s)
    AND (%(y)s::text IS NULL OR %(y)s = ANY (r.tags)) AND (a.decided_at IS NULL OR a.decided_at > %(start)s)
"""
    + _SPANS
)
MISSED_SCHEDULE: LiteralString = (
    """
WITH occurrence AS (
  SELECT o.due_at, o.claimed_at, o.status,
    lead(o.claimed_at) OVER (PARTITION BY o.schedule_id ORDER BY o.due_at) AS following
  FROM schedule_occurrences o JOIN agent_schedules s ON s.id = o.schedule_id
  WHERE o.organization_id = %(o)s AND (%(t)s::uuid IS NULL OR s.target_id = %(t)s) AND o.kind = 'scheduled'
    AND o.due_at > %(start)s
), spans AS (
  SELECT o.due_at + make_interval(secs => %(w)s) AS since, o.claimed_at AS until FROM occurrence o
  UNION ALL
  SELECT greatest(o.due_at + make_interval(secs => %(w)s), o.claimed_at), o.following FROM occurrence o
    WHERE o.status IN ('missed', 'failed')
"""
    + _SPANS
)
# Of the time before the first heartbeat that is looked at, it is known when the one before came if that is still kept, or
# was the last of all; k says from when all are kept.
HEARTBEAT: LiteralString = (
    """
WITH kept AS (
  SELECT k.since, greatest(%(start)s::timestamptz, k.since) AS start
  FROM (SELECT %(end)s::timestamptz - interval '2 days' AS since) k
), agent AS (
  SELECT a.id, a.created_at, a.last_heartbeat FROM agents a
  WHERE a.organization_id = %(o)s AND (%(t)s::uuid IS NULL OR a.id = %(t)s) AND a.runtime = 'external'
), """
    + _USED_OF
    + "c.agent_id IN (SELECT a.id FROM agent a)"
    + _USED_SPANS
    + """), received AS (
  SELECT h.agent_id, h.received_at AS at
  FROM kept k CROSS JOIN agent a JOIN agent_heartbeats h ON h.organization_id = %(o)s AND h.agent_id = a.id
    AND h.received_at > k.start
  UNION ALL
  SELECT a.id, CASE WHEN a.last_heartbeat > k.start THEN coalesce(
      (SELECT max(h.received_at) FROM agent_heartbeats h
        WHERE h.organization_id = %(o)s AND h.agent_id = a.id AND h.received_at <= k.start),
      CASE WHEN k.start - make_interval(secs => %(w)s) < k.since THEN k.start ELSE a.created_at END)
    ELSE coalesce(a.last_heartbeat, a.created_at) END
  FROM kept k CROSS JOIN agent a
), heard AS (
  SELECT r.agent_id, r.at, lead(r.at) OVER (PARTITION BY r.agent_id ORDER BY r.at) AS following FROM received r
), spans AS (
  SELECT greatest(h.at, u.since) + make_interval(secs => %(w)s) AS since, least(h.following, u.until) AS until
  FROM heard h JOIN used u ON u.agent_id = h.agent_id
"""
    + _SPANS
)
DEPLOYMENT: LiteralString = (
    """
WITH spans AS (
  SELECT d.updated_at AS since, d.following AS until FROM (
    SELECT n.status, n.updated_at,
      lead(n.created_at) OVER (PARTITION BY n.target_id ORDER BY n.created_at, n.id) AS following
    FROM deployments n WHERE n.organization_id = %(o)s AND (%(t)s::uuid IS NULL OR n.target_id = %(t)s)) d
  WHERE d.status = 'failed'
"""
    + _SPANS
)
DELIVERY_FAILURES: LiteralString = (
    """
WITH dead AS (
  SELECT d.created_at, lag(d.created_at, %(n)s - 1) OVER (ORDER BY d.created_at) AS oldest FROM alert_deliveries d
  WHERE d.organization_id = %(o)s AND d.state = 'dead' AND d.created_at > %(start)s
), spans AS (
  SELECT d.created_at AS since, d.oldest + interval '1 hour' AS until FROM dead d
  WHERE d.oldest > d.created_at - interval '1 hour'
"""
    + _SPANS
)
_CHANGES: LiteralString = """changed AS (
  SELECT coalesce(c.agent_id, c.workflow_id) AS target_id, c.status, c.changed_at,
    lead(c.changed_at) OVER (PARTITION BY c.agent_id, c.workflow_id ORDER BY c.changed_at, c.id) AS following
  FROM status_changes c WHERE c.organization_id = %(o)s AND """
AGENT_STATUS: LiteralString = (
    "WITH "
    + _CHANGES
    + """c.agent_id IS NOT NULL AND (%(t)s::uuid IS NULL OR c.agent_id = %(t)s)
), spans AS (SELECT c.changed_at AS since, c.following AS until FROM changed c WHERE c.status = %(s)s
"""
    + _SPANS
)
# Active workflows have the status error from the end of a failed execution to the end of the next one.
WORKFLOW_STATUS: LiteralString = (
    "WITH "
    + _CHANGES
    + """c.workflow_id IS NOT NULL AND (%(t)s::uuid IS NULL OR c.workflow_id = %(t)s)
), ended AS (
  SELECT e.status, e.workflow_id, e.ended_at,
    lead(e.ended_at) OVER (PARTITION BY e.workflow_id ORDER BY e.ended_at) AS following
  FROM (SELECT DISTINCT c.target_id FROM changed c) w CROSS JOIN LATERAL (
    SELECT x.status, x.workflow_id, x.ended_at FROM workflow_executions x WHERE x.organization_id = %(o)s
      AND x.workflow_id = w.target_id AND x.ended_at > %(start)s
    UNION ALL
    (SELECT x.status, x.workflow_id, x.ended_at FROM workflow_executions x WHERE x.organization_id = %(o)s
      AND x.workflow_id = w.target_id AND x.ended_at <= %(start)s ORDER BY x.ended_at DESC LIMIT 1)) e
), spans AS (
  SELECT c.changed_at AS since, c.following AS until FROM changed c WHERE c.status = %(s)s
  UNION ALL
  SELECT greatest(e.ended_at, c.changed_at), least(e.following, c.following) FROM ended e
  JOIN changed c ON c.target_id = e.workflow_id AND c.status = 'active'
  WHERE %(s)s = 'error' AND e.status = 'failed'
"""
    + _SPANS
)
BACKUP: LiteralString = (
    """
WITH history AS MATERIALIZED (SELECT * FROM tenant.backup_history()), good AS (
  SELECT h.began_at AS counted_at, h.began_at AS known_at FROM history h
  UNION
  SELECT h.started_at, h.finished_at FROM history h WHERE h.started_at IS NOT NULL
), spans AS (
  SELECT g.counted_at + make_interval(secs => %(w)s) AS since, lead(g.known_at) OVER (ORDER BY g.counted_at) AS until
  FROM good g
"""
    + _SPANS
)
REHEARSAL: LiteralString = (
    """
WITH history AS MATERIALIZED (SELECT * FROM tenant.backup_history()), good AS (
  SELECT h.began_at AS at FROM history h
  UNION
  SELECT h.rehearsed_at FROM history h WHERE h.rehearsed_at IS NOT NULL AND NOT h.is_rehearsal_failed
), spans AS (
  SELECT g.at + make_interval(secs => %(w)s) AS since, lead(g.at) OVER (ORDER BY g.at) AS until FROM good g
  UNION ALL
  SELECT f.rehearsed_at, f.following FROM (
    SELECT h.rehearsed_at, h.is_rehearsal_failed, lead(h.rehearsed_at) OVER (ORDER BY h.rehearsed_at) AS following
    FROM history h WHERE h.rehearsed_at IS NOT NULL) f WHERE f.is_rehearsal_failed
"""
    + _SPANS
)


_KNOWN_SINCE: LiteralString = """
SELECT max(f.known_at) FROM (
  SELECT min(c.changed_at) AS known_at, coalesce(a.created_at, w.created_at) AS created_at FROM status_changes c
  LEFT JOIN agents a ON a.organization_id = c.organization_id AND a.id = c.agent_id
  LEFT JOIN workflows w ON w.organization_id = c.organization_id AND w.id = c.workflow_id
  WHERE c.organization_id = %(o)s AND (c.agent_id IS NOT NULL) = %(is_of_agents)s
    AND (%(t)s::uuid IS NULL OR coalesce(c.agent_id, c.workflow_id) = %(t)s)
  GROUP BY c.agent_id, c.workflow_id, a.created_at, w.created_at) f WHERE f.known_at > f.created_at
"""


async def find_known_since(ctx: Context, target_id: UUID | None, *, is_of_agents: bool) -> datetime | None:
    """Return since when the status of all agents, or workflows, or of one, is known; None: since they exist."""
    values = {"o": ctx.organization_id, "t": target_id, "is_of_agents": is_of_agents}
    row = await (await ctx.tx.execute(_KNOWN_SINCE, values)).fetchone()
    return None if row is None else row[0]


_KNOWN_SINCE_EACH: LiteralString = """
SELECT f.agent_id, f.known_at FROM (
  SELECT c.agent_id, min(c.changed_at) AS known_at, a.created_at
  FROM status_changes c JOIN agents a ON a.organization_id = c.organization_id AND a.id = c.agent_id
  WHERE c.organization_id = %(o)s AND c.agent_id = ANY (%(targets)s)
  GROUP BY c.agent_id, a.created_at) f WHERE f.known_at > f.created_at
"""


async def find_known_since_each(ctx: Context, agents: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return since when the status of some agents is known, of those of which it is not since they exist."""
    values = {"o": ctx.organization_id, "targets": list(agents)}
    return dict(await (await ctx.tx.execute(_KNOWN_SINCE_EACH, values)).fetchall())


async def list_spans(ctx: Context, statement: LiteralString, values: dict[str, Any]) -> list[Span]:
    """Return the newest spans of a kind."""
    async with ctx.tx.cursor(row_factory=class_row(Span)) as cursor:
        return await (await cursor.execute(statement, values | {"o": ctx.organization_id})).fetchall()


async def list_spans_of_each(
    ctx: Context, statement: LiteralString, targets: Sequence[UUID], values: dict[str, Any]
) -> list[tuple[UUID, Span]]:
    """Return the newest spans of a kind, at most ``limit`` of a target and ``most`` of all, each after its target."""
    of_target = statement.replace("%(t)s::uuid IS NULL OR ", "").replace("%(t)s::uuid IS NOT NULL", "true")
    of_each: LiteralString = (
        "SELECT g.t, s.since, s.until FROM unnest(%(targets)s::uuid[]) AS g (t) CROSS JOIN LATERAL ("
        + of_target.replace("%(t)s", "g.t")
        + ") s ORDER BY s.since DESC LIMIT %(most)s"
    )
    rows = await (await ctx.tx.execute(of_each, values | {"o": ctx.organization_id, "targets": list(targets)})).fetchall()
    return [(target, Span(since, until)) for target, since, until in rows]


_COSTS: LiteralString = """
SELECT r.target_id, r.completed_at, (r.resource_usage ->> 'cost_usd')::double precision FROM runs r
WHERE r.organization_id = %(o)s AND (%(t)s::uuid[] IS NULL OR r.target_id = ANY (%(t)s))
  AND (%(t)s::uuid[] IS NOT NULL OR r.parent_run_id IS NULL) AND (%(y)s::text IS NULL OR %(y)s = ANY (r.tags))
  AND r.status IN ('completed', 'failed') AND r.completed_at >= %(start)s AND r.resource_usage ->> 'cost_usd' IS NOT NULL
ORDER BY r.completed_at DESC LIMIT %(limit)s
"""


async def list_costs(
    ctx: Context, targets: Sequence[UUID] | None, tag: str | None, start: datetime, limit: int
) -> list[tuple[UUID | None, datetime, float]]:
    """Return what the newest runs since an instant cost, of targets or of the organization, the newest first."""
    values = {
        "o": ctx.organization_id,
        "t": None if targets is None else list(targets),
        "y": tag,
        "start": start,
        "limit": limit,
    }
    return await (await ctx.tx.execute(_COSTS, values)).fetchall()


@dataclass(frozen=True, slots=True)
class PastMinute:
    """The points of a metric in a minute; ``values`` are the middles of its bins.

    ``last`` is the value of the newest point, where it is asked for and its points are still kept.
    """

    agent_id: UUID
    bucket: datetime
    count: int
    sum: float
    min: float
    max: float
    values: list[float]
    counts: list[int]
    last: float | None
    last_at: datetime | None


_MINUTES: LiteralString = """
SELECT u.agent_id, u.bucket, u.count, u.sum::double precision AS sum, u.min::double precision AS min,
  u.max::double precision AS max,
  ARRAY(SELECT tenant.metric_of_bin(x.b) FROM unnest(u.bins) WITH ORDINALITY AS x (b, place) ORDER BY x.place) AS values,
  u.counts, l.last, l.last_at
FROM metric_rollups u LEFT JOIN LATERAL (
  SELECT m.value::double precision AS last, m.recorded_at AS last_at FROM agent_metrics m WHERE %(is_last)s
    AND m.organization_id = u.organization_id AND m.agent_id = u.agent_id AND m.metric_type = u.metric_type
    AND m.recorded_at >= u.bucket AND m.recorded_at < u.bucket + interval '1 minute'
  ORDER BY m.recorded_at DESC LIMIT 1) l ON true
WHERE u.organization_id = %(o)s AND u.metric_type = %(s)s AND u.resolution = 'minute'
  AND u.bucket >= %(start)s AND u.agent_id = ANY (ARRAY(
    SELECT a.id FROM agents a WHERE a.organization_id = %(o)s AND (%(t)s::uuid IS NULL OR a.id = %(t)s)))
ORDER BY u.bucket DESC LIMIT %(limit)s
"""


async def list_minutes(
    ctx: Context, agent_id: UUID | None, metric: str, start: datetime, limit: int, *, is_last: bool
) -> list[PastMinute]:
    """Return the newest minutes that have points of a metric, the newest first; with their last points if ``is_last``."""
    values = {"o": ctx.organization_id, "t": agent_id, "s": metric, "start": start, "limit": limit, "is_last": is_last}
    async with ctx.tx.cursor(row_factory=class_row(PastMinute)) as cursor:
        return await (await cursor.execute(_MINUTES, values)).fetchall()
