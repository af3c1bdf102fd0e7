"""Operations of schedules, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Unpack
from uuid import UUID

from retinue.client.resource import AsyncResource, new_key, path
from retinue.client.types.schedules import (
    BackfillSchedule,
    CreateSchedule,
    OccurrenceStatus,
    PauseSchedule,
    PreviewSchedule,
    Schedule,
    ScheduleBackfill,
    ScheduleCalendar,
    ScheduleOccurrence,
    ScheduleOccurrencePage,
    SchedulePage,
    SchedulePreview,
    UpdateSchedule,
)


class AsyncSchedulesApi(AsyncResource):
    """Operations of schedules."""

    async def list(
        self,
        *,
        q: str | None = None,
        target_id: str | UUID | None = None,
        enabled: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> SchedulePage:
        """List the organization's schedules, newest first."""
        return await self._connection.json(
            "GET", "/schedules", query={"q": q, "target_id": target_id, "enabled": enabled, "limit": limit, "cursor": cursor}
        )

    def iterate(
        self,
        *,
        q: str | None = None,
        target_id: str | UUID | None = None,
        enabled: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Schedule]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/schedules", query={"q": q, "target_id": target_id, "enabled": enabled, "limit": limit}
        )

    async def create(self, **body: Unpack[CreateSchedule]) -> Schedule:
        """Create a schedule that starts runs of an agent, a team or a workflow. Needs `runs:write` too."""
        return await self._connection.json("POST", "/schedules", body=body)

    async def get_calendar(self, *, start: str | datetime, end: str | datetime) -> ScheduleCalendar:
        """List the outcomes of due times in a window, and the planned ones."""
        return await self._connection.json("GET", "/schedules/calendar", query={"start": start, "end": end})

    async def preview(self, **body: Unpack[PreviewSchedule]) -> SchedulePreview:
        """Return times in words and the next times, with what daylight saving does to them. Nothing is saved."""
        return await self._connection.json("POST", "/schedules/preview", body=body)

    async def get(self, schedule_id: str, /) -> Schedule:
        """Return one schedule."""
        return await self._connection.json("GET", path("schedules", schedule_id))

    async def update(self, schedule_id: str, /, **body: Unpack[UpdateSchedule]) -> Schedule:
        """Change a schedule. What was due before the change runs as it was."""
        return await self._connection.json("PATCH", path("schedules", schedule_id), body=body)

    async def delete(self, schedule_id: str, /) -> None:
        """Delete a schedule and its occurrences. Its runs stay."""
        await self._connection.nothing("DELETE", path("schedules", schedule_id))

    async def backfill(self, schedule_id: str, /, **body: Unpack[BackfillSchedule]) -> ScheduleBackfill:
        """Queue the due times of a past window that were not started. They run one after the other, at most 1,000."""
        return await self._connection.json("POST", path("schedules", schedule_id, "backfill"), body=body)

    async def list_occurrences(
        self,
        schedule_id: str,
        /,
        *,
        status: OccurrenceStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ScheduleOccurrencePage:
        """List a schedule's occurrences, the latest due first, with the reason of each that was not started."""
        return await self._connection.json(
            "GET", path("schedules", schedule_id, "occurrences"), query={"status": status, "limit": limit, "cursor": cursor}
        )

    def iterate_occurrences(
        self, schedule_id: str, /, *, status: OccurrenceStatus | None = None, limit: int | None = None
    ) -> AsyncIterator[ScheduleOccurrence]:
        """Iterate over what ``list_occurrences`` lists, page after page."""
        return self._connection.items(
            path("schedules", schedule_id, "occurrences"), query={"status": status, "limit": limit}
        )

    async def pause(self, schedule_id: str, /, **body: Unpack[PauseSchedule]) -> Schedule:
        """Pause a schedule until an instant, or until it is resumed. Occurrences in between are skipped."""
        return await self._connection.json("POST", path("schedules", schedule_id, "pause"), body=body)

    async def resume(self, schedule_id: str, /) -> Schedule:
        """Resume a paused schedule from its next due time on."""
        return await self._connection.json("POST", path("schedules", schedule_id, "resume"))

    async def run(self, schedule_id: str, /, *, idempotency_key: str | None = None) -> ScheduleOccurrence:
        """Start a run of a schedule at once, whatever its times, pauses and unfinished runs."""
        return await self._connection.json("POST", path("schedules", schedule_id, "run"), key=idempotency_key or new_key())

    async def list_upcoming_times(self, schedule_id: str, /, *, count: int | None = None) -> SchedulePreview:
        """List when a schedule is due next, as if it were not paused."""
        return await self._connection.json("GET", path("schedules", schedule_id, "upcoming"), query={"count": count})
