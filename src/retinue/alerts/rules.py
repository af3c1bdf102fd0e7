"""Pure decisions about alerts: how a state follows from what was found, when to look again, when to send again."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from retinue.alerts.conditions import (
    Absence,
    ApprovalWaiting,
    BackupAge,
    Budget,
    BudgetUsed,
    Condition,
    Failures,
    Heartbeat,
    Metric,
    MissedSchedule,
    Outcome,
    RehearsalAge,
    parse,
)
from retinue.alerts.types import RANK, AlertDefinition, NoData, Severity, State, StateName, Verdict
from retinue.core.json import JsonObject
from retinue.core.outbound.deliveries import GIVE_UP

GROUP_WAIT = timedelta(seconds=10)
"""What opens and clears within this time is not sent."""
MAX_GROUPED = 100
STORM_OPENINGS = 20
"""More than so many alerts of an organization within STORM_WITHIN are sent together."""
STORM_WITHIN = timedelta(minutes=5)
DIGEST_WAIT = timedelta(seconds=60)
REOPEN_WITHIN = timedelta(minutes=10)
FLAPS_AN_HOUR = 5
FLAPPING_PAUSE = timedelta(hours=1)
"""Between two openings of a flapping alert that are sent."""
LATE_SECONDS = 60.0
"""Rules that were not evaluated for so long are a fault of the installation."""
MAX_SILENCE = timedelta(days=30)
MAX_GROUPS = 200
_GIVE_UP_REMINDER = timedelta(hours=1)
_IDLE = timedelta(minutes=5)
"""Between two looks at a rule that only a failed run can make fire, which has it looked at by itself."""
_SHORTEST = timedelta(seconds=15)
_LONGEST = timedelta(seconds=60)
LIVELY = timedelta(seconds=5)
"""Between two looks at a rule that fires, recovers or is pending."""
_LONGEST_BACKOFF = timedelta(hours=1)
ERRORS_IN_ROW = 3


class Effect(StrEnum):
    """What a step of the state does to the alert."""

    NONE = "none"
    OPEN = "open"
    UPDATE = "update"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Step:
    """The next state and what it does to the alert. ``started_at`` is when what opens began."""

    state: State
    effect: Effect
    started_at: datetime | None = None


def step(state: State, verdict: Verdict, rule: AlertDefinition, *, for_seconds: int, now: datetime) -> Step:
    """Return what follows from a verdict, by the table of docs/alerts.md."""
    is_true = verdict.is_true
    if not verdict.has_data:
        match rule.no_data:
            case NoData.KEEP:
                return Step(state, Effect.NONE)
            case NoData.FIRE:
                is_true = True
            case NoData.NO_DATA:
                if state.name in (StateName.FIRING, StateName.RECOVERING):
                    return Step(state, Effect.NONE)
                return Step(_at(state, StateName.NO_DATA, now), Effect.NONE)
            case NoData.OK:
                is_true = False
    if is_true is None:
        return Step(state, Effect.NONE)
    if state.is_held:
        return Step(state if is_true else replace(_at(state, StateName.OK, now), is_held=False), Effect.NONE)
    state = replace(state, value=verdict.value)
    return _on_true(state, verdict, for_seconds, now) if is_true else _on_false(state, rule.keep_firing_seconds, now)


def _on_true(state: State, verdict: Verdict, for_seconds: int, now: datetime) -> Step:
    if state.name is StateName.FIRING:
        return Step(state, Effect.UPDATE)
    if state.name is StateName.RECOVERING:
        return Step(replace(_at(state, StateName.FIRING, now), clear_since=None), Effect.UPDATE)
    began = state.pending_since or min(verdict.since or now, now)
    if now - began >= timedelta(seconds=for_seconds):
        return Step(replace(_at(state, StateName.FIRING, now), pending_since=None), Effect.OPEN, began)
    return Step(replace(_at(state, StateName.PENDING, now), pending_since=began), Effect.NONE)


def _on_false(state: State, keep_seconds: int, now: datetime) -> Step:
    if state.name in (StateName.FIRING, StateName.RECOVERING):
        began = state.clear_since or now
        if now - began >= timedelta(seconds=keep_seconds):
            return Step(replace(_at(state, StateName.OK, now), clear_since=None), Effect.RESOLVE)
        return Step(replace(_at(state, StateName.RECOVERING, now), clear_since=began), Effect.NONE)
    return Step(replace(_at(state, StateName.OK, now), pending_since=None), Effect.NONE)


def _at(state: State, name: StateName, now: datetime) -> State:
    return state if state.name is name else replace(state, name=name, since=now)


def combine(verdicts: list[Verdict], *, is_any: bool) -> Verdict:
    """Return the verdict of several conditions, of which any or all must be true."""
    if len(verdicts) == 1:
        return verdicts[0]
    true = [each for each in verdicts if each.is_true]
    shown = (true or verdicts)[0]
    if is_any:
        is_true = True if true else (None if any(each.is_true is None for each in verdicts) else False)
    else:
        is_true = len(true) == len(verdicts) or (None if all(each.is_true is not False for each in verdicts) else False)
    begins = [each.since for each in true if each.since is not None]
    nexts = [each.next_at for each in verdicts if each.next_at is not None]
    return replace(
        shown,
        is_true=is_true,
        has_data=any(each.has_data for each in verdicts),
        level=max(each.level for each in verdicts),
        is_mild=all(each.is_mild for each in true) if true else False,
        since=(min(begins) if is_any else max(begins)) if begins else None,
        next_at=min(nexts, default=None),
        summary="; ".join(each.summary for each in (true if is_any and true else verdicts) if each.summary),
        run_ids=tuple(dict.fromkeys(run for each in true for run in each.run_ids))[:5],
        error=next((each.error for each in true if each.error), None),
    )


def watches_failures(condition: Condition) -> bool:
    """Say whether a failed run should have the rule looked at at once."""
    return any(isinstance(each, Outcome | Failures) and each.status != "warning" for each in condition.leaves)


def counts_runs(conditions: JsonObject) -> bool:
    """Say whether a condition counts runs that ended, so that those before a manual resolve can be left out."""
    condition = parse(conditions)
    return not condition.labels and all(
        isinstance(each, Outcome | Failures) or (isinstance(each, Metric) and each.is_of_runs) for each in condition.leaves
    )


def next_look(condition: Condition, verdict: Verdict | None, states: set[StateName], now: datetime) -> datetime:
    """Return when a rule is looked at next if nothing happens before."""
    if states & {StateName.FIRING, StateName.RECOVERING, StateName.PENDING}:
        pause = LIVELY
    else:
        pause = min(_pause_of(each) for each in condition.leaves)
    at = now + pause
    if verdict is not None and verdict.next_at is not None:
        at = min(at, max(verdict.next_at, now))
    return at


def _pause_of(leaf: object) -> timedelta:
    match leaf:
        case Outcome() | Failures() if leaf.status != "warning":
            return _IDLE
        case Heartbeat():
            return min(_LONGEST, max(_SHORTEST, timedelta(seconds=leaf.every)))
        case Metric():
            return min(_LONGEST, max(_SHORTEST, timedelta(seconds=leaf.window / 5)))
        case Budget() | BudgetUsed():
            return _LONGEST
        case MissedSchedule() | Absence() | ApprovalWaiting() | BackupAge() | RehearsalAge():
            return _LONGEST
        case _:
            return _SHORTEST


def back_off(failures: int) -> timedelta:
    """Return how long to leave a rule alone whose evaluation failed so many times in a row."""
    return min(timedelta(seconds=15 * 2 ** min(failures, 10)), _LONGEST_BACKOFF)


def fingerprint_of(organization_id: UUID, config_id: UUID, group_key: str) -> str:
    """Return what tells alerts of the same rule and group apart from all others."""
    return hashlib.sha256(f"{organization_id}|{config_id}|{group_key}".encode()).hexdigest()


def severity_of(rule: Severity, verdict: Verdict) -> Severity:
    """Return the severity of an alert: a mild one is one step below its rule's."""
    if not verdict.is_mild:
        return rule
    return Severity.WARNING if rule is Severity.CRITICAL else Severity.INFO


def is_rise(before: Severity, after: Severity, level_before: int, level_after: int) -> bool:
    """Say whether an alert got worse."""
    return RANK[after] > RANK[before] or level_after > level_before


def give_up_at(event: str, now: datetime) -> datetime:
    """Return when no further attempt is made to send something."""
    return now + (_GIVE_UP_REMINDER if event == "reminder" else GIVE_UP)
