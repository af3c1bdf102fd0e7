"""Events over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.runs.external_events import service
from retinue.runs.external_events.schemas import SendEventBody
from retinue.runs.external_events.types import ExternalEvent

router = APIRouter(tags=["events"])

Name = Annotated[str | None, Query(max_length=200, description="Only events of this name.")]


@router.get("/events")
async def list_events(
    request: Request, name: Name = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ExternalEvent]:
    """List the events of the last 24 hours, newest first."""
    async with open_context(request) as ctx:
        return await service.list_events(ctx, name, limit, cursor)


@router.post("/events", status_code=201)
async def send_event(request: Request, body: SendEventBody) -> ExternalEvent:
    """Send an event to the runs that wait for it.

    It answers each `wait_for_event` node that waits for its name and key, once. A node that begins to wait later takes it
    too, if its run had begun by then. Events are kept for 24 hours.
    """
    async with open_context(request) as ctx:
        return await service.send(ctx, body.to_event())
