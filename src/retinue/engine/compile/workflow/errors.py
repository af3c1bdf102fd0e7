"""Errors of a workflow's execution."""

from retinue.core.errors import InvalidError


class VisitsExceededError(InvalidError):
    """An edge was to be followed more often than its max_visits allows."""

    code = "max_visits_exceeded"
    remedy = "Raise max_visits of this edge, or change the condition that leads back."

    def __init__(self, source: str, target: str, most: int) -> None:
        """Name the edge and its bound."""
        super().__init__(f"The edge from {source} to {target} was to be followed more than {most} times.")


class ExpressionFailedError(InvalidError):
    """An expression has no value."""

    code = "expression_failed"
