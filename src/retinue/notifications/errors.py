"""What can go wrong with notifications."""

from typing import Self

from retinue.core.errors import FieldProblem, InvalidError, MissingError


class NotificationMissingError(MissingError):
    """The notification does not exist."""

    code = "notification_missing"


class PreferenceInvalidError(InvalidError):
    """The preference is not valid."""

    code = "preference_invalid"


class SnoozeInvalidError(InvalidError):
    """The notification cannot be snoozed until then."""

    code = "snooze_invalid"

    @classmethod
    def of(cls, message: str, remedy: str) -> Self:
        """Make the error of what is wrong with the instant."""
        problem = FieldProblem("snoozed_until", message, remedy)
        return cls(f"{problem.field} {message}.", remedy=remedy, fields=(problem,))
