"""Reading the thoughts of a run."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.permissions import require
from retinue.runs.thoughts import repository
from retinue.runs.thoughts.types import Thought


async def list_thoughts(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Thought]:
    """Return a page of a run's thoughts, oldest first."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_thoughts(ctx, run_id, after, limit + 1)
    return page_of(rows, limit, lambda thought: Position(thought.created_at, thought.id))
