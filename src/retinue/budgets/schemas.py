"""What comes in over the wire."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from retinue.budgets.types import AtLimit, BudgetDefinition, BudgetPeriod, BudgetScope
from retinue.core.http.request_models import Body, Change

_MOST_USD = 1_000_000_000
_MOST_DECIMALS = 12


def _decimal(value: object) -> object:
    """Take a decimal as text, or a number; the number as it is written, not as it is in binary."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    return str(value)


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
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
