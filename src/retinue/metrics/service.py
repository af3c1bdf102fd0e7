"""Metrics of agents: points that agents report, and queries over what they and runs have added."""

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from retinue.agents.errors import AgentMissingError
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.permissions import require
from retinue.metrics import repository, rules
from retinue.metrics.errors import MetricMissingError, MetricQueryInvalidError
from retinue.metrics.permissions import READ, WRITE
from retinue.metrics.settings import MetricSettings
from retinue.metrics.types import (
    KNOWN,
    Metric,
    MetricAggregation,
    MetricBucket,
    MetricList,
    MetricPoint,
    MetricQuery,
    MetricReceipt,
    MetricResult,
    MetricSeries,
    NewPoint,
    Rolled,
)

_MOST_BUCKETS = 20_000


async def report(ctx: Context, agent_id: UUID, points: list[NewPoint]) -> MetricReceipt:
    """Write points of an agent. The first point of a new metric fixes its unit.

    Writes all points or none; may be repeated when they have ids. Raises ``AgentMissingError`` and
    ``MetricPointsInvalidError`` that names each point and field.
    """
    require(ctx, WRITE)
    if not await repository.has_agent(ctx, agent_id):
        raise AgentMissingError
    units = {name: known.unit for name, known in KNOWN.items()} | await repository.list_types(ctx)
    oldest = ctx.now - timedelta(days=ctx.resources.settings_of(MetricSettings).metric_points_days)
    added = rules.check_points(points, units, ctx.now, oldest)
    stored = {name: await repository.add_type(ctx, name, unit) for name, unit in sorted(added.items())}
    if stored != added:  # another request has fixed a unit in this moment: by that one they are checked again
        rules.check_points(points, units | stored, ctx.now, oldest)
    for name in KNOWN.keys() & {point.metric_type for point in points}:
        await repository.add_type(ctx, name, KNOWN[name].unit)
    written = await repository.insert_points(ctx, agent_id, points, units | stored)
    return MetricReceipt(written, len(points) - written)


async def list_metrics(ctx: Context) -> MetricList:
    """Return the metrics that the platform knows, then those that agents have added."""
    require(ctx, READ)
    found = await repository.list_types(ctx)
    items = [Metric(name, known.unit, known.aggregation, known.description, name in found) for name, known in KNOWN.items()]
    items += [Metric(name, unit, MetricAggregation.AVG, "", True) for name, unit in found.items() if name not in KNOWN]
    return MetricList(items)


async def query(ctx: Context, asked: MetricQuery, bucket: MetricBucket | None) -> MetricResult:
    """Return a metric over time; without a bucket, one that suits the window. The start is rounded down to a bucket.

    Raises ``MetricMissingError`` and ``MetricQueryInvalidError``.
    """
    require(ctx, READ)
    known = KNOWN.get(asked.metric_type)
    unit = known.unit if known is not None else (await repository.list_types(ctx)).get(asked.metric_type)
    if unit is None:
        raise MetricMissingError
    chosen = bucket or rules.bucket_for(asked.start, asked.end)
    asked = replace(asked, bucket=chosen, start=rules.floor(asked.start, chosen))
    rules.check_query(asked)
    found = await repository.list_rolled(ctx, asked, rules.QUANTILES.get(asked.aggregation), _MOST_BUCKETS)
    if len(found) > _MOST_BUCKETS:
        problem = FieldProblem("agent_id", f"gives more than {_MOST_BUCKETS:,} points", "Name fewer agents.")
        raise MetricQueryInvalidError.of([problem])
    series = [
        _series(list(rows), asked.aggregation) for _, rows in groupby(found, key=lambda row: (row.agent_id, row.label))
    ]
    return MetricResult(asked.metric_type, unit, asked.aggregation, chosen, asked.start, asked.end, series)


def _series(rows: list[Rolled], aggregation: MetricAggregation) -> MetricSeries:
    first = rows[0]
    points = [MetricPoint(row.at, rules.value_of(row, aggregation), row.count) for row in rows]
    return MetricSeries(first.agent_id, first.agent_name, first.label or None, points)
