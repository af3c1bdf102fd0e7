"""Back-tests of conditions that are not about runs which ended: the spans in which they were true, spending, and points."""

from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, LiteralString, Protocol, TypeVar
from uuid import UUID

from retinue.alerts import backtesting_used
from retinue.alerts import repository_spans as history
from retinue.alerts.conditions import (
    QUANTILES,
    Absence,
    AgentStatus,
    ApprovalWaiting,
    BackupAge,
    Budget,
    BudgetUsed,
    DeliveryFailures,
    DeploymentStatus,
    Heartbeat,
    Leaf,
    Metric,
    MissedSchedule,
    RehearsalAge,
    RunDuration,
    WorkflowStatus,
)
from retinue.alerts.evaluating import budget_verdict, metric_verdict
from retinue.alerts.periods import begin_of, end_of
from retinue.alerts.repository_spans import PastMinute, Span
from retinue.alerts.types import Verdict
from retinue.core.context import Context

_FORECAST_PART = 0.1
_KEPT_HEARTBEATS = timedelta(days=2)
SETTLING = timedelta(seconds=15)
"""The window of a reported metric ends so long ago."""
_MINUTE = timedelta(minutes=1)
_Fact = TypeVar("_Fact")


class Look(Protocol):
    """One condition over the past: when its verdict may change, and what it is at instants that only grow.

    ``known_since``: from when its facts are kept; None: over all of the time that is looked at.
    """

    instants: Sequence[datetime]
    is_complete: bool
    known_since: datetime | None

    def verdict(self, now: datetime) -> Verdict:
        """Return the verdict at an instant."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: targets, None: the organization; since when; how many facts at most of one of them, and of all."""

    targets: tuple[UUID | None, ...]
    tag: str | None
    start: datetime
    most: int
    most_of_all: int

    @property
    def one(self) -> UUID | None:
        """The target, if there is one alone."""
        return self.targets[0] if len(self.targets) == 1 else None

    @property
    def each(self) -> list[UUID]:
        """The targets, none for the organization."""
        return [each for each in self.targets if each is not None]

    def split(self, found: Sequence[tuple[UUID | None, _Fact]]) -> list[tuple[list[_Fact], bool]]:
        """Return the facts of each target, the newest first, of those of all; and whether these are all of its facts."""
        if len(self.targets) == 1:
            own = [fact for _, fact in found]
            return [(own[: self.most], len(own) <= self.most)]
        of_target: defaultdict[UUID | None, list[_Fact]] = defaultdict(list)
        for target, fact in found[: self.most_of_all]:
            of_target[target].append(fact)
        is_whole = len(found) <= self.most_of_all
        facts = [of_target[each] for each in self.targets]
        return [(own[: self.most], is_whole and len(own) <= self.most) for own in facts]


async def looks_of(ctx: Context, leaf: Leaf, scope: Scope) -> list[Look]:
    """Return the look of a condition at each target of a scope."""
    start, most = scope.start, scope.most_of_all + 1
    if isinstance(leaf, Budget):
        since = begin_of(leaf, start)
        costs = await history.list_costs(ctx, scope.each or None, scope.tag, since, most)
        split = scope.split([(target, (at, cost)) for target, at, cost in costs])
        return [_BudgetLook(leaf, own, since, ctx.now, is_complete=is_complete) for own, is_complete in split]
    if isinstance(leaf, BudgetUsed):
        return [*await backtesting_used.looks_of(ctx, leaf, start, scope.most, len(scope.targets))]
    if isinstance(leaf, Metric):
        is_last = leaf.agg == "last"
        minutes = await history.list_minutes(ctx, scope.one, leaf.metric, start, most, is_last=is_last)
        points = scope.split([(each.agent_id, each) for each in minutes])
        return [_PointsLook(leaf, own, is_complete=is_complete) for own, is_complete in points]
    known = await _known_since(ctx, leaf, scope)
    spans = scope.split(await _spans(ctx, leaf, scope))
    return [
        _SpansLook(own, start, since if since is not None and since > start else None, is_complete=is_complete)
        for (own, is_complete), since in zip(spans, known, strict=True)
    ]


async def _spans(ctx: Context, leaf: Leaf, scope: Scope) -> Sequence[tuple[UUID | None, Span]]:
    statement, fields = _asked(leaf)
    values: dict[str, Any] = {"y": scope.tag, "s": None, "n": 1, "w": 0, "start": scope.start, "end": ctx.now}
    values |= fields | {"limit": scope.most + 1}
    if len(scope.targets) > 1:
        return await history.list_spans_of_each(ctx, statement, scope.each, values | {"most": scope.most_of_all + 1})
    return [(scope.one, each) for each in await history.list_spans(ctx, statement, values | {"t": scope.one})]


async def _known_since(ctx: Context, leaf: Leaf, scope: Scope) -> list[datetime | None]:
    known = await _status_known_since(ctx, leaf, scope)
    if not isinstance(leaf, Heartbeat):
        return known
    kept = ctx.now - _KEPT_HEARTBEATS
    return [kept if each is None else max(kept, each) for each in known]


async def _status_known_since(ctx: Context, leaf: Leaf, scope: Scope) -> list[datetime | None]:
    if isinstance(leaf, AgentStatus | Heartbeat | Absence) and len(scope.targets) > 1:
        known = await history.find_known_since_each(ctx, scope.each)
        return [None if each is None else known.get(each) for each in scope.targets]
    if isinstance(leaf, AgentStatus | Heartbeat | WorkflowStatus) and len(scope.targets) == 1:
        is_of_agents = not isinstance(leaf, WorkflowStatus)
        return [await history.find_known_since(ctx, scope.one, is_of_agents=is_of_agents)]
    if isinstance(leaf, Absence) and scope.one is not None:
        both = [await history.find_known_since(ctx, scope.one, is_of_agents=is_of_agents) for is_of_agents in (True, False)]
        return [max((each for each in both if each is not None), default=None)]
    return [None for _ in scope.targets]


def _asked(leaf: Leaf) -> tuple[LiteralString, dict[str, Any]]:  # noqa: PLR0911 - one line a kind
    match leaf:
        case RunDuration():
            return history.RUN_DURATION, {"w": leaf.gt}
        case Absence():
            return history.ABSENCE, {"w": leaf.window, "n": leaf.at_least, "s": leaf.of}
        case ApprovalWaiting():
            return history.APPROVAL_WAITING, {"w": leaf.gt}
        case MissedSchedule():
            return history.MISSED_SCHEDULE, {"w": leaf.grace}
        case Heartbeat():
            return history.HEARTBEAT, {"w": leaf.every + leaf.grace}
        case DeploymentStatus():
            return history.DEPLOYMENT, {}
        case DeliveryFailures():
            return history.DELIVERY_FAILURES, {"n": leaf.delivery_failures}
        case _:
            return _asked_status(leaf)


def _asked_status(leaf: Leaf) -> tuple[LiteralString, dict[str, Any]]:
    match leaf:
        case AgentStatus():
            return history.AGENT_STATUS, {"s": leaf.agent_status}
        case WorkflowStatus():
            return history.WORKFLOW_STATUS, {"s": leaf.workflow_status}
        case BackupAge():
            return history.BACKUP, {"w": leaf.older_than}
        case RehearsalAge():
            return history.REHEARSAL, {"w": leaf.older_than}
        case _:
            raise TypeError(type(leaf).__name__)


class _SpansLook:
    """A condition that is true inside spans, which may overlap."""

    def __init__(self, spans: Sequence[Span], start: datetime, known_since: datetime | None, *, is_complete: bool) -> None:
        """Join the spans."""
        self.is_complete, self.known_since = is_complete, known_since
        self._joined: list[Span] = []
        for span in sorted(spans, key=lambda each: each.since):
            last = self._joined[-1] if self._joined else None
            if last is None or (last.until is not None and last.until < span.since):
                self._joined.append(span)
            elif last.until is not None and (span.until is None or span.until > last.until):
                self._joined[-1] = Span(last.since, span.until)
        ends = [each.until for each in self._joined if each.until is not None]
        self.instants: Sequence[datetime] = [*(max(each.since, start) for each in self._joined), *ends]
        self._begins = [each.since for each in self._joined]

    def verdict(self, now: datetime) -> Verdict:
        """Say whether an instant is inside a span."""
        place = bisect_right(self._begins, now) - 1
        span = self._joined[place] if place >= 0 else None
        if span is None or (span.until is not None and span.until <= now):
            return Verdict(False)
        return Verdict(True, since=span.since)


class _BudgetLook:
    """What was spent in the period of an instant."""

    def __init__(
        self, leaf: Budget, costs: Sequence[tuple[datetime, float]], since: datetime, end: datetime, *, is_complete: bool
    ) -> None:
        """Take what runs cost, the newest first, from the beginning of a period."""
        self.is_complete = is_complete
        self.known_since: datetime | None = None
        self._leaf = leaf
        self._costs = deque(sorted(costs))
        self._begin, self._spent = since, 0.0
        instants = [at for at, _ in costs]
        begin = since
        while begin <= end:
            following = end_of(leaf, begin)
            instants += [begin, begin + (following - begin) * _FORECAST_PART]
            begin = following
        self.instants: Sequence[datetime] = instants

    def verdict(self, now: datetime) -> Verdict:
        """Judge what is spent by an instant."""
        begin = begin_of(self._leaf, now)
        if begin != self._begin:
            self._begin, self._spent = begin, 0.0
        while self._costs and self._costs[0][0] <= now:
            at, cost = self._costs.popleft()
            self._spent += cost if at >= begin else 0.0
        return budget_verdict(self._leaf, self._spent, now)


class _PointsLook:
    """A figure of the points of a metric, by minutes, in a window that ends some seconds before an instant."""

    def __init__(self, leaf: Metric, minutes: Sequence[PastMinute], *, is_complete: bool) -> None:
        """Take minutes that have points, the newest first."""
        self.is_complete = is_complete
        self.known_since: datetime | None = None
        if leaf.agg == "last" and any(each.last_at is None for each in minutes):  # roll-ups are kept longer than points
            self.known_since = min((each.last_at for each in minutes if each.last_at), default=minutes[0].bucket)
            minutes = [each for each in minutes if each.last_at is not None]
        self._leaf = leaf
        self._ahead = deque(sorted(minutes, key=lambda each: each.bucket))
        self._inside: deque[PastMinute] = deque()
        self._number: Counter[float] = Counter()
        window = timedelta(seconds=leaf.window)
        buckets = {each.bucket for each in minutes}
        self.instants: Sequence[datetime] = [
            *(each + _MINUTE + SETTLING for each in buckets),
            *(each + window + _MINUTE + SETTLING for each in buckets),
        ]

    def verdict(self, now: datetime) -> Verdict:
        """Judge the window that ends at an instant."""
        leaf = self._leaf
        while self._ahead and self._ahead[0].bucket < now - SETTLING:
            minute = self._ahead.popleft()
            self._inside.append(minute)
            self._number.update(dict(zip(minute.values, minute.counts, strict=True)))
        first = (now - timedelta(seconds=leaf.window) - SETTLING).replace(second=0, microsecond=0)
        while self._inside and self._inside[0].bucket < first:
            minute = self._inside.popleft()
            self._number.subtract(dict(zip(minute.values, minute.counts, strict=True)))
        verdict = metric_verdict(leaf, self._figure(), ())
        return verdict if self._inside else replace(verdict, has_data=False)

    def _figure(self) -> float | None:
        leaf, inside = self._leaf, self._inside
        count = sum(each.count for each in inside)
        if leaf.agg == "count":
            return float(count)
        if not count:
            return 0.0 if leaf.agg == "rate" else None
        if leaf.agg == "last":
            return max((each.last_at, each.last) for each in inside if each.last_at is not None)[1]
        total = sum(each.sum for each in inside)
        low, high = min(each.min for each in inside), max(each.max for each in inside)
        if leaf.agg in QUANTILES:
            return min(max(self._quantile(QUANTILES[leaf.agg] * (count - 1)), low), high)
        figures = {"sum": total, "avg": total / count, "rate": total / leaf.window, "min": low, "max": high}
        return figures[leaf.agg]

    def _quantile(self, below: float) -> float:
        number = 0
        values = sorted(value for value, some in self._number.items() if some)
        for value in values:
            number += self._number[value]
            if number > below:
                return value
        return values[-1]
