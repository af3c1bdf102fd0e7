"""Reading the tool ledger of a run."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.permissions import require
from retinue.runs.tool_calls import repository
from retinue.runs.tool_calls.types import ToolCall


async def list_calls(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[ToolCall]:
    """Return a page of a run's tool calls, oldest first."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_calls(ctx, run_id, after, limit + 1)
    return page_of(rows, limit, lambda call: Position(call.created_at, call.id))
