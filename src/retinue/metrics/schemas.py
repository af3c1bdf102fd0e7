"""What comes in over the wire."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.core.json import JsonObject
from retinue.core.validation import form
from retinue.metrics.types import NewPoint

MetricType = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=100,
        pattern=form(r"^[a-z][a-z0-9_.]*$", "may contain small letters, digits, '_' and '.', and must begin with a letter"),
    ),
    Field(description="response_time, duration, success_rate, cost, memory, accuracy, or a name of your own."),
]
_Unit = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=50,
        pattern=form(r"^[!-~]+$", "may contain printable ASCII characters without spaces only"),
    ),
]
_MOST_POINTS = 5000


class NewPointBody(Body):
    """A point of a metric."""

    metric_type: MetricType
    value: Decimal = Field(
        ge=-(10**15), le=10**15, max_digits=40, decimal_places=24, description="A number, or a decimal as a string."
    )
    unit: _Unit | None = Field(
        default=None, description="ms, usd, percent, bytes, count or another; fixed by the first point of a metric."
    )
    metadata: JsonObject | None = Field(default=None, description="Kept with the point.")
    recorded_at: AwareDatetime | None = Field(default=None, description="When it was measured; by default now.")
    id: UUID | None = Field(default=None, description="Makes repeating safe: a point of this id and time is written once.")

    def to_point(self) -> NewPoint:
        """Return the point as a value."""
        return NewPoint(self.metric_type, self.value, self.unit, self.metadata, self.recorded_at, self.id)


class ReportMetrics(Body):
    """Points that an agent reports: all of them are written, or none."""

    points: list[NewPointBody] = Field(min_length=1, max_length=_MOST_POINTS)
