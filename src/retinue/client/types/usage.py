"""Documents of usage. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

from retinue.client.types.common import Budget

__all__ = ["RebuildUsage", "UsageDimension", "UsageKind", "UsageRebuild", "UsageReport", "UsageRow"]


class RebuildUsage(TypedDict):
    """A window of time: runs that were created in it."""

    end: str | datetime
    start: str | datetime


UsageDimension: TypeAlias = Literal["agent", "model", "user", "api_key", "endpoint", "day"]


UsageKind: TypeAlias = Literal["request", "model_call"]


class UsageRebuild(TypedDict):
    """How many runs were queued, whose model calls are written again within seconds."""

    runs: int


class UsageRow(TypedDict):
    """Usage of a group."""

    agent_id: str | None
    agent_name: str | None
    api_key_id: str | None
    api_key_name: str | None
    calls: int
    cost_usd: str
    day: str | None
    endpoint: str | None
    failed_calls: int
    input_tokens: int
    method: str | None
    model: str | None
    output_tokens: int
    response_time_ms: int | None
    unpriced_calls: int
    user_id: str | None
    user_name: str | None


class UsageReport(TypedDict):
    """Usage from ``start`` up to ``end``, in groups: by day the oldest first, else the most expensive first."""

    budgets: list[Budget]
    end: str
    has_more: bool
    items: list[UsageRow]
    start: str
    total: UsageRow
