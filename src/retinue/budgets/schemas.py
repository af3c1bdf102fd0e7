"""What comes in over the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.budgets.types import (
    AtLimit,
    BudgetDefinition,
    BudgetPeriod,
    BudgetScope,
    Dollars,
    Percent,
    Tokens,
    Zone,
)
from retinue.core.http.request_models import Body, Change

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Model = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CreateBudget(Body):
    """A new budget."""

    name: Name
    scope: BudgetScope = Field(strict=False)
    subject_id: UUID | None = Field(default=None, strict=False, description="The agent, team, workflow, user or API key.")
    period: BudgetPeriod = Field(default=BudgetPeriod.MONTH, strict=False)
    timezone: Zone = "UTC"
    limit_usd: Dollars | None = None
    limit_tokens: Tokens | None = None
    at_limit: AtLimit = Field(default=AtLimit.REFUSE, strict=False)
    fallback_provider_id: UUID | None = Field(default=None, strict=False)
    fallback_model: Model | None = None
    warn_percent: Percent = 80
    enabled: bool = True

    def to_definition(self) -> BudgetDefinition:
        """Return the definition as a value."""
        return BudgetDefinition(**{name: getattr(self, name) for name in BudgetDefinition.__slots__})


class UpdateBudget(Change):
    """What to change; a field that is left out stays as it is. What a budget is for cannot change."""

    clearable = frozenset({"limit_usd", "limit_tokens", "fallback_provider_id", "fallback_model"})

    name: Name | None = None
    period: BudgetPeriod | None = Field(default=None, strict=False)
    timezone: Zone | None = None
    limit_usd: Dollars | None = None
    limit_tokens: Tokens | None = None
    at_limit: AtLimit | None = Field(default=None, strict=False)
    fallback_provider_id: UUID | None = Field(default=None, strict=False)
    fallback_model: Model | None = None
    warn_percent: Percent | None = None
    enabled: bool | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}
