"""Documents of budgets. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from uuid import UUID

from retinue.client.types.common import AtLimit, Budget, BudgetPeriod, BudgetScope

__all__ = ["BudgetPage", "CreateBudget", "UpdateBudget"]


class BudgetPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Budget]
    next_cursor: str | None


class CreateBudget(TypedDict):
    """A new budget."""

    at_limit: NotRequired[AtLimit]
    enabled: NotRequired[bool]
    fallback_model: NotRequired[str | None]
    fallback_provider_id: NotRequired[str | UUID | None]
    limit_tokens: NotRequired[int | None]
    limit_usd: NotRequired[str | float | None]
    name: str
    period: NotRequired[BudgetPeriod]
    scope: BudgetScope
    subject_id: NotRequired[str | UUID | None]
    timezone: NotRequired[str]
    warn_percent: NotRequired[int]


class UpdateBudget(TypedDict):
    """What to change; a field that is left out stays as it is. What a budget is for cannot change."""

    at_limit: NotRequired[AtLimit]
    enabled: NotRequired[bool]
    fallback_model: NotRequired[str | None]
    fallback_provider_id: NotRequired[str | UUID | None]
    limit_tokens: NotRequired[int | None]
    limit_usd: NotRequired[str | float | None]
    name: NotRequired[str]
    period: NotRequired[BudgetPeriod]
    timezone: NotRequired[str]
    warn_percent: NotRequired[int]
