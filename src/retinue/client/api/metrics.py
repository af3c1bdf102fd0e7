"""Operations of metrics. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Unpack
from uuid import UUID

from retinue.client.resource import Resource, path
from retinue.client.types.metrics import (
    MetricAggregation,
    MetricBucket,
    MetricGrouping,
    MetricList,
    MetricReceipt,
    MetricResult,
    ReportMetrics,
)


class MetricsApi(Resource):
    """Operations of metrics."""

    def report(self, agent_id: str, /, **body: Unpack[ReportMetrics]) -> MetricReceipt:
        """Write points of metrics that an agent has measured, up to 5,000 in a request."""
        return self._connection.json("POST", path("agents", agent_id, "metrics"), body=body)

    def query(
        self,
        *,
        metric_type: str,
        agent_id: builtins.list[str | UUID] | None = None,
        start: str | datetime | None = None,
        end: str | datetime | None = None,
        bucket: MetricBucket | None = None,
        aggregation: MetricAggregation | None = None,
        group_by: MetricGrouping | None = None,
    ) -> MetricResult:
        """Return a metric over time, from its roll-ups. New points are part of them within 15 seconds."""
        return self._connection.json(
            "GET",
            "/metrics/query",
            query={
                "metric_type": metric_type,
                "agent_id": agent_id,
                "start": start,
                "end": end,
                "bucket": bucket,
                "aggregation": aggregation,
                "group_by": group_by,
            },
        )

    def list(self) -> MetricList:
        """List the metrics of agents, with their units."""
        return self._connection.json("GET", "/metrics/types")
