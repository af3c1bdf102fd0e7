"""Parameters by which a list of runs is narrowed and ordered."""

from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from retinue.core.validation import form
from retinue.runs.types import Outcome, RunSort

OutcomeFilter = Annotated[
    Outcome | None,
    Query(description="Filter by outcome: completed without warnings, completed with warnings, or failed."),
]
TextFilter = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="Text to find in the prompt, the target's name, the error or the id."),
]
IdPrefix = Annotated[
    str | None,
    Query(
        pattern=form("^[0-9a-f-]{8,36}$", "must be the beginning of an id: 8 to 36 hexadecimal digits and '-'"),
        description="Filter by the beginning of the id; at least 8 characters.",
    ),
]
EndedAfter = Annotated[AwareDatetime | None, Query(description="Only runs that ended at this instant or later.")]
EndedBefore = Annotated[AwareDatetime | None, Query(description="Only runs that ended before this instant.")]
CreatedAfter = Annotated[AwareDatetime | None, Query(description="Only runs created at this instant or later.")]
CreatedBefore = Annotated[AwareDatetime | None, Query(description="Only runs created before this instant.")]
LeastDuration = Annotated[int | None, Query(ge=0, le=2**53, description="Only runs that took at least this long.")]
LeastCost = Annotated[Decimal | None, Query(ge=0, le=1_000_000, description="Only runs whose known cost is at least this.")]
SortBy = Annotated[
    RunSort,
    Query(description="The order; a minus is descending. Runs without the value, such as an unknown cost, come last."),
]
