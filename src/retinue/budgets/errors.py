"""What can go wrong with budgets."""

from typing import Self

from retinue.core.errors import FieldProblem, InvalidError, MissingError


class BudgetMissingError(MissingError):
    """The budget does not exist."""

    code = "budget_missing"


class BudgetInvalidError(InvalidError):
    """The budget is not valid."""

    code = "budget_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field} {first.message}.", remedy=first.remedy, fields=fields)
