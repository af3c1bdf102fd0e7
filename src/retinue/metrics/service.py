"""Metrics of agents: points that agents report, and queries over what they and runs have added."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from retinue.agents.errors import AgentMissingError
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.permissions import require, require_acting
from retinue.core.resources import Resources
from retinue.metrics import merging, repository, rules
from retinue.metrics.errors import MetricMissingError, MetricQueryInvalidError
from retinue.metrics.permissions import READ, WRITE
from retinue.metrics.settings import MetricSettings
from retinue.metrics.types import (
    KNOWN,
    AgentPoint,
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
    PartialReceipt,
    Rolled,
)

_MOST_BUCKETS = 20_000
_MOST_MERGED = 20_000
"""Percentiles of so many roll-ups are merged here; of more in the database, which takes longer and no memory here."""
_FOREIGN = FieldProblem("agent", "is not the agent of the key", "Name the agent of the key by its name or id.")


def kept_days(resources: Resources) -> int:
    """Return for how many days this installation keeps metrics at their coarsest."""
    return resources.settings_of(MetricSettings).metric_days_days


async def report(ctx: Context, agent_id: UUID, points: list[NewPoint]) -> MetricReceipt:
    """Write points of an agent. The first point of a new metric fixes its unit.

    Writes all points or none; may be repeated when they have ids. Raises ``AgentMissingError`` and
    ``MetricPointsInvalidError`` that names each point and field.
    """
    require_acting(ctx, WRITE, agent_id)
    if not await repository.has_agent(ctx, agent_id):
        raise AgentMissingError
    units, oldest = await _units(ctx), _oldest(ctx)
    added = rules.check_points(points, units, ctx.now, oldest)
    stored = {name: await repository.add_type(ctx, name, unit) for name, unit in sorted(added.items())}
    if stored != added:  # another request has fixed a unit in this moment: by that one they are checked again
        rules.check_points(points, units | stored, ctx.now, oldest)
    await _add_known(ctx, points)
    written = await repository.insert_points(ctx, agent_id, points, units | stored)
    return MetricReceipt(written, len(points) - written)


async def report_valid(ctx: Context, given: Sequence[AgentPoint], *, default_unit: str) -> PartialReceipt:
    """Write those points of several agents that are valid, and return why the others are refused.

    The first valid point of a new metric fixes its unit: its own, else the default one. May be repeated when the points have
    ids. An agent that sends them with its own key writes its own alone.
    """
    own_id = ctx.actor.agent_id
    if own_id is None:
        require(ctx, WRITE)
    units, oldest = await _units(ctx), _oldest(ctx)
    agents = await _resolve(ctx, {each.agent for each in given})
    if own_id is not None:
        agents = {name: found if found == own_id else _FOREIGN for name, found in agents.items()}
    refused = {index: found for index, each in enumerate(given) if isinstance(found := agents[each.agent], FieldProblem)}
    indexes = [index for index in range(len(given)) if index not in refused]
    points = [given[index].point for index in indexes]
    added, problems = rules.examine_points(points, units, ctx.now, oldest, default_unit)
    stored = {name: await repository.add_type(ctx, name, unit) for name, unit in sorted(added.items())}
    if stored != added:  # another request has fixed a unit in this moment: by that one they are examined again
        _, problems = rules.examine_points(points, units | stored, ctx.now, oldest, default_unit)
    refused |= {index: problem for index, problem in zip(indexes, problems, strict=True) if problem is not None}
    valid: dict[UUID, list[NewPoint]] = {}
    for each, index in zip(points, indexes, strict=True):
        found = agents[given[index].agent]
        if index not in refused and not isinstance(found, FieldProblem):
            valid.setdefault(found, []).append(each)
    await _add_known(ctx, [point for its in valid.values() for point in its])
    written = 0
    for agent_id in sorted(valid):
        written += await repository.insert_points(ctx, agent_id, valid[agent_id], units | stored)
    return PartialReceipt(written, len(given) - len(refused) - written, dict(sorted(refused.items())))


async def _resolve(ctx: Context, agents: Collection[str]) -> dict[str, UUID | FieldProblem]:
    """Return the id of each agent that is named by its id or its name, or why it names none."""
    ids: dict[str, UUID] = {}
    for text in agents:
        with suppress(ValueError):
            ids[text] = UUID(text)
    named: dict[str, list[UUID]] = {}
    known: set[UUID] = set()
    for agent_id, name in await repository.list_named(ctx, [*ids.values()], sorted(agents)):
        known.add(agent_id)
        named.setdefault(name, []).append(agent_id)
    return {text: ids[text] if ids.get(text) in known else _only(text, named.get(text, [])) for text in agents}


def _only(agent: str, found: Sequence[UUID]) -> UUID | FieldProblem:
    if len(found) == 1:
        return found[0]
    if found:
        return FieldProblem("agent", f"{agent} is the name of {len(found)} agents", "Name the agent by its id.")
    return FieldProblem("agent", f"{agent} does not exist", "Name an agent of the key's organization by its name or id.")


async def _units(ctx: Context) -> dict[str, str]:
    return {name: known.unit for name, known in KNOWN.items()} | await repository.list_types(ctx)


def _oldest(ctx: Context) -> datetime:
    return ctx.now - timedelta(days=ctx.resources.settings_of(MetricSettings).metric_points_days)


async def _add_known(ctx: Context, points: Sequence[NewPoint]) -> None:
    for name in sorted(KNOWN.keys() & {point.metric_type for point in points}):
        await repository.add_type(ctx, name, KNOWN[name].unit)


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
    found = await _rolled(ctx, asked)
    if len(found) > _MOST_BUCKETS:
        problem = FieldProblem("agent_id", f"gives more than {_MOST_BUCKETS:,} points", "Name fewer agents.")
        raise MetricQueryInvalidError.of([problem])
    series = [
        _series(list(rows), asked.aggregation) for _, rows in groupby(found, key=lambda row: (row.agent_id, row.label))
    ]
    return MetricResult(asked.metric_type, unit, asked.aggregation, chosen, asked.start, asked.end, series)


async def _rolled(ctx: Context, asked: MetricQuery) -> list[Rolled]:
    quantile = rules.QUANTILES.get(asked.aggregation)
    parts = None if quantile is None else await repository.list_parts(ctx, asked, _MOST_MERGED)
    if parts is None or quantile is None:
        return await repository.list_rolled(ctx, asked, quantile, _MOST_BUCKETS)
    # In a thread, so that other requests are answered at the same time.
    return await asyncio.to_thread(merging.with_quantile, parts, quantile)


def _series(rows: list[Rolled], aggregation: MetricAggregation) -> MetricSeries:
    first = rows[0]
    points = [MetricPoint(row.at, rules.value_of(row, aggregation), row.count) for row in rows]
    return MetricSeries(first.agent_id, first.agent_name, first.label or None, points)
