"""Schedules and their occurrences as values."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.core.json import JsonObject

Day = date
"""A calendar day: ``date`` is the name of a field too."""


class Frequency(StrEnum):
    """How often a schedule runs, in the friendly form."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ONCE = "once"


class MissingDate(StrEnum):
    """What a monthly schedule does in a month without its date."""

    SKIP = "skip"
    LAST_DAY = "last_day"


class CatchUp(StrEnum):
    """Which occurrences are made up that nobody could start in time, as when no worker was running."""

    SKIP = "skip"
    LAST = "last"
    ALL = "all"


class Overlap(StrEnum):
    """What happens when an occurrence is due and an earlier run of the schedule is unfinished."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL = "cancel"
    ALLOW = "allow"


class TargetType(StrEnum):
    """What a schedule starts."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


Interval = Annotated[int, Field(ge=1, le=1000, description="Every how many hours, days, weeks or months.")]
Time = Annotated[
    str,
    StringConstraints(max_length=5),
    Field(description="Wall time HH:MM; 00:00 by default. Of an hourly schedule the minutes, and the hour it counts from."),
]
Days = Annotated[
    tuple[Annotated[int, Field(ge=0, le=7)], ...],
    Field(max_length=8, description="Weekdays of a weekly schedule: 1 is Monday, 0 and 7 are Sunday."),
]
DayOfMonth = Annotated[int, Field(ge=1, le=31, description="Day of the month of a monthly schedule.")]
RunDate = Annotated[Day, Field(description="The day of a schedule that runs once.")]
Missing = Annotated[MissingDate, Field(description="In a month without the date: skip the month, or run on its last day.")]
Cron = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Field(description="Five fields as in '0 9 * * MON-FRI', or @hourly, @daily, @weekly, @monthly, @yearly."),
]
Zone = Annotated[str, StringConstraints(max_length=100), Field(description="A zone of the IANA database.")]
Input = Annotated[
    JsonObject,
    Field(description="Input of each run; agents and teams need a `prompt`, and get `schedule` with the due time too."),
]
Jitter = Annotated[
    int,
    Field(ge=0, le=3600, description="Delays each run by up to so many seconds, so that not all start together."),
]
Window = Annotated[int, Field(ge=60, le=31_536_000, description="Occurrences older than this are not made up.")]
CatchUpPolicy = Annotated[
    CatchUp,
    Field(description="Which occurrences are made up that were due while no worker was running: none, the last, or all."),
]
OverlapPolicy = Annotated[
    Overlap,
    Field(
        description="When an earlier run of the schedule is unfinished: skip the occurrence, queue it, cancel the earlier "
        "run, or allow both."
    ),
]
StartAt = Annotated[AwareDatetime, Field(description="No run before this instant. Intervals count from its day.")]
EndAt = Annotated[AwareDatetime, Field(description="No run after this instant.")]


class ScheduleStatus(StrEnum):
    """Whether a schedule starts runs: active, paused, or finished because no due time is left."""

    ACTIVE = "active"
    PAUSED = "paused"
    FINISHED = "finished"


class OccurrenceKind(StrEnum):
    """Where an occurrence comes from: its schedule, a person who ran it, or a backfill."""

    SCHEDULED = "scheduled"
    MANUAL = "manual"
    BACKFILL = "backfill"


class OccurrenceStatus(StrEnum):
    """The outcome of an occurrence. All but started have a reason."""

    QUEUED = "queued"
    STARTED = "started"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a schedule is due: a frequency with its fields, or a cron expression; as the user gave it.

    ``days`` are weekdays, 0 and 7 both Sunday; ``date`` a day of the month; ``time`` a wall time HH:MM of ``timezone``.
    """

    timezone: str
    frequency: Frequency | None = None
    interval: int = 1
    time: str | None = None
    days: tuple[int, ...] = ()
    date: int | None = None
    run_date: Day | None = None
    missing_date: MissingDate = MissingDate.SKIP
    cron: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleDefinition:
    """What a user decides about a schedule."""

    name: str
    description: str
    target_type: TargetType
    target_id: uuid.UUID
    timing: Timing
    input: JsonObject
    jitter_seconds: int = 0
    catch_up: CatchUp = CatchUp.LAST
    catch_up_window_seconds: int = 86_400
    overlap: Overlap = Overlap.SKIP


@dataclass(frozen=True, slots=True)
class LatestOccurrence:
    """The newest occurrence of a schedule."""

    due_at: datetime
    status: OccurrenceStatus
    reason: str | None
    run_id: uuid.UUID | None
    run_status: str | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule. ``summary`` says in words when it runs.

    ``last_run`` is when a run was last started; ``next_run`` when the next one is due, null when paused or finished.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    description: str
    target_type: TargetType
    target_id: uuid.UUID
    target_name: str
    enabled: bool
    status: ScheduleStatus
    summary: str
    frequency: Frequency | None
    interval: int
    time: str | None
    days: tuple[int, ...]
    date: int | None
    run_date: Day | None
    missing_date: MissingDate
    cron: str | None
    timezone: str
    start_at: datetime | None
    end_at: datetime | None
    paused_until: datetime | None
    input: JsonObject
    jitter_seconds: int
    catch_up: CatchUp
    catch_up_window_seconds: int
    overlap: Overlap
    last_run: datetime | None
    next_run: datetime | None
    queued_count: int
    latest: LatestOccurrence | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LockedSchedule:
    """A schedule whose row is locked. ``next_due_at`` is the first due time that nobody has claimed."""

    id: uuid.UUID
    definition: ScheduleDefinition
    enabled: bool
    paused_until: datetime | None
    next_due_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One due time of a schedule and its outcome. ``due_at`` is unique in the schedule."""

    schedule_id: uuid.UUID
    schedule_name: str
    due_at: datetime
    kind: OccurrenceKind
    status: OccurrenceStatus
    reason_code: str | None
    reason: str | None
    run_id: uuid.UUID | None
    run_status: str | None
    claimed_at: datetime
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of an occurrence: its status, and why."""

    status: OccurrenceStatus
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UpcomingTime:
    """A future due time. ``local_time`` has the offset of the schedule's zone; ``note`` tells what daylight saving does."""

    due_at: datetime
    local_time: str
    note: str | None


@dataclass(frozen=True, slots=True)
class SchedulePreview:
    """When a schedule would run: in words, and its next times."""

    summary: str
    times: list[UpcomingTime]


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill queued, and how many due times of the window had been started or queued before."""

    queued: int
    existing: int


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A due time in a calendar: ``status`` is planned for one that is still to come."""

    schedule_id: uuid.UUID
    schedule_name: str
    due_at: datetime
    status: str
    reason: str | None
    run_id: uuid.UUID | None
    run_status: str | None


@dataclass(frozen=True, slots=True)
class ScheduleCalendar:
    """The due times of a window, in their order. ``is_complete`` is false when there were too many to list."""

    entries: list[CalendarEntry]
    is_complete: bool
