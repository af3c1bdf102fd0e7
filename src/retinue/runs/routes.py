"""Runs over HTTP: starting, reading and steering them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from retinue.core.db.pages import Page
from retinue.core.http import sse
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.idempotency import REPLAY_HEADER, IdempotencyKey
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.preferences import APPLIED_HEADER, Prefer, wait_seconds
from retinue.core.http.replies import reply
from retinue.core.http.streams import watching
from retinue.core.ids import OrganizationId, RunId
from retinue.core.json import dumps
from retinue.core.permissions import require_of
from retinue.runs import overview, results, service
from retinue.runs.events import service as events
from retinue.runs.feedback.types import FeedbackFilter
from retinue.runs.labels.types import Labels
from retinue.runs.overview import RunOverview
from retinue.runs.queries import (
    CreatedAfter,
    CreatedBefore,
    EndedAfter,
    EndedBefore,
    IdPrefix,
    LeastCost,
    LeastDuration,
    OutcomeFilter,
    SortBy,
    TextFilter,
)
from retinue.runs.schemas import ForkBody, MetadataFilter, RetryBody, StartBody, TagFilter, UpdateBody, entries_of
from retinue.runs.starting import start_at_once
from retinue.runs.types import Run, RunFilter, RunSort, RunStatus, RunType, Started, StartRun, Trigger

router = APIRouter(prefix="/runs", tags=["runs"])

_SAME = RetryBody()
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": Run, "description": "The run, which a worker will execute."}}
ANSWERS: dict[int | str, dict[str, Any]] = _ACCEPTED | {
    200: {
        "model": Run,
        # The stream is no second media type here: generated clients would give each reply two types.
        "description": "With `Prefer: wait=N`: the finished run. With `Accept: text/event-stream`: the stream.",
    }
}


def _location(run: Run) -> dict[str, str]:
    return {"Location": f"/api/v1/runs/{run.id}"}


def _accepted(run: Run, headers: dict[str, str] | None = None) -> Response:
    return reply(run, 202, _location(run) | (headers or {}))


@router.post("", status_code=202, responses=ANSWERS)
async def start_run(
    request: Request, body: StartBody, idempotency_key: IdempotencyKey = None, prefer: Prefer = None
) -> Response:
    """Start a run. Return immediately, when the run is finished, or with a stream of its events.

    By default the reply is 202 with a `Location`; `/events` below it streams the events. With `Prefer: wait=N` the reply is
    the finished run, or 202 after N seconds or when the run waits for a person. With `Accept: text/event-stream` the reply
    is a stream: first `event: run` with the run, then the events as `GET /runs/{id}/events` sends them. A client that
    disconnects does not cancel the run.

    To wait or to stream needs `runs:read` too, until the end: a stream whose reader loses it, or whose key or session ends,
    ends with `event: access_ended` {code, detail}.

    With `Idempotency-Key` the request may be sent again after a lost reply: it starts one run, and waits for or streams that
    one. When the organization's limit of concurrent runs is reached, the run is pending until another run ends.
    """
    return await answer_start(request, body.to_request(idempotency_key), prefer)


async def answer_start(request: Request, wanted: StartRun, prefer: str | None) -> Response:
    """Start a run and reply as the request asks for it; see ``start_run``."""
    seconds = wait_seconds(prefer)
    wants_stream = sse.is_wanted(request.headers.get("accept", ""))
    actor, database = await actor_of(request), database_of(request)
    if wants_stream or seconds is not None:
        require_of(actor, service.READING)

    async def start() -> Started:
        async with open_context(request) as ctx:
            return await service.start(ctx, wanted)

    started = await start_at_once(database, actor, wanted, start)
    organization_id = OrganizationId(started.run.organization_id)
    run, headers = started.run, {REPLAY_HEADER: "true"} if started.is_replay else {}
    if wants_stream:
        first = sse.frame("run", dumps(run))
        frames = events.stream(database, organization_id, RunId(run.id), first=first)
        return sse.stream(frames, service.READING, _location(run) | headers)
    if seconds is None:
        return _accepted(run, headers)
    headers[APPLIED_HEADER] = f"wait={seconds}"
    is_idle = run.status not in (RunStatus.PENDING, RunStatus.RUNNING)  # as a replay's run may be
    if not is_idle:
        async with watching(request, service.READING):
            is_idle = await events.wait_until_idle(database, organization_id, RunId(run.id), seconds)
    if not is_idle:
        return _accepted(run, headers)
    if started.is_replay:  # by now the actor may have given feedback
        async with open_context(request) as ctx:
            run = await service.get(ctx, run.id)
    else:
        run = await results.get_result(database, run)
    return reply(run, 200, _location(run) | headers) if run.completed_at else _accepted(run, headers)


@router.get("", responses={200: {"model": Page[Run]}})
async def list_runs(  # noqa: PLR0913 - each a parameter of the query
    request: Request,
    *,
    status: Annotated[RunStatus | None, Query(description="Filter by status.")] = None,
    agent_id: Annotated[UUID | None, Query(description="Filter by agent.")] = None,
    trigger: Annotated[Trigger | None, Query(description="Filter by trigger.")] = None,
    conversation_id: Annotated[UUID | None, Query(description="Filter by conversation.")] = None,
    parent_run_id: Annotated[UUID | None, Query(description="Filter by parent run.")] = None,
    deployment_id: Annotated[UUID | None, Query(description="Filter by deployment.")] = None,
    outcome: OutcomeFilter = None,
    q: TextFilter = None,
    tag: TagFilter = None,
    metadata: MetadataFilter = None,
    feedback: Annotated[
        FeedbackFilter | None, Query(description="Only runs with a thumb up, with a thumb down, or without feedback.")
    ] = None,
    id_prefix: IdPrefix = None,
    type: Annotated[RunType | None, Query(description="Only runs of an agent, or of a team.")] = None,  # noqa: A002 - its name
    team_id: Annotated[UUID | None, Query(description="Only runs of this team.")] = None,
    ended_after: EndedAfter = None,
    ended_before: EndedBefore = None,
    created_after: CreatedAfter = None,
    created_before: CreatedBefore = None,
    min_duration_ms: LeastDuration = None,
    min_cost_usd: LeastCost = None,
    sort: SortBy = RunSort.NEWEST,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """List the organization's runs, newest first. Text search and other orders cover the newest 50,000."""
    labels = Labels(tuple(tag or ()), entries_of(metadata))
    wanted = RunFilter(
        status=status,
        agent_id=agent_id,
        trigger=trigger,
        conversation_id=conversation_id,
        parent_run_id=parent_run_id,
        deployment_id=deployment_id,
        q=q,
        outcome=outcome,
        labels=labels,
        feedback=feedback,
        id_prefix=id_prefix,
        type=RunType.TEAM if team_id and type is None else type,
        target_id=team_id,
        ended_after=ended_after,
        ended_before=ended_before,
        created_after=created_after,
        created_before=created_before,
        min_duration_ms=min_duration_ms,
        min_cost_usd=min_cost_usd,
    )
    async with open_context(request) as ctx:
        page = await service.list_runs(ctx, wanted, limit, cursor, sort)
    return reply(page)


@router.get("/{run_id}", responses={200: {"model": Run}})
async def get_run(request: Request, run_id: UUID) -> Response:
    """Return a run."""
    async with open_context(request) as ctx:
        run = await service.get(ctx, run_id)
    return reply(run)


@router.get("/{run_id}/overview", responses={200: {"model": RunOverview}})
async def get_run_overview(request: Request, run_id: UUID) -> Response:
    """Return a run's origin, descendants, history of actions and total cost."""
    async with open_context(request) as ctx:
        found = await overview.get_overview(ctx, await service.get(ctx, run_id))
    return reply(found)


@router.patch("/{run_id}", responses={200: {"model": Run}})
async def update_run(request: Request, run_id: UUID, body: UpdateBody) -> Response:
    """Replace the tags or the metadata of a run, in any status."""
    async with open_context(request) as ctx:
        run = await service.update(ctx, run_id, body.tags, body.metadata)
    return reply(run)


@router.post("/{run_id}/cancel", responses={200: {"model": Run}})
async def cancel_run(request: Request, run_id: UUID) -> Response:
    """Cancel a run and its child runs. Later writes of these runs are refused."""
    async with open_context(request) as ctx:
        run = await service.cancel(ctx, run_id)
    return reply(run)


@router.post("/{run_id}/retry", status_code=202, responses=_ACCEPTED)
async def retry_run(request: Request, run_id: UUID, body: RetryBody = _SAME) -> Response:
    """Start a new run with the plan and input of a finished run, and with its tags and metadata unless you set others."""
    async with open_context(request) as ctx:
        run = await service.retry(ctx, run_id, body.tags, body.metadata)
    return _accepted(run)


@router.post("/{run_id}/resume", status_code=202, responses=_ACCEPTED)
async def resume_run(request: Request, run_id: UUID) -> Response:
    """Resume a failed run from its last step, with the current limits of its agent."""
    async with open_context(request) as ctx:
        run = await service.resume(ctx, run_id)
    return _accepted(run)


@router.post("/{run_id}/fork", status_code=202, responses=_ACCEPTED)
async def fork_run(request: Request, run_id: UUID, body: ForkBody) -> Response:
    """Start a new run that copies the steps of this run before a given step and continues from there."""
    async with open_context(request) as ctx:
        run = await service.fork(ctx, run_id, body.step_id, body.to_amendment(), tags=body.tags, metadata=body.metadata)
    return _accepted(run)
