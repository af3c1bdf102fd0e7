"""Usage as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.budgets.types import Budget


class UsageKind(StrEnum):
    """What was used: the API by a request, or a model by a call."""

    REQUEST = "request"
    MODEL_CALL = "model_call"


class UsageDimension(StrEnum):
    """What usage is grouped by. Days are those of UTC."""

    AGENT = "agent"
    MODEL = "model"
    USER = "user"
    API_KEY = "api_key"
    ENDPOINT = "endpoint"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Usage of a group. Of what it is not grouped by, the fields are null; a name is null when the thing is deleted.

    ``cost_usd`` is a decimal as text, not rounded; ``unpriced_calls`` counts model calls whose price is unknown, which it
    leaves out. ``failed_calls`` have a status of 400 or more. ``response_time_ms`` is the average.
    """

    agent_id: UUID | None
    agent_name: str | None
    model: str | None
    user_id: UUID | None
    user_name: str | None
    api_key_id: UUID | None
    api_key_name: str | None
    endpoint: str | None
    method: str | None
    day: datetime | None
    calls: int
    failed_calls: int
    unpriced_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: str
    response_time_ms: int | None


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Usage from ``start`` up to ``end``, in groups: by day the oldest first, else the most expensive first.

    ``total`` is of all groups, of which ``items`` has the first ones; ``has_more`` tells that there are others. ``budgets``
    limit what is asked for, with their forecast; empty for those who may not read budgets.
    """

    start: datetime
    end: datetime
    items: list[UsageRow]
    total: UsageRow
    has_more: bool
    budgets: list[Budget]


@dataclass(frozen=True, slots=True)
class UsageRebuild:
    """How many runs were queued, whose model calls are written again within seconds."""

    runs: int


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which usage is asked for, from ``start`` up to ``end``; None leaves a criterion out."""

    start: datetime
    end: datetime
    groups: tuple[UsageDimension, ...] = ()
    kind: UsageKind | None = None
    agent_id: UUID | None = None
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    model: str | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class RequestUse:
    """A request as it is written: ``endpoint`` is the route's pattern, never a path with ids in it."""

    id: str
    organization_id: UUID
    user_id: UUID | None
    api_key_id: UUID | None
    agent_id: str | None
    endpoint: str
    method: str
    status_code: int
    response_time_ms: int
    created_at: datetime
