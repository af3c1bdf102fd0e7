"""Reading the tool ledger: the calls of a run, and those of a tool."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.permissions import require
from retinue.runs.tool_calls import repository
from retinue.runs.tool_calls.repository import Filters
from retinue.runs.tool_calls.types import ToolCall, ToolUseRecord
from retinue.tools import service as tools


async def list_calls(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[ToolCall]:
    """Return a page of a run's tool calls, oldest first."""
    require(ctx, "runs:read")
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_calls(ctx, run_id, after, limit + 1)
    return page_of(rows, limit, lambda call: Position(call.created_at, call.id))


async def list_of_tool(ctx: Context, tool_id: UUID, filters: Filters, limit: int, cursor: str | None) -> Page[ToolUseRecord]:
    """Return a page of a tool's calls in runs that the reader may see, newest first. Raises ``ToolMissingError``."""
    require(ctx, "runs:read")
    await tools.require_exists(ctx, tool_id)
    after = None if cursor is None else decode(cursor)
    rows = await repository.list_of_tool(ctx, tool_id, filters, after, limit + 1)
    return page_of(rows, limit, lambda call: Position(call.created_at, call.id))
