"""The calls of a tool over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.replies import reply
from retinue.runs.tool_calls import service
from retinue.runs.tool_calls.repository import Filters
from retinue.runs.tool_calls.types import ToolUseRecord

router = APIRouter(tags=["tools"])

State = Literal["started", "succeeded", "failed", "unknown"]


@router.get("/tools/{tool_id}/calls", responses={200: {"model": Page[ToolUseRecord]}})
async def list_tool_calls(  # noqa: PLR0913 - each filter is a parameter of the query
    request: Request,
    tool_id: UUID,
    *,
    state: Annotated[State | None, Query()] = None,
    run_id: Annotated[UUID | None, Query()] = None,
    agent_id: Annotated[UUID | None, Query()] = None,
    since: Annotated[datetime | None, Query(description="Begun at this instant or later.")] = None,
    until: Annotated[datetime | None, Query(description="Begun before this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """List the calls that runs made of a tool, newest first; those of private runs are shown to their person only."""
    filters = Filters(state, run_id, agent_id, since, until)
    async with open_context(request) as ctx:
        page = await service.list_of_tool(ctx, tool_id, filters, limit, cursor)
    return reply(page)
