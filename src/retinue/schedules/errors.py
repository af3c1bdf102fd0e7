"""What can go wrong with schedules."""

from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class ScheduleMissingError(MissingError):
    """The schedule does not exist."""

    code = "schedule_missing"


class ScheduleInvalidError(InvalidError):
    """The schedule is not valid."""

    code = "schedule_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field} {first.message}.", remedy=first.remedy, fields=fields)


class ScheduleFinishedError(ConflictError):
    """The schedule has no more due times."""

    code = "schedule_finished"
    remedy = "Change its times or its end_at first."
