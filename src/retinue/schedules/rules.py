"""Pure decisions: whether a definition is valid, and the outcome of an occurrence."""

import hashlib
import re
from datetime import datetime, timedelta

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.schedules import zones
from retinue.schedules.errors import ScheduleInvalidError
from retinue.schedules.timing import CronInvalidError, expand
from retinue.schedules.types import (
    CatchUp,
    Decided,
    Frequency,
    LockedSchedule,
    Occurrence,
    OccurrenceStatus,
    ScheduleDefinition,
    ScheduleStatus,
    TargetType,
    Timing,
)

GRACE = timedelta(seconds=60)
"""An occurrence that is claimed later than this was not started in time, and the catch-up policy decides."""
MAX_QUEUED = 1000
MAX_PROMPT = 200_000
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TIMING_FIELDS = ("interval", "time", "days", "date", "run_date", "missing_date")
_NEEDED: dict[Frequency, tuple[str, ...]] = {
    Frequency.HOURLY: (),
    Frequency.DAILY: (),
    Frequency.WEEKLY: ("days",),
    Frequency.MONTHLY: ("date",),
    Frequency.ONCE: ("run_date", "time"),
}
_ALLOWED: dict[Frequency, frozenset[str]] = {
    Frequency.HOURLY: frozenset({"interval", "time"}),
    Frequency.DAILY: frozenset({"interval", "time"}),
    Frequency.WEEKLY: frozenset({"interval", "time", "days"}),
    Frequency.MONTHLY: frozenset({"interval", "time", "date", "missing_date"}),
    Frequency.ONCE: frozenset({"time", "run_date"}),
}
_EXAMPLES = {
    "days": "Name at least one weekday, such as [1, 3, 5]; 0 and 7 are Sunday.",
    "date": "Set a day of the month, 1 to 31.",
    "run_date": "Set the day as YYYY-MM-DD.",
    "time": "Set a time such as 09:00.",
}


def check_timing(timing: Timing) -> None:
    """Demand that a timing can be read. Raises ``ScheduleInvalidError`` that names each field."""
    problems = [*_zone_problems(timing), *_form_problems(timing)]
    start, end = timing.start_at, timing.end_at
    if start is not None and end is not None and end <= start:
        problems.append(FieldProblem("end_at", "is not after start_at", "Choose a later end."))
    if problems:
        raise ScheduleInvalidError.of(*problems)


def _zone_problems(timing: Timing) -> list[FieldProblem]:
    if timing.timezone in zones.names():
        return []
    message = f"is {timing.timezone[:60]!r}, which is not a time zone"
    return [FieldProblem("timezone", message, "Use a name of the IANA database, such as Europe/Berlin or UTC.")]


def _form_problems(timing: Timing) -> list[FieldProblem]:
    given = {name for name in _TIMING_FIELDS if getattr(timing, name) != getattr(_DEFAULTS, name)}
    if timing.cron is not None:
        if timing.frequency is not None:
            return [FieldProblem("cron", "is given together with frequency", "Send one of them.")]
        surplus = [FieldProblem(name, "does not go with cron", "Leave it out.") for name in sorted(given)]
        try:
            expand(timing.cron)
        except CronInvalidError as error:
            return [FieldProblem("cron", str(error), "Write it like '0 9 * * MON-FRI'."), *surplus]
        return surplus
    if timing.frequency is None:
        return [FieldProblem("frequency", "is missing", "Send frequency, or a cron expression as cron.")]
    kind = timing.frequency
    problems = [
        FieldProblem(name, f"does not go with the frequency {kind}", "Leave it out, or choose another frequency.")
        for name in sorted(given - _ALLOWED[kind])
    ]
    problems += [
        FieldProblem(name, f"is needed for the frequency {kind}", _EXAMPLES[name])
        for name in _NEEDED[kind]
        if name not in given
    ]
    if timing.time is not None and not _TIME.fullmatch(timing.time):
        problems.append(FieldProblem("time", "is not a time of day", "Write it as HH:MM, such as 09:00."))
    return problems


_DEFAULTS = Timing(timezone="UTC")


def check_input(target_type: TargetType, given: JsonObject) -> None:
    """Demand that an agent or a team gets a prompt. Raises ``ScheduleInvalidError``."""
    if target_type is TargetType.WORKFLOW:
        return
    prompt = given.get("prompt")
    if not isinstance(prompt, str) or not 1 <= len(prompt) <= MAX_PROMPT:
        message = f"is not a text of 1 to {MAX_PROMPT} characters"
        raise ScheduleInvalidError.of(FieldProblem("input.prompt", message, "Say what the run is to do."))


def delay_of(held: LockedSchedule, due_at: datetime, following: datetime | None) -> timedelta:
    """Return by how much jitter delays an occurrence: always the same for it, and never past the next due time."""
    most = held.definition.jitter_seconds
    if following is not None:
        most = min(most, int((following - due_at).total_seconds()) - 1)
    if most <= 0:
        return timedelta(0)
    digest = hashlib.blake2b(f"{held.id}{due_at.timestamp()}".encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest) % (most + 1))


def refuse(held: LockedSchedule, due_at: datetime, start_at: datetime, *, is_last: bool, now: datetime) -> Decided | None:
    """Return why an occurrence is not started by now; None when it is to be started.

    ``start_at`` is its due time with its delay, ``is_last`` says that no later occurrence is due.
    """
    if is_paused(held, due_at):
        return Decided(OccurrenceStatus.SKIPPED, "paused", "The schedule was paused.")
    late = now - start_at
    policy = held.definition.catch_up
    if late <= GRACE:
        return None
    since = f"No worker claimed it until {said(late)} later"
    if policy is CatchUp.SKIP:
        return Decided(OccurrenceStatus.MISSED, "not_caught_up", f"{since}; the catch-up policy is skip.")
    window = timedelta(seconds=held.definition.catch_up_window_seconds)
    if late > window:
        text = f"{since}; the catch-up window is {said(window)}."
        return Decided(OccurrenceStatus.MISSED, "outside_catch_up_window", text)
    if policy is CatchUp.LAST and not is_last:
        text = f"{since}; the catch-up policy is last, and a later occurrence was due too."
        return Decided(OccurrenceStatus.MISSED, "superseded", text)
    return None


def is_paused(held: LockedSchedule, due_at: datetime) -> bool:
    """Say whether a schedule starts nothing at a due time because it is paused."""
    return not held.enabled or (held.paused_until is not None and due_at < held.paused_until)


def status_of(
    *, enabled: bool, paused_until: datetime | None, next_due_at: datetime | None, now: datetime
) -> ScheduleStatus:
    """Return the status of a schedule."""
    if not enabled or (paused_until is not None and paused_until > now):
        return ScheduleStatus.PAUSED
    return ScheduleStatus.FINISHED if next_due_at is None else ScheduleStatus.ACTIVE


def input_of(held: LockedSchedule, due_at: datetime) -> JsonObject:
    """Return the input of a run: what the schedule has, and for agents and teams for which due time it is.

    A workflow's input schema says what it takes, so nothing is added; the run's metadata has the due time too.
    """
    if held.definition.target_type is TargetType.WORKFLOW:
        return held.definition.input
    facts: JsonObject = {"name": held.definition.name, "due_at": due_at.isoformat()}
    return {**held.definition.input, "schedule": facts}


def is_open(occurrence: Occurrence) -> bool:
    """Say whether an occurrence was started or is going to be."""
    return occurrence.status in (OccurrenceStatus.STARTED, OccurrenceStatus.QUEUED)


def said(span: timedelta) -> str:
    """Say a time span to a person, as '3 h 5 min'."""
    seconds = int(span.total_seconds())
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown[:2]) or "0 s"


def facts_of(definition: ScheduleDefinition) -> JsonObject:
    """Return a definition as a document for the audit log."""
    timing = definition.timing
    document: dict[str, Json] = {
        "name": definition.name,
        "description": definition.description,
        "target_type": str(definition.target_type),
        "target_id": str(definition.target_id),
        "timezone": timing.timezone,
        "frequency": timing.frequency and str(timing.frequency),
        "interval": timing.interval,
        "time": timing.time,
        "days": list(timing.days),
        "date": timing.date,
        "run_date": timing.run_date and timing.run_date.isoformat(),
        "missing_date": str(timing.missing_date),
        "cron": timing.cron,
        "start_at": timing.start_at and timing.start_at.isoformat(),
        "end_at": timing.end_at and timing.end_at.isoformat(),
        "input": definition.input,
        "jitter_seconds": definition.jitter_seconds,
        "catch_up": str(definition.catch_up),
        "catch_up_window_seconds": definition.catch_up_window_seconds,
        "overlap": str(definition.overlap),
    }
    return document
