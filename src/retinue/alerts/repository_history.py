"""The SQL of past runs and of points by labels, for back-tests."""

# ruff: noqa: S608 - statements are put together of constants

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that ended."""

    id: UUID
    status: str
    warning_count: int
    trigger: str
    completed_at: datetime
    duration_ms: int | None
    cost: float | None
    target_id: UUID | None
    labels: list[str] | None = None

    def figure(self, metric: str) -> float | None:
        """Return the run's figure of a metric, None when it has none."""
        if metric == "cost":
            return self.cost
        if metric == "success_rate":
            return float(self.status == "completed")
        return float(self.duration_ms) if self.status == "completed" and self.duration_ms is not None else None


_COLUMNS: LiteralString = """
r.id, r.status, r.warning_count, r.trigger, r.completed_at, r.duration_ms,
  (r.resource_usage ->> 'cost_usd')::double precision AS cost, r.target_id"""
_ENDED: LiteralString = """
FROM runs r WHERE r.organization_id = %(organization_id)s AND r.status IN ('completed', 'failed') AND NOT r.playground
  AND r.completed_at > %(start)s AND (%(tag)s::text IS NULL OR %(tag)s = ANY (r.tags))
"""
_NEWEST: LiteralString = " ORDER BY r.completed_at DESC, r.id DESC LIMIT %(limit)s"
_IN_TARGET: LiteralString = " AND r.target_id = %(target_id)s"
_IN_ORGANIZATION: LiteralString = " AND r.parent_run_id IS NULL"
_OF_TARGET: LiteralString = "SELECT " + _COLUMNS + _ENDED + _IN_TARGET + _NEWEST
_OF_TARGETS: LiteralString = "SELECT " + _COLUMNS + _ENDED + " AND r.target_id = ANY (%(targets)s)" + _NEWEST
_OF_ORGANIZATION: LiteralString = "SELECT " + _COLUMNS + _ENDED + _IN_ORGANIZATION + _NEWEST


async def list_runs(
    ctx: Context, targets: Sequence[UUID | None], tag: str | None, start: datetime, limit: int
) -> list[PastRun]:
    """Return the newest runs that ended since an instant, of targets or of the organization, with a tag if one is given."""
    values: dict[str, Any] = {"tag": tag, "organization_id": ctx.organization_id, "start": start, "limit": limit}
    if len(targets) == 1:
        statement = _OF_ORGANIZATION if targets[0] is None else _OF_TARGET
        values["target_id"] = targets[0]
    else:
        statement, values["targets"] = _OF_TARGETS, list(targets)
    async with ctx.tx.cursor(row_factory=class_row(PastRun)) as cursor:
        return await (await cursor.execute(statement, values)).fetchall()


# Runs and points that lack a label are in no group; values are cut at 200 characters, as the engine does.
_LABELS: LiteralString = """, ARRAY(
    SELECT CASE WHEN u.x = 'agent' THEN {r}.agent_id::text ELSE left({r}.metadata ->> u.x, 200) END
    FROM unnest(%(labels)s::text[]) WITH ORDINALITY AS u (x, place) ORDER BY u.place) AS labels"""
_OF_RUNS: LiteralString = _LABELS.replace("{r}", "r")
_WHOLE: LiteralString = """) r WHERE array_position(r.labels, NULL) IS NULL""" + _NEWEST
_LABELLED_OF_TARGET: LiteralString = "SELECT r.* FROM (SELECT " + _COLUMNS + _OF_RUNS + _ENDED + _IN_TARGET + _WHOLE
_LABELLED_OF_ORGANIZATION: LiteralString = (
    "SELECT r.* FROM (SELECT " + _COLUMNS + _OF_RUNS + _ENDED + _IN_ORGANIZATION + _WHOLE
)


async def list_labelled_runs(
    ctx: Context, target_id: UUID | None, tag: str | None, start: datetime, *, labels: Sequence[str], limit: int
) -> list[PastRun]:
    """Return the newest runs as ``list_runs`` does, of those that have labels, with their values."""
    values = {"tag": tag, "organization_id": ctx.organization_id, "target_id": target_id, "start": start, "limit": limit}
    statement = _LABELLED_OF_ORGANIZATION if target_id is None else _LABELLED_OF_TARGET
    async with ctx.tx.cursor(row_factory=class_row(PastRun)) as cursor:
        return await (await cursor.execute(statement, values | {"labels": list(labels)})).fetchall()


@dataclass(frozen=True, slots=True)
class PastPoint:
    """A point that an agent reported; ``completed_at`` is when it settled: windows of points end some seconds ago."""

    value: float
    completed_at: datetime
    labels: list[str]

    def figure(self, metric: str) -> float | None:
        """Return its value."""
        del metric
        return self.value


@dataclass(frozen=True, slots=True)
class AskedPoints:
    """Which points are asked for: a metric, since when, how many at most, and how long they take to settle."""

    metric: str
    start: datetime
    limit: int
    settling_seconds: float


_AGENTS: LiteralString = """
    SELECT a.id FROM agents a WHERE a.organization_id = %(o)s AND (%(t)s::uuid IS NULL OR a.id = %(t)s)"""
_POINTS: LiteralString = (
    """
SELECT p.value, p.completed_at, p.labels FROM (
  SELECT m.value::double precision AS value, m.recorded_at + make_interval(secs => %(settling)s) AS completed_at"""
    + _LABELS.replace("{r}", "m")
    + """
  FROM agent_metrics m WHERE m.organization_id = %(o)s AND m.metric_type = %(s)s AND m.recorded_at >= %(start)s
    AND m.agent_id = ANY (ARRAY("""
    + _AGENTS
    + """))) p WHERE array_position(p.labels, NULL) IS NULL ORDER BY p.completed_at DESC LIMIT %(limit)s
"""
)


async def list_points(ctx: Context, agent_id: UUID | None, asked: AskedPoints, labels: Sequence[str]) -> list[PastPoint]:
    """Return the newest points of a metric that have labels, with their values."""
    values: dict[str, Any] = {"o": ctx.organization_id, "t": agent_id, "labels": list(labels)}
    values |= {"s": asked.metric, "start": asked.start, "limit": asked.limit, "settling": asked.settling_seconds}
    async with ctx.tx.cursor(row_factory=class_row(PastPoint)) as cursor:
        return await (await cursor.execute(_POINTS, values)).fetchall()


_POINTS_KNOWN_SINCE: LiteralString = (
    """
SELECT CASE WHEN r.bucket < date_trunc('minute', p.recorded_at) OR p.recorded_at IS NULL AND r.bucket IS NOT NULL
  THEN coalesce(p.recorded_at, tenant.now()) END
FROM (SELECT min(u.bucket) AS bucket FROM metric_rollups u WHERE u.organization_id = %(o)s AND u.metric_type = %(s)s
    AND u.resolution = 'minute' AND u.bucket >= %(start)s AND u.agent_id = ANY (ARRAY("""
    + _AGENTS
    + """))) r, (SELECT min(m.recorded_at) AS recorded_at FROM agent_metrics m WHERE m.organization_id = %(o)s
    AND m.metric_type = %(s)s AND m.recorded_at >= %(start)s AND m.agent_id = ANY (ARRAY("""
    + _AGENTS
    + """))) p
"""
)


async def find_points_known_since(ctx: Context, agent_id: UUID | None, metric: str, start: datetime) -> datetime | None:
    """Return since when points of a metric are kept, which roll-ups are for longer; None: since an instant."""
    values = {"o": ctx.organization_id, "t": agent_id, "s": metric, "start": start}
    row = await (await ctx.tx.execute(_POINTS_KNOWN_SINCE, values)).fetchone()
    return None if row is None else row[0]
