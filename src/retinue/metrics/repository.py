"""All SQL of metrics. Queries read roll-ups, never points."""

from collections.abc import Mapping, Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.json import dumps
from retinue.metrics.merging import Parts
from retinue.metrics.types import MetricBucket, MetricGrouping, MetricQuery, NewPoint, Rolled

_EXISTS: LiteralString = "SELECT FROM agents WHERE organization_id = %s AND id = %s"


async def has_agent(ctx: Context, agent_id: UUID) -> bool:
    """Tell whether the organization has an agent."""
    return await (await ctx.tx.execute(_EXISTS, (ctx.organization_id, agent_id), prepare=True)).fetchone() is not None


_NAMED: LiteralString = """
SELECT id, name FROM agents WHERE organization_id = %(organization_id)s AND (id = ANY (%(ids)s) OR name = ANY (%(names)s))
"""


async def list_named(ctx: Context, ids: Sequence[UUID], names: Sequence[str]) -> list[tuple[UUID, str]]:
    """Return the ids and names of the organization's agents that have one of some ids or names."""
    values = {"organization_id": ctx.organization_id, "ids": list(ids), "names": list(names)}
    return [(row[0], str(row[1])) for row in await (await ctx.tx.execute(_NAMED, values)).fetchall()]


_TYPES: LiteralString = "SELECT metric_type, unit FROM metric_types WHERE organization_id = %s ORDER BY metric_type"
_ADD_TYPE: LiteralString = """
INSERT INTO metric_types AS t (organization_id, metric_type, unit) VALUES (%s, %s, %s)
ON CONFLICT ON CONSTRAINT metric_types_pkey DO UPDATE SET unit = t.unit RETURNING unit
"""


async def list_types(ctx: Context) -> dict[str, str]:
    """Return the units of the organization's metrics."""
    return dict(await (await ctx.tx.execute(_TYPES, (ctx.organization_id,), prepare=True)).fetchall())


async def add_type(ctx: Context, metric_type: str, unit: str) -> str:
    """Fix the unit of a metric; return the one that holds, which another request may have fixed first."""
    row = await (await ctx.tx.execute(_ADD_TYPE, (ctx.organization_id, metric_type, unit))).fetchone()
    return unit if row is None else str(row[0])


_REPORT: LiteralString = "SELECT tenant.report_metrics(%s, %s, %s, %s, %s)"


async def insert_points(ctx: Context, agent_id: UUID, points: Sequence[NewPoint], units: Mapping[str, str]) -> int:
    """Write points whose units are in ``units``; those without a time are of now. Return how many were new."""
    now = ctx.now
    rows = [
        {
            "id": point.id,
            "metric_type": point.metric_type,
            "value": str(point.value),
            "unit": units[point.metric_type],
            "metadata": point.metadata,
            "recorded_at": point.recorded_at or now,
        }
        for point in points
    ]
    oldest = min(point.recorded_at or now for point in points)
    has_ids = any(point.id is not None for point in points)
    values = (ctx.organization_id, agent_id, dumps(rows).decode(), oldest, has_ids)
    row = await (await ctx.tx.execute(_REPORT, values, prepare=True)).fetchone()
    return 0 if row is None else int(row[0])


# The agents are given as an array, so that the index is used for each of them. All agents together are one with the id of
# zeros, so that parts are joined by equality. Counts are added as floats, which are exact here and added faster.
_OF_AGENTS: LiteralString = """
  SELECT CASE WHEN %(by_agent)s THEN r.agent_id ELSE '00000000-0000-0000-0000-000000000000' END AS agent_id, r.label,
    r.bucket AS at, r.count, r.sum, r.min, r.max, r.bins, r.counts
  FROM metric_rollups r
  WHERE r.organization_id = %(organization_id)s AND r.metric_type = %(metric_type)s AND r.resolution = %(bucket)s
    AND r.bucket >= %(start)s AND r.bucket < %(end)s AND r.agent_id = ANY (ARRAY(
      SELECT a.id FROM agents a WHERE a.organization_id = %(organization_id)s
        AND (%(agent_ids)s::uuid[] IS NULL OR a.id = ANY (%(agent_ids)s))))
"""
_OF_ALL: LiteralString = """
  SELECT '00000000-0000-0000-0000-000000000000'::uuid AS agent_id, t.label, t.bucket AS at, t.count, t.sum, t.min, t.max,
    t.bins, t.counts
  FROM metric_totals t
  WHERE t.organization_id = %(organization_id)s AND t.metric_type = %(metric_type)s AND t.resolution = %(bucket)s
    AND t.bucket >= %(start)s AND t.bucket < %(end)s
"""
_AGGREGATED: LiteralString = """
), total AS (
  SELECT p.agent_id, p.label, p.at, sum(p.count)::bigint AS count, sum(p.sum) AS sum, min(p.min) AS min, max(p.max) AS max
  FROM part p GROUP BY p.agent_id, p.label, p.at
), binned AS (
  SELECT p.agent_id, p.label, p.at, h.bin, sum(h.number::double precision) AS number
  FROM part p, unnest(p.bins, p.counts) AS h (bin, number) WHERE %(quantile)s::double precision IS NOT NULL
  GROUP BY p.agent_id, p.label, p.at, h.bin
), ranked AS (
  SELECT b.agent_id, b.label, b.at, b.bin,
    sum(b.number) OVER (PARTITION BY b.agent_id, b.label, b.at ORDER BY b.bin) AS upto,
    sum(b.number) OVER (PARTITION BY b.agent_id, b.label, b.at) AS whole
  FROM binned b
), chosen AS (
  SELECT r.agent_id, r.label, r.at, min(r.bin) AS bin
  FROM ranked r WHERE r.upto > %(quantile)s::double precision * (r.whole - 1) GROUP BY r.agent_id, r.label, r.at
)
SELECT a.id AS agent_id, a.name AS agent_name, t.label, t.at, t.count, t.sum, t.min, t.max,
  least(greatest(tenant.metric_of_bin(c.bin), t.min::double precision), t.max::double precision) AS quantile
FROM total t LEFT JOIN chosen c ON c.agent_id = t.agent_id AND c.label = t.label AND c.at = t.at
LEFT JOIN agents a ON a.organization_id = %(organization_id)s AND a.id = t.agent_id
ORDER BY a.name, a.id, t.label, t.at LIMIT %(limit)s
"""
_QUERY_OF_AGENTS: LiteralString = "WITH part AS MATERIALIZED (" + _OF_AGENTS + _AGGREGATED
_QUERY_OF_ALL: LiteralString = "WITH part AS MATERIALIZED (" + _OF_ALL + _AGGREGATED
# Without a percentile no histogram is read.
_TOTALS: LiteralString = """
), total AS (
  SELECT p.agent_id, p.label, p.at, sum(p.count)::bigint AS count, sum(p.sum) AS sum, min(p.min) AS min, max(p.max) AS max
  FROM part p GROUP BY p.agent_id, p.label, p.at
)
SELECT a.id AS agent_id, a.name AS agent_name, t.label, t.at, t.count, t.sum, t.min, t.max,
  NULL::double precision AS quantile
FROM total t LEFT JOIN agents a ON a.organization_id = %(organization_id)s AND a.id = t.agent_id
ORDER BY a.name, a.id, t.label, t.at LIMIT %(limit)s
"""
_TOTALS_OF_AGENTS: LiteralString = "WITH part AS (" + _OF_AGENTS + _TOTALS
_TOTALS_OF_ALL: LiteralString = "WITH part AS (" + _OF_ALL + _TOTALS


# The histograms of a bucket's parts, one after the other as the database sends arrays: rows of their own would cost more.
_MERGED: LiteralString = """
  LIMIT %(most)s
)
SELECT a.id AS agent_id, a.name AS agent_name, t.label, t.at, t.count, t.sum, t.min, t.max, t.bins, t.counts, t.parts
FROM (
  SELECT p.agent_id, p.label, p.at, sum(p.count)::bigint AS count, sum(p.sum) AS sum, min(p.min) AS min, max(p.max) AS max,
    string_agg(array_send(p.bins), '') AS bins, string_agg(array_send(p.counts), '') AS counts, count(*) AS parts
  FROM part p GROUP BY p.agent_id, p.label, p.at
) t LEFT JOIN agents a ON a.organization_id = %(organization_id)s AND a.id = t.agent_id
ORDER BY a.name, a.id, t.label, t.at
"""
_MERGED_OF_AGENTS: LiteralString = "WITH part AS (" + _OF_AGENTS + _MERGED
_MERGED_OF_ALL: LiteralString = "WITH part AS (" + _OF_ALL + _MERGED


async def list_parts(ctx: Context, query: MetricQuery, most: int) -> list[Parts] | None:
    """Return the buckets of a query with the histograms of their parts; None when these are more than ``most``."""
    statement = _MERGED_OF_ALL if _is_of_all(query) else _MERGED_OF_AGENTS
    cursor = ctx.tx.cursor(binary=True)
    rows = await (await cursor.execute(statement, _values_of(ctx, query) | {"most": most + 1})).fetchall()
    if sum(row[-1] for row in rows) > most:
        return None
    return [
        (Rolled(agent_id, name, label, at, count, total, low, high, None), bins, counts)
        for agent_id, name, label, at, count, total, low, high, bins, counts, _ in rows
    ]


def _is_of_all(query: MetricQuery) -> bool:
    return not query.agent_ids and query.grouping is MetricGrouping.NONE and query.bucket is not MetricBucket.MINUTE


def _values_of(ctx: Context, query: MetricQuery) -> dict[str, object]:
    return {
        "organization_id": ctx.organization_id,
        "metric_type": query.metric_type,
        "bucket": query.bucket,
        "start": query.start,
        "end": query.end,
        "agent_ids": list(query.agent_ids) or None,
        "by_agent": query.grouping is MetricGrouping.AGENT,
    }


async def list_rolled(ctx: Context, query: MetricQuery, quantile: float | None, limit: int) -> list[Rolled]:
    """Return the buckets of a query, series after series, one more than ``limit`` when there are more."""
    of_all, of_agents = (_TOTALS_OF_ALL, _TOTALS_OF_AGENTS) if quantile is None else (_QUERY_OF_ALL, _QUERY_OF_AGENTS)
    statement = of_all if _is_of_all(query) else of_agents
    values = _values_of(ctx, query) | {"quantile": quantile, "limit": limit + 1}
    async with ctx.tx.cursor(row_factory=class_row(Rolled)) as cursor:
        return await (await cursor.execute(statement, values)).fetchall()


_COLLECT: LiteralString = "SELECT tenant.collect_endings(%s)"
_ROLL_UP: LiteralString = "SELECT tenant.roll_up_metrics(%s)"
_KEEP: LiteralString = "SELECT tenant.keep_metrics(%s, %s, %s, %s, %s)"


async def collect(database: Database, most: int) -> int:
    """Write what ended runs add to metrics and usage; return how many were taken."""
    return int((await database.statement(_COLLECT, (most,)))[0][0])


async def roll_up(database: Database, most: int) -> int:
    """Roll up what changed; return how many changes were taken."""
    return int((await database.statement(_ROLL_UP, (most,)))[0][0])


async def keep(database: Database, kept_days: tuple[int, int, int, int], most: int) -> int:
    """Make partitions ahead and delete what is older than it is kept; return how many roll-ups were deleted."""
    return int((await database.statement(_KEEP, (*kept_days, most)))[0][0])
