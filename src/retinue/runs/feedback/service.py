"""Give, change, remove and read feedback on runs. The caller of these functions checks that the run may be seen."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.permissions import require
from retinue.runs.feedback import repository
from retinue.runs.feedback.types import Feedback, FeedbackValue

GIVE = "runs:feedback"


async def list_feedback(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Feedback]:
    """Return a page of the feedback on a run, oldest first."""
    require(ctx, "runs:read")
    rows = await repository.list_feedback(ctx, run_id, None if cursor is None else decode(cursor), limit + 1)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.user_id))


async def put(ctx: Context, run_id: UUID, value: FeedbackValue, comment: str) -> Feedback:
    """Write the caller's feedback on a run, in place of what they gave before. May be repeated."""
    require(ctx, GIVE)
    return await repository.put(ctx, run_id, value, comment)


async def delete(ctx: Context, run_id: UUID) -> None:
    """Remove the caller's feedback on a run. May be repeated."""
    require(ctx, GIVE)
    await repository.delete(ctx, run_id)
