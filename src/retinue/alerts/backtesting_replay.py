"""Going through the past of a rule, or of one of its groups: when it fires, and what a channel is sent about it then."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from retinue.alerts import rules
from retinue.alerts.backtesting_facts import Look
from retinue.alerts.conditions import Condition
from retinue.alerts.rules import Effect
from retinue.alerts.types import AlertDefinition, State, StateName, Verdict
from retinue.alerts.types_backtests import BacktestPeriod

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Replay:
    """When a rule fires for a group; the instants of openings and resolves that are sent; when its state is not ok."""

    periods: list[BacktestPeriod]
    opened: list[datetime]
    resolved: list[datetime]
    unsettled: list[tuple[datetime, datetime]]

    def firing_seconds(self, end: datetime) -> int:
        """Return for how long it fires until an instant."""
        return int(sum(((each.ended_at or end) - each.fired_at).total_seconds() for each in self.periods))

    @property
    def notification_count(self) -> int:
        """How many notifications a channel is sent about it."""
        return sum(each.notification_count for each in self.periods)


@dataclass(slots=True)
class _Messages:
    """What a channel is sent about a group, as ``announcing`` decides it, when nobody acknowledges or silences it."""

    rule: AlertDefinition
    opened: list[datetime] = field(default_factory=list[datetime])
    resolved: list[datetime] = field(default_factory=list[datetime])
    count: int = 0
    opening: datetime | None = None
    last_sent: datetime | None = None
    resolved_at: datetime | None = None
    is_heard: bool = False
    flaps: list[datetime] = field(default_factory=list[datetime])
    worst: tuple[rules.Severity, int] = (rules.Severity.INFO, 0)

    def open(self, now: datetime, verdict: Verdict) -> None:
        """Note that the alert opens, or opens again."""
        is_again = self.resolved_at is not None and self.resolved_at > now - rules.REOPEN_WITHIN
        if not is_again:
            self.flaps, self.is_heard, self.last_sent = [], False, None
        else:
            self.flaps = [*(each for each in self.flaps if each > now - _HOUR), now]
        number, last = len(self.flaps), self.last_sent
        is_kept_back = number > rules.FLAPS_AN_HOUR and last is not None and now - last < rules.FLAPPING_PAUSE
        self.count = 0
        self.opening = None if is_kept_back else now
        if not is_kept_back:
            self._send(now + rules.GROUP_WAIT)
        self.worst = (rules.severity_of(self.rule.severity, verdict), verdict.level)

    def go_on(self, now: datetime, verdict: Verdict) -> None:
        """Note how a firing alert is now: it may have become worse."""
        severity, level = rules.severity_of(self.rule.severity, verdict), verdict.level
        if rules.is_rise(self.worst[0], severity, self.worst[1], level):
            self._send(now)
        self.worst = (severity, max(level, self.worst[1]))

    def remind(self, now: datetime, *, is_first: bool) -> None:
        """Send the reminders due before an instant, until which the rule fired, or the one that is due at it."""
        if not self.rule.renotify_seconds or self.last_sent is None:
            return
        pause = max(timedelta(seconds=self.rule.renotify_seconds), rules.LIVELY)
        number = (now - self.last_sent - (timedelta(0) if is_first else timedelta.resolution)) // pause
        if number > 0:
            self.count += 1 if is_first else number
            self.last_sent = now if is_first else self.last_sent + number * pause

    def resolve(self, now: datetime) -> int:
        """Note that the alert is resolved; return how many notifications were sent about it since it opened."""
        self.resolved_at = now
        if self.opening is not None and now - self.opening < rules.GROUP_WAIT:
            return 0
        self._heard()
        if self.rule.notify_resolved and self.is_heard:
            self.count += 1
            self.resolved.append(now)
        return self.count

    def stop(self) -> int:
        """Return how many notifications were sent about an alert that still fires."""
        self._heard()
        return self.count

    def _heard(self) -> None:
        if self.opening is not None:
            self.opened.append(self.opening)
            self.is_heard = True

    def _send(self, at: datetime) -> None:
        self.count += 1
        self.last_sent = at


def replay(
    condition: Condition,
    definition: AlertDefinition,
    looks: Sequence[Look],
    end: datetime,
    is_present: Callable[[], bool] | None = None,
) -> Replay:
    """Go through the instants at which a verdict may change, until an end.

    ``is_present`` says whether the group exists at the instant of the last verdict: one that is ok and does not is not
    looked at.
    """
    for_seconds = max(definition.for_seconds, condition.for_seconds)
    instants = [each for look in looks for each in look.instants]
    heapq.heapify(instants)
    state, messages = State(), _Messages(definition)
    found = Replay([], messages.opened, messages.resolved, [])
    began: datetime | None = None
    while instants and instants[0] <= end:
        now = heapq.heappop(instants)
        verdict = rules.combine([look.verdict(now) for look in looks], is_any=condition.is_any)
        if is_present is not None and state.name is StateName.OK and not is_present():
            state = State()
            continue
        step = rules.step(state, verdict, definition, for_seconds=for_seconds, now=now)
        if state.name is StateName.FIRING:
            messages.remind(now, is_first=False)
        _note(found.periods, messages, step, verdict, now)
        if step.state != state:
            _remind(instants, step.state, for_seconds, definition.keep_firing_seconds, now)
        if began is None and step.state.name is not StateName.OK:
            began = now
        elif began is not None and step.state.name is StateName.OK:
            found.unsettled.append((began, now))
            began = None
        state = step.state
    if began is not None:
        found.unsettled.append((began, end))
    if found.periods and found.periods[-1].ended_at is None:
        if state.name is StateName.FIRING:
            messages.remind(end, is_first=False)
        found.periods[-1] = replace(found.periods[-1], notification_count=messages.stop())
    return found


def _note(periods: list[BacktestPeriod], messages: _Messages, step: rules.Step, verdict: Verdict, now: datetime) -> None:
    """Write what a step does to the alert."""
    if step.effect is Effect.OPEN:
        messages.open(now, verdict)
        periods.append(BacktestPeriod(step.started_at or now, now, None, verdict.value, 0))
    elif step.effect is Effect.UPDATE:
        messages.go_on(now, verdict)
        messages.remind(now, is_first=True)
    elif step.effect is Effect.RESOLVE and periods:
        periods[-1] = replace(periods[-1], ended_at=now, notification_count=messages.resolve(now))


def _remind(instants: list[datetime], state: State, for_seconds: int, keep_seconds: int, now: datetime) -> None:
    """Have the rule looked at when it has been true, or false, for long enough."""
    for since, seconds in ((state.pending_since, for_seconds), (state.clear_since, keep_seconds)):
        if since is not None and since + timedelta(seconds=seconds) > now:
            heapq.heappush(instants, since + timedelta(seconds=seconds))
