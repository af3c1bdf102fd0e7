"""Schedules and their occurrences over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.idempotency import REPLAY_HEADER, IdempotencyKey
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.replies import reply
from retinue.schedules import planning, service
from retinue.schedules.repository import ScheduleFilter
from retinue.schedules.schemas import BackfillBody, CreateSchedule, PauseBody, PreviewBody, UpdateSchedule
from retinue.schedules.types import (
    Backfilled,
    Occurrence,
    OccurrenceStatus,
    Schedule,
    ScheduleCalendar,
    SchedulePreview,
)

router = APIRouter(tags=["schedules"])

_PAUSE = PauseBody()


@router.get("/schedules")
async def list_schedules(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name or description.")] = None,
    target_id: Annotated[UUID | None, Query(description="Only schedules of this agent, team or workflow.")] = None,
    enabled: Annotated[bool | None, Query(description="Only enabled or only disabled schedules.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Schedule]:
    """List the organization's schedules, newest first."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, ScheduleFilter(q, target_id, enabled), cursor=cursor, limit=limit)


@router.post("/schedules", status_code=201)
async def create_schedule(request: Request, body: CreateSchedule) -> Schedule:
    """Create a schedule that starts runs of an agent, a team or a workflow. Needs `runs:write` too."""
    async with open_context(request) as ctx:
        return await service.create(ctx, body.to_definition(), enabled=body.enabled)


@router.post("/schedules/preview")
async def preview_schedule(request: Request, body: PreviewBody) -> SchedulePreview:
    """Return times in words and the next times, with what daylight saving does to them. Nothing is saved."""
    async with open_context(request) as ctx:
        return service.preview(ctx, body.to_timing(), count=body.count, after=body.after)


@router.get("/schedules/calendar")
async def get_schedule_calendar(
    request: Request,
    start: Annotated[AwareDatetime, Query(description="Start of the window.")],
    end: Annotated[AwareDatetime, Query(description="End of the window, at most 62 days later; not part of it.")],
) -> ScheduleCalendar:
    """List the outcomes of due times in a window, and the planned ones."""
    async with open_context(request) as ctx:
        return await planning.get_calendar(ctx, start, end)


@router.get("/schedules/{schedule_id}")
async def get_schedule(request: Request, schedule_id: UUID) -> Schedule:
    """Return one schedule."""
    async with open_context(request) as ctx:
        return await service.get(ctx, schedule_id)


@router.patch("/schedules/{schedule_id}")
async def update_schedule(request: Request, schedule_id: UUID, body: UpdateSchedule) -> Schedule:
    """Change a schedule. What was due before the change runs as it was."""
    changes, timing = body.to_changes()
    async with open_context(request) as ctx:
        schedule = await service.update(ctx, schedule_id, changes, timing=timing)
        if body.enabled is not None and body.enabled != schedule.enabled:
            schedule = await (service.resume if body.enabled else service.pause)(ctx, schedule_id)
        return schedule


@router.delete("/schedules/{schedule_id}", status_code=204)
async def delete_schedule(request: Request, schedule_id: UUID) -> None:
    """Delete a schedule and its occurrences. Its runs stay."""
    async with open_context(request) as ctx:
        await service.delete(ctx, schedule_id)


@router.post("/schedules/{schedule_id}/pause")
async def pause_schedule(request: Request, schedule_id: UUID, body: PauseBody = _PAUSE) -> Schedule:
    """Pause a schedule until an instant, or until it is resumed. Occurrences in between are skipped."""
    async with open_context(request) as ctx:
        return await service.pause(ctx, schedule_id, body.until)


@router.post("/schedules/{schedule_id}/resume")
async def resume_schedule(request: Request, schedule_id: UUID) -> Schedule:
    """Resume a paused schedule from its next due time on."""
    async with open_context(request) as ctx:
        return await service.resume(ctx, schedule_id)


@router.post("/schedules/{schedule_id}/run", status_code=202, responses={202: {"model": Occurrence}})
async def run_schedule(request: Request, schedule_id: UUID, idempotency_key: IdempotencyKey = None) -> Response:
    """Start a run of a schedule at once, whatever its times, pauses and unfinished runs."""
    async with open_context(request) as ctx:
        occurrence, is_replay = await service.run_now(ctx, schedule_id, idempotency_key)
    headers = {"Location": f"/api/v1/runs/{occurrence.run_id}"} | ({REPLAY_HEADER: "true"} if is_replay else {})
    return reply(occurrence, 202, headers)


@router.post("/schedules/{schedule_id}/backfill", status_code=202)
async def backfill_schedule(request: Request, schedule_id: UUID, body: BackfillBody) -> Backfilled:
    """Queue the due times of a past window that were not started. They run one after the other, at most 1,000."""
    async with open_context(request) as ctx:
        return await service.backfill(ctx, schedule_id, body.start, body.end)


@router.get("/schedules/{schedule_id}/occurrences")
async def list_schedule_occurrences(
    request: Request,
    schedule_id: UUID,
    *,
    status: Annotated[OccurrenceStatus | None, Query(description="Filter by status.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Occurrence]:
    """List a schedule's occurrences, the latest due first, with the reason of each that was not started."""
    async with open_context(request) as ctx:
        return await service.list_occurrences(ctx, schedule_id, status, cursor=cursor, limit=limit)


@router.get("/schedules/{schedule_id}/upcoming")
async def list_upcoming_times(
    request: Request, schedule_id: UUID, *, count: Annotated[int, Query(ge=1, le=100)] = 10
) -> SchedulePreview:
    """List when a schedule is due next, as if it were not paused."""
    async with open_context(request) as ctx:
        return await service.list_upcoming(ctx, schedule_id, count=count)
