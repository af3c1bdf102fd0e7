"""What comes in over the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.core.http.request_models import Body, Change
from retinue.schedules.types import (
    CatchUp,
    CatchUpPolicy,
    Cron,
    DayOfMonth,
    Days,
    EndAt,
    Frequency,
    Input,
    Interval,
    Jitter,
    Missing,
    MissingDate,
    Overlap,
    OverlapPolicy,
    RunDate,
    ScheduleDefinition,
    StartAt,
    TargetType,
    Time,
    Timing,
    Window,
    Zone,
)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
_TIMING = tuple(Timing.__slots__)


class TimingBody(Body):
    """When a schedule is due: a frequency or a cron expression, in a time zone."""

    frequency: Frequency | None = None
    interval: Interval = 1
    time: Time | None = None
    days: Days = ()
    date: DayOfMonth | None = None
    run_date: RunDate | None = None
    missing_date: Missing = MissingDate.SKIP
    cron: Cron | None = None
    timezone: Zone
    start_at: StartAt | None = None
    end_at: EndAt | None = None

    def to_timing(self) -> Timing:
        """Return the timing as a value."""
        return Timing(**{name: getattr(self, name) for name in _TIMING})


class PreviewBody(TimingBody):
    """Times to preview."""

    count: Annotated[int, Field(ge=1, le=100)] = 10
    after: AwareDatetime | None = Field(default=None, description="The times after this instant; by default after now.")


class CreateSchedule(TimingBody):
    """A new schedule."""

    name: Name
    description: Description = ""
    target_type: TargetType = TargetType.AGENT
    target_id: UUID
    enabled: bool = True
    input: Input
    jitter_seconds: Jitter = 0
    catch_up: CatchUpPolicy = CatchUp.LAST
    catch_up_window_seconds: Window = 86_400
    overlap: OverlapPolicy = Overlap.SKIP

    def to_definition(self) -> ScheduleDefinition:
        """Return the definition as a value."""
        names = [name for name in ScheduleDefinition.__slots__ if name != "timing"]
        return ScheduleDefinition(timing=self.to_timing(), **{name: getattr(self, name) for name in names})


class UpdateSchedule(Change):
    """What to change; a field that is left out stays as it is.

    With ``frequency`` or ``cron``, all fields of the other form and of the former frequency are removed.
    """

    clearable = frozenset({"start_at", "end_at", "time"})

    name: Name | None = None
    description: Description | None = None
    target_type: TargetType | None = None
    target_id: UUID | None = None
    enabled: bool | None = None
    input: Input | None = None
    jitter_seconds: Jitter | None = None
    catch_up: CatchUpPolicy | None = None
    catch_up_window_seconds: Window | None = None
    overlap: OverlapPolicy | None = None
    frequency: Frequency | None = None
    interval: Interval | None = None
    time: Time | None = None
    days: Days | None = None
    date: DayOfMonth | None = None
    run_date: RunDate | None = None
    missing_date: Missing | None = None
    cron: Cron | None = None
    timezone: Zone | None = None
    start_at: StartAt | None = None
    end_at: EndAt | None = None

    def to_changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields of the definition and those of its timing that are given."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"enabled"}}
        timing = {name: given.pop(name) for name in _TIMING if name in given}
        return given, timing


class PauseBody(Body):
    """How long a schedule is paused."""

    until: AwareDatetime | None = Field(
        default=None, description="When it goes on by itself; by default when it is resumed."
    )


class BackfillBody(Body):
    """A window of the past whose due times are to run."""

    start: AwareDatetime
    end: AwareDatetime = Field(description="Not part of the window.")
