"""Errors of a workflow's execution."""

from typing import ClassVar

from retinue.core.errors import Error, InvalidError, Kind


class VisitsExceededError(InvalidError):
    """An edge was to be followed more often than its max_visits allows."""

    code = "max_visits_exceeded"
    remedy = "Raise max_visits of this edge, or change the condition that leads back."

    def __init__(self, source: str, target: str, most: int) -> None:
        """Name the edge and its bound."""
        super().__init__(f"The edge from {source} to {target} was to be followed more than {most} times.")


class RoundsExceededError(InvalidError):
    """A loop was to go on after as many rounds as its max allows."""

    code = "max_rounds_exceeded"
    remedy = "Raise max of the loop, set its on_max to continue, or change until."

    def __init__(self, name: str, most: int) -> None:
        """Name the loop and its bound."""
        super().__init__(f"{name}: until is still false after {most} rounds.")


class ItemsInvalidError(InvalidError):
    """What a map goes over is not a list, or has too many items."""

    code = "items_invalid"
    remedy = "Change over, or raise max_items."


class ItemsFailedError(Error):
    """More items of a map failed than it tolerates."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "items_failed"
    remedy = "Open the steps of the items to see why; then start the run again, or let the map tolerate more."


class ExpressionFailedError(InvalidError):
    """An expression has no value."""

    code = "expression_failed"


class WaitExpiredError(Error):
    """What a node waited for did not come in time."""

    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    code = "wait_expired"
    remedy = "Set a longer expires, give the node a default, or an on_error."


class CodeFailedError(InvalidError):
    """The code of a node has no value."""

    code = "code_failed"
