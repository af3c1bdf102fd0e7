"""What can go wrong with metrics."""

from collections.abc import Sequence
from typing import Self

from retinue.core.errors import FieldProblem, InvalidError, MissingError


class MetricMissingError(MissingError):
    """There is no such metric."""

    code = "metric_missing"
    remedy = "GET /api/v1/metrics/types lists the metrics. An agent adds one by reporting a point of it."


class MetricPointsInvalidError(InvalidError):
    """A point is not valid."""

    code = "metric_points_invalid"

    @classmethod
    def of(cls, fields: Sequence[FieldProblem]) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field} {first.message}.", remedy=first.remedy, fields=tuple(fields))


class MetricQueryInvalidError(MetricPointsInvalidError):
    """The query of metrics is not valid."""

    code = "metric_query_invalid"
