"""Documents of schedules. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common import MissingDatePolicy, ScheduleFrequency

__all__ = [
    "BackfillSchedule",
    "CalendarEntry",
    "CatchUpPolicy",
    "CreateSchedule",
    "LatestOccurrence",
    "OccurrenceKind",
    "OccurrenceStatus",
    "OverlapPolicy",
    "PauseSchedule",
    "PreviewSchedule",
    "Schedule",
    "ScheduleBackfill",
    "ScheduleCalendar",
    "ScheduleOccurrence",
    "ScheduleOccurrencePage",
    "SchedulePage",
    "SchedulePreview",
    "ScheduleStatus",
    "ScheduleTargetType",
    "UpcomingTime",
    "UpdateSchedule",
]


class BackfillSchedule(TypedDict):
    """A window of the past whose due times are to run."""

    end: str | datetime
    start: str | datetime


class CalendarEntry(TypedDict):
    """A due time in a calendar: ``status`` is planned for one that is still to come."""

    due_at: str
    reason: str | None
    run_id: str | None
    run_status: str | None
    schedule_id: str
    schedule_name: str
    status: str


CatchUpPolicy: TypeAlias = Literal["skip", "last", "all"]


OverlapPolicy: TypeAlias = Literal["skip", "queue", "cancel", "allow"]


ScheduleTargetType: TypeAlias = Literal["agent", "team", "workflow"]


class CreateSchedule(TypedDict):
    """A new schedule."""

    catch_up: NotRequired[CatchUpPolicy]
    catch_up_window_seconds: NotRequired[int]
    cron: NotRequired[str | None]
    date: NotRequired[int | None]
    days: NotRequired[list[int]]
    description: NotRequired[str]
    enabled: NotRequired[bool]
    end_at: NotRequired[str | datetime | None]
    frequency: NotRequired[ScheduleFrequency | None]
    input: dict[str, Any]
    interval: NotRequired[int]
    jitter_seconds: NotRequired[int]
    missing_date: NotRequired[MissingDatePolicy]
    name: str
    overlap: NotRequired[OverlapPolicy]
    run_date: NotRequired[str | None]
    start_at: NotRequired[str | datetime | None]
    target_id: str | UUID
    target_type: NotRequired[ScheduleTargetType]
    time: NotRequired[str | None]
    timezone: str


OccurrenceStatus: TypeAlias = Literal["queued", "started", "skipped", "missed", "failed"]


class LatestOccurrence(TypedDict):
    """The newest occurrence of a schedule."""

    due_at: str
    reason: str | None
    run_id: str | None
    run_status: str | None
    status: OccurrenceStatus


OccurrenceKind: TypeAlias = Literal["scheduled", "manual", "backfill"]


class PauseSchedule(TypedDict):
    """How long a schedule is paused."""

    until: NotRequired[str | datetime | None]


class PreviewSchedule(TypedDict):
    """Times to preview."""

    after: NotRequired[str | datetime | None]
    count: NotRequired[int]
    cron: NotRequired[str | None]
    date: NotRequired[int | None]
    days: NotRequired[list[int]]
    end_at: NotRequired[str | datetime | None]
    frequency: NotRequired[ScheduleFrequency | None]
    interval: NotRequired[int]
    missing_date: NotRequired[MissingDatePolicy]
    run_date: NotRequired[str | None]
    start_at: NotRequired[str | datetime | None]
    time: NotRequired[str | None]
    timezone: str


ScheduleStatus: TypeAlias = Literal["active", "paused", "finished"]


class Schedule(TypedDict):
    """A schedule. ``summary`` says in words when it runs."""

    catch_up: CatchUpPolicy
    catch_up_window_seconds: int
    created_at: str
    created_by: str | None
    cron: str | None
    date: int | None
    days: list[int]
    description: str
    enabled: bool
    end_at: str | None
    frequency: ScheduleFrequency | None
    id: str
    input: dict[str, Any]
    interval: int
    jitter_seconds: int
    last_run: str | None
    latest: LatestOccurrence | None
    missing_date: MissingDatePolicy
    name: str
    next_run: str | None
    organization_id: str
    overlap: OverlapPolicy
    paused_until: str | None
    queued_count: int
    run_date: str | None
    start_at: str | None
    status: ScheduleStatus
    summary: str
    target_id: str
    target_name: str
    target_type: ScheduleTargetType
    time: str | None
    timezone: str
    updated_at: str


class ScheduleBackfill(TypedDict):
    """What a backfill queued, and how many due times of the window had been started or queued before."""

    existing: int
    queued: int


class ScheduleCalendar(TypedDict):
    """The due times of a window, in their order. ``is_complete`` is false when there were too many to list."""

    entries: list[CalendarEntry]
    is_complete: bool


class ScheduleOccurrence(TypedDict):
    """One due time of a schedule and its outcome. ``due_at`` is unique in the schedule."""

    claimed_at: str
    due_at: str
    kind: OccurrenceKind
    reason: str | None
    reason_code: str | None
    run_id: str | None
    run_status: str | None
    schedule_id: str
    schedule_name: str
    started_at: str | None
    status: OccurrenceStatus


class ScheduleOccurrencePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ScheduleOccurrence]
    next_cursor: str | None


class SchedulePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Schedule]
    next_cursor: str | None


class UpcomingTime(TypedDict):
    """A future due time."""

    due_at: str
    local_time: str
    note: str | None


class SchedulePreview(TypedDict):
    """When a schedule would run: in words, and its next times."""

    summary: str
    times: list[UpcomingTime]


class UpdateSchedule(TypedDict):
    """What to change; a field that is left out stays as it is."""

    catch_up: NotRequired[CatchUpPolicy]
    catch_up_window_seconds: NotRequired[int]
    cron: NotRequired[str]
    date: NotRequired[int]
    days: NotRequired[list[int]]
    description: NotRequired[str]
    enabled: NotRequired[bool]
    end_at: NotRequired[str | datetime | None]
    frequency: NotRequired[ScheduleFrequency]
    input: NotRequired[dict[str, Any]]
    interval: NotRequired[int]
    jitter_seconds: NotRequired[int]
    missing_date: NotRequired[MissingDatePolicy]
    name: NotRequired[str]
    overlap: NotRequired[OverlapPolicy]
    run_date: NotRequired[str]
    start_at: NotRequired[str | datetime | None]
    target_id: NotRequired[str | UUID]
    target_type: NotRequired[ScheduleTargetType]
    time: NotRequired[str | None]
    timezone: NotRequired[str]
