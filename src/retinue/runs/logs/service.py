"""Reading the log of a run."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.permissions import require
from retinue.runs.logs import repository
from retinue.runs.logs.types import Level, LogLine


async def list_lines(
    ctx: Context, run_id: UUID, limit: int, cursor: str | None, *, level: Level | None = None, q: str | None = None
) -> Page[LogLine]:
    """Return a page of a run's log, oldest first; ``q`` is looked for in the messages, in either case."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_lines(ctx, run_id, after, limit + 1, level=level, q=q)
    return page_of(rows, limit, lambda line: Position(line.timestamp, line.id))
