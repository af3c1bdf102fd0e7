"""Budgets as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

_MOST_USD = 1_000_000_000
_MOST_DECIMALS = 12


class BudgetScope(StrEnum):
    """What a budget limits. ``run``: each run with all that it starts, by itself."""

    ORGANIZATION = "organization"
    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"
    USER = "user"
    API_KEY = "api_key"
    RUN = "run"


class BudgetPeriod(StrEnum):
    """How often a budget is reset: at midnight, on the first day of the month, or never."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


class AtLimit(StrEnum):
    """What happens to a model call that does not fit: it fails the run, a person is asked, or a cheaper model is called."""

    REFUSE = "refuse"
    ASK = "ask"
    DOWNGRADE = "downgrade"


def _decimal(value: object) -> object:
    """Take a decimal as text, or a number; the number as it is written, not as it is in binary."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    return str(value)


Dollars = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(strict=False, ge=0, le=_MOST_USD, decimal_places=_MOST_DECIMALS),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "number"}],
            "description": "US dollars, as a decimal in text (`2.50`) or a number; up to 12 decimal places.",
        }
    ),
]
Tokens = Annotated[int, Field(ge=0, le=10**15, description="Input and output tokens together.")]
Zone = Annotated[str, StringConstraints(max_length=100), Field(description="A zone of the IANA database.")]
Percent = Annotated[int, Field(ge=1, le=100, description="Part of a limit from which on managers are notified.")]


@dataclass(frozen=True, slots=True)
class BudgetDefinition:
    """A budget as it is set. ``timezone`` is that of its days and months.

    At least one of ``limit_usd`` and ``limit_tokens`` (input and output together) is given. The fallback model, of
    ``downgrade`` alone, is called in place of the agent's. From ``warn_percent`` of a limit on, managers are notified.
    """

    name: str
    scope: BudgetScope
    subject_id: UUID | None = None
    period: BudgetPeriod = BudgetPeriod.MONTH
    timezone: str = "UTC"
    limit_usd: Decimal | None = None
    limit_tokens: int | None = None
    at_limit: AtLimit = AtLimit.REFUSE
    fallback_provider_id: UUID | None = None
    fallback_model: str | None = None
    warn_percent: int = 80
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget and what is used of it in the present period, which ends at ``resets_at``; null for a total.

    Amounts are decimals as text, not rounded. ``reserved``: for calls under way, at their worst case; ``settled``: what
    calls did use; ``granted``: what persons allowed beyond the limit in this period; ``remaining``: limit and grants less
    reserved and settled, never less than 0; ``forecast``: what is settled at the end of the period if it goes on as so far,
    null for a total and in the first tenth of a period. ``unpriced_calls`` have an unknown price, and count tokens alone. A
    budget of scope ``run`` counts each run by itself: all but its limits are then 0 or null.
    """

    id: UUID
    organization_id: UUID
    name: str
    scope: BudgetScope
    subject_id: UUID | None
    subject_name: str | None
    period: BudgetPeriod
    timezone: str
    limit_usd: str | None
    limit_tokens: int | None
    at_limit: AtLimit
    fallback_provider_id: UUID | None
    fallback_model: str | None
    warn_percent: int
    enabled: bool
    period_start: datetime | None
    resets_at: datetime | None
    reserved_usd: str
    reserved_tokens: int
    settled_usd: str
    settled_tokens: int
    granted_usd: str
    granted_tokens: int
    remaining_usd: str | None
    remaining_tokens: int | None
    forecast_usd: str | None
    forecast_tokens: int | None
    settled_calls: int
    unpriced_calls: int
    warned_at: datetime | None
    exhausted_at: datetime | None
    created_at: datetime
    updated_at: datetime
