"""Metrics as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject


class MetricBucket(StrEnum):
    """The width of the buckets in which metrics are rolled up. Days are those of UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class MetricAggregation(StrEnum):
    """What is made of the points of a bucket. Percentiles are at most 1 % off."""

    AVG = "avg"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"


class MetricGrouping(StrEnum):
    """Whether there is a series for each agent, or one of all agents together."""

    NONE = "none"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """A metric that the platform knows: its unit is fixed."""

    unit: str
    aggregation: MetricAggregation
    description: str
    is_reportable: bool = True


KNOWN = {
    "response_time": KnownMetric(
        "ms", MetricAggregation.P95, "Time from the creation of a run to its end, waiting included."
    ),
    "duration": KnownMetric("ms", MetricAggregation.P95, "Time from the start of a run to its end."),
    "success_rate": KnownMetric("percent", MetricAggregation.AVG, "Completed runs among completed and failed ones."),
    "cost": KnownMetric("usd", MetricAggregation.SUM, "Cost of a run's model calls whose price is known."),
    "memory": KnownMetric("bytes", MetricAggregation.MAX, "Peak memory of the worker while a run went on."),
    "accuracy": KnownMetric("percent", MetricAggregation.AVG, "Positive feedback on runs, or what the agent reports."),
    "run_status": KnownMetric(
        "count", MetricAggregation.COUNT, "Ended runs by status: completed, failed, cancelled.", is_reportable=False
    ),
}
"""Metrics whose points come from runs; agents may report all of them but ``run_status``."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of the organization. ``has_points`` is false for a known one of which there is no point yet.

    ``aggregation`` is what suits it best; the description of one that agents have added is empty.
    """

    metric_type: str
    unit: str
    aggregation: MetricAggregation
    description: str
    has_points: bool


@dataclass(frozen=True, slots=True)
class MetricList:
    """The metrics that the platform knows, then those that agents have added, by name."""

    items: list[Metric]


@dataclass(frozen=True, slots=True)
class NewPoint:
    """A point as it is reported; without ``recorded_at`` it is of now. One with the id of an earlier one is not written."""

    metric_type: str
    value: Decimal
    unit: str | None = None
    metadata: JsonObject | None = None
    recorded_at: datetime | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MetricReceipt:
    """How many points were written, and how many were there already by their id."""

    written: int
    repeated: int


@dataclass(frozen=True, slots=True)
class AgentPoint:
    """A point of an agent, which is named by its id or its name."""

    agent: str
    point: NewPoint


@dataclass(frozen=True, slots=True)
class PartialReceipt:
    """How many points were written, how many were there already, and of those that were refused the index and the reason."""

    written: int
    repeated: int
    refused: dict[int, FieldProblem]


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """A bucket that has points: its beginning, the aggregated value as a decimal in text, and how many points it has."""

    at: datetime
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """Buckets in their order. ``agent_id`` is null for all agents together; ``label`` is the status of ``run_status``."""

    agent_id: UUID | None
    agent_name: str | None
    label: str | None
    points: list[MetricPoint]


@dataclass(frozen=True, slots=True)
class MetricResult:
    """The answer to a query. Buckets without points are left out; ``start`` is the beginning of the first bucket."""

    metric_type: str
    unit: str
    aggregation: MetricAggregation
    bucket: MetricBucket
    start: datetime
    end: datetime
    series: list[MetricSeries]


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """What is asked for, from ``start`` up to ``end``; no agents stand for all of them."""

    metric_type: str
    start: datetime
    end: datetime
    bucket: MetricBucket
    aggregation: MetricAggregation
    grouping: MetricGrouping = MetricGrouping.NONE
    agent_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Rolled:
    """A bucket of a series as the database adds it up."""

    agent_id: UUID | None
    agent_name: str | None
    label: str
    at: datetime
    count: int
    sum: Decimal
    min: Decimal
    max: Decimal
    quantile: float | None
