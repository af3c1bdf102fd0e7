"""Feedback on runs over HTTP: a thumb up or down with a comment, one per person and run."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import StringConstraints

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.request_models import Body
from retinue.runs import service
from retinue.runs.feedback import service as feedback
from retinue.runs.feedback.types import Feedback, FeedbackValue

router = APIRouter(prefix="/runs/{run_id}/feedback", tags=["runs"])


class FeedbackBody(Body):
    """Your feedback on a run."""

    value: FeedbackValue
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


@router.get("")
async def list_run_feedback(
    request: Request, run_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Feedback]:
    """List the feedback of all members on a run, oldest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        return await feedback.list_feedback(ctx, run_id, limit, cursor)


@router.put("")
async def set_run_feedback(request: Request, run_id: UUID, body: FeedbackBody) -> Feedback:
    """Give your feedback on a run, or change it. With an API key it is that of the person who created the key."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        return await feedback.put(ctx, run_id, body.value, body.comment)


@router.delete("", status_code=204)
async def delete_run_feedback(request: Request, run_id: UUID) -> None:
    """Delete your feedback on a run. Can be repeated."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        await feedback.delete(ctx, run_id)
