"""Reading the steps of a run."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, decode_number, numbered_page_of
from retinue.core.permissions import require
from retinue.runs.steps import repository
from retinue.runs.steps.types import Step


async def list_steps(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Step]:
    """Return a page of a run's steps, in the order in which they began."""
    require(ctx, "runs:read")
    after = -1 if cursor is None else decode_number(cursor)
    return numbered_page_of(await repository.list_steps(ctx, run_id, after, limit + 1), limit, lambda step: step.sequence)
