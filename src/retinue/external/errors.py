"""What can go wrong with external agents."""

from typing import Self

from retinue.core.errors import FieldProblem, InvalidError


class ReportInvalidError(InvalidError):
    """The report is not valid."""

    code = "report_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field} {first.message}.", remedy=first.remedy, fields=fields)
