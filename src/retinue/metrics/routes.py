"""Metrics over HTTP."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from retinue.core.http.context import open_context
from retinue.metrics import service
from retinue.metrics.schemas import MetricType, ReportMetrics
from retinue.metrics.types import (
    KNOWN,
    MetricAggregation,
    MetricBucket,
    MetricGrouping,
    MetricList,
    MetricQuery,
    MetricReceipt,
    MetricResult,
)

router = APIRouter(tags=["metrics"])

_DEFAULT_HOURS = 24


@router.get("/metrics/types")
async def list_metrics(request: Request) -> MetricList:
    """List the metrics of agents, with their units."""
    async with open_context(request) as ctx:
        return await service.list_metrics(ctx)


@router.get("/metrics/query")
async def query_metrics(  # noqa: PLR0913 - each a parameter of the query
    request: Request,
    *,
    metric_type: Annotated[MetricType, Query(description="The metric, as `response_time`.")],
    agent_id: Annotated[list[UUID] | None, Query(max_length=50, description="Agents; by default all.")] = None,
    start: Annotated[AwareDatetime | None, Query(description="Start; by default 24 hours before the end.")] = None,
    end: Annotated[AwareDatetime | None, Query(description="End, not part of it; by default now.")] = None,
    bucket: Annotated[MetricBucket | None, Query(description="Width of the buckets; by default one that suits.")] = None,
    aggregation: Annotated[MetricAggregation | None, Query(description="By default what suits the metric.")] = None,
    group_by: Annotated[MetricGrouping, Query(description="A series for each agent, or one of all.")] = MetricGrouping.NONE,
) -> MetricResult:
    """Return a metric over time, from its roll-ups. New points are part of them within 15 seconds."""
    known = KNOWN.get(metric_type)
    chosen = aggregation or (MetricAggregation.AVG if known is None else known.aggregation)
    async with open_context(request) as ctx:
        until = end or ctx.now
        since = start or until - timedelta(hours=_DEFAULT_HOURS)
        asked = MetricQuery(metric_type, since, until, MetricBucket.HOUR, chosen, group_by, tuple(agent_id or ()))
        return await service.query(ctx, asked, bucket)


@router.post("/agents/{agent_id}/metrics", status_code=202)
async def report_metrics(request: Request, agent_id: UUID, body: ReportMetrics) -> MetricReceipt:
    """Write points of metrics that an agent has measured, up to 5,000 in a request.

    The units of known metrics are fixed: ms for response_time and duration, percent for success_rate and accuracy, usd for
    cost, bytes for memory.
    """
    points = [each.to_point() for each in body.points]
    async with open_context(request) as ctx:
        return await service.report(ctx, agent_id, points)
