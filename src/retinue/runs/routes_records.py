"""What runs recorded, over HTTP: steps, log, thoughts, artifacts, tool calls, approvals, and events as they happen."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from retinue.core.db.pages import Page
from retinue.core.http import sse
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.files import file_reply
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.replies import reply
from retinue.core.ids import RunId
from retinue.core.validation import form
from retinue.engine.requests import SentRequest
from retinue.runs import service
from retinue.runs.approvals import service as approvals
from retinue.runs.approvals.types import Approval
from retinue.runs.artifacts import service as artifacts
from retinue.runs.artifacts.types import Artifact
from retinue.runs.events import service as events
from retinue.runs.events.types import RunEvent
from retinue.runs.logs import service as logs
from retinue.runs.logs.types import Level, LogLine
from retinue.runs.readers import require_readable
from retinue.runs.steps import service as steps
from retinue.runs.steps.types import Step
from retinue.runs.thoughts import service as thoughts
from retinue.runs.thoughts.types import Thought
from retinue.runs.tool_calls import service as tool_calls
from retinue.runs.tool_calls.types import ToolCall

router = APIRouter(tags=["runs"])

_MAX_SEQUENCE = (1 << 63) - 1
Sequence = Annotated[int, Query(ge=0, le=_MAX_SEQUENCE, description="Only events after this sequence.")]
LastEventId = Annotated[
    str | None,
    Header(
        pattern=form(r"^\d{1,18}$", "must be the number of the last event that was received"),
        description="Sent by a browser that reconnects: the last sequence it received.",
    ),
]
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Page[RunEvent],
        "description": "A page of events as JSON; or, with `Accept: text/event-stream`, the stream.",
        "content": {sse.MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


@router.get("/runs/{run_id}/events", responses=_EVENTS)
async def list_run_events(
    request: Request,
    run_id: UUID,
    *,
    after: Sequence = 0,
    last_event_id: LastEventId = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Stream a run, or list its events.

    With `Accept: text/event-stream`: every durable event after `Last-Event-ID` (or `after`) with its sequence as id, then
    new ones as they happen, and the model's text as `token` events {step_id, index, text} without id, where index counts
    Unicode characters; index 0 restarts a step's text, others continue it. `event: end` follows after the end of the run.
    A comment is sent every 15 seconds to keep the connection open. When the key or session ends, or its role no longer has
    `runs:read`, the stream ends with `event: access_ended` {code, detail}. Otherwise: a page of the events as JSON.
    """
    place = after if last_event_id is None else int(last_event_id)
    if sse.is_wanted(request.headers.get("accept", "")):
        database = database_of(request)
        organization_id = await require_readable(database, await actor_of(request), run_id)
        frames = events.stream(database, organization_id, RunId(run_id), after=place)
        return sse.stream(frames, service.READING)
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await events.list_events(ctx, run_id, limit, after=place, cursor=cursor)
    return reply(page)


@router.get("/runs/{run_id}/steps", responses={200: {"model": Page[Step]}})
async def list_run_steps(request: Request, run_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """List a run's steps by start time."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await steps.list_steps(ctx, run_id, limit, cursor)
    return reply(page)


@router.get("/runs/{run_id}/steps/{step_id}/request", responses={200: {"model": SentRequest}})
async def get_run_step_request(request: Request, run_id: UUID, step_id: UUID) -> Response:
    """Return what a model step was sent: model, parameters, tools and every message from the instructions on.

    Pictures are shown by size and SHA-256. Secrets of the agent are replaced by `[secret]`.
    """
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        sent = await steps.get_request(ctx, run_id, step_id)
    return reply(sent)


@router.get("/runs/{run_id}/logs", responses={200: {"model": Page[LogLine]}})
async def list_run_logs(
    request: Request,
    run_id: UUID,
    *,
    level: Annotated[Level | None, Query(description="Filter by level.")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Text to find in the message.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """List a run's log, oldest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await logs.list_lines(ctx, run_id, limit, cursor, level=level, q=q)
    return reply(page)


@router.get("/runs/{run_id}/thoughts", responses={200: {"model": Page[Thought]}})
async def list_run_thoughts(request: Request, run_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """List the nodes of a run's mind map, oldest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await thoughts.list_thoughts(ctx, run_id, limit, cursor)
    return reply(page)


@router.get("/runs/{run_id}/tool-calls", responses={200: {"model": Page[ToolCall]}})
async def list_run_tool_calls(
    request: Request, run_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """List the tool calls in a run's ledger, oldest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await tool_calls.list_calls(ctx, run_id, limit, cursor)
    return reply(page)


@router.get("/runs/{run_id}/approvals", responses={200: {"model": Page[Approval]}})
async def list_run_approvals(
    request: Request, run_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """List a run's approvals, oldest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await approvals.list_of_run(ctx, run_id, limit, cursor)
    return reply(page)


@router.get("/runs/{run_id}/artifacts", responses={200: {"model": Page[Artifact]}})
async def list_run_artifacts(
    request: Request, run_id: UUID, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """List the files created by a run, oldest first."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, run_id)
        page = await artifacts.list_artifacts(ctx, run_id, limit, cursor)
    return reply(page)


_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/artifacts/{artifact_id}/content", response_class=StreamingResponse, responses=_CONTENT)
async def get_artifact_content(request: Request, artifact_id: UUID) -> StreamingResponse:
    """Return the content of a file created by a run. Only images, text, JSON and PDF are displayed inline."""
    async with open_context(request) as ctx:
        artifact, key = await artifacts.get_artifact(ctx, artifact_id)
        storage = ctx.resources.storage
    content = await artifacts.read(storage, key)
    return file_reply(
        content, name=artifact.name, media_type=artifact.type, size_bytes=artifact.size, checksum=artifact.checksum
    )
