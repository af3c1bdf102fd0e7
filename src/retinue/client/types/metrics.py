"""Documents of metrics. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

__all__ = [
    "Metric",
    "MetricAggregation",
    "MetricBucket",
    "MetricGrouping",
    "MetricList",
    "MetricPoint",
    "MetricReceipt",
    "MetricResult",
    "MetricSeries",
    "NewMetricPoint",
    "ReportMetrics",
]

MetricAggregation: TypeAlias = Literal["avg", "sum", "min", "max", "count", "p50", "p95", "p99"]


class Metric(TypedDict):
    """A metric of the organization. ``has_points`` is false for a known one of which there is no point yet."""

    aggregation: MetricAggregation
    description: str
    has_points: bool
    metric_type: str
    unit: str


MetricBucket: TypeAlias = Literal["minute", "hour", "day"]


MetricGrouping: TypeAlias = Literal["none", "agent"]


class MetricList(TypedDict):
    """The metrics that the platform knows, then those that agents have added, by name."""

    items: list[Metric]


class MetricPoint(TypedDict):
    """A bucket that has points: its beginning, the aggregated value as a decimal in text, and how many points …"""

    at: str
    count: int
    value: str


class MetricReceipt(TypedDict):
    """How many points were written, and how many were there already by their id."""

    repeated: int
    written: int


class MetricSeries(TypedDict):
    """Buckets in their order."""

    agent_id: str | None
    agent_name: str | None
    label: str | None
    points: list[MetricPoint]


class MetricResult(TypedDict):
    """The answer to a query."""

    aggregation: MetricAggregation
    bucket: MetricBucket
    end: str
    metric_type: str
    series: list[MetricSeries]
    start: str
    unit: str


class NewMetricPoint(TypedDict):
    """A point of a metric."""

    id: NotRequired[str | UUID | None]
    metadata: NotRequired[dict[str, Any] | None]
    metric_type: str
    recorded_at: NotRequired[str | datetime | None]
    unit: NotRequired[str | None]
    value: float | str


class ReportMetrics(TypedDict):
    """Points that an agent reports: all of them are written, or none."""

    points: list[NewMetricPoint]
