"""What a rule would have done over the past, by the same decisions as the engine's, on the runs that are still there."""

import heapq
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from retinue.alerts import repository_history as history
from retinue.alerts import rules, service
from retinue.alerts.conditions import Condition, Failures, Metric, Outcome
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.evaluating import metric_verdict, outcome_verdict, window_verdict
from retinue.alerts.permissions import READ
from retinue.alerts.repository_history import PastRun
from retinue.alerts.rules import Effect
from retinue.alerts.types import AlertDefinition, Backtest, BacktestPeriod, State, Verdict
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.permissions import require

MAX_RUNS = 5000
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


async def run(ctx: Context, definition: AlertDefinition, days: int) -> Backtest:
    """Return when a rule would have fired in the last days. At most 5,000 runs are looked at, the newest.

    Raises ``AlertInvalidError`` for conditions that are not about runs which ended.
    """
    require(ctx, READ)
    condition = await service.check(ctx, definition)
    leaves = condition.leaves
    if not all(isinstance(each, Outcome | Failures) or (isinstance(each, Metric) and each.is_of_runs) for each in leaves):
        remedy = "Only conditions on the outcome, the figures and the failures of runs can be tested."
        raise AlertInvalidError.of(FieldProblem("conditions", "cannot be tested over the past", remedy))
    if condition.labels:
        raise AlertInvalidError.of(
            FieldProblem("conditions", "cannot be tested over the past by labels", "Remove group_by.")
        )
    if definition.group_by is not None:
        raise AlertInvalidError.of(FieldProblem("group_by", "cannot be tested over the past", "Choose one agent."))
    start = ctx.now - timedelta(days=days)
    target_id = definition.agent_id or definition.team_id or definition.workflow_id
    past = await history.list_runs(ctx, target_id, definition.tag, start, MAX_RUNS + 1)
    is_complete = len(past) <= MAX_RUNS
    past = sorted(past[:MAX_RUNS], key=lambda each: (each.completed_at, each.id))
    periods = replay(condition, definition, past, ctx.now)
    firing = sum(((each.ended_at or ctx.now) - each.fired_at).total_seconds() for each in periods)
    return Backtest(start, ctx.now, len(past), int(firing), periods, is_complete)


def replay(condition: Condition, definition: AlertDefinition, past: list[PastRun], end: datetime) -> list[BacktestPeriod]:
    """Go through past runs in the order of their ends; return when the rule fires."""
    looks = [_Look(leaf) for leaf in condition.leaves]
    for_seconds = max(definition.for_seconds, condition.for_seconds)
    instants = [each.completed_at for each in past]
    for leaf in condition.leaves:
        if isinstance(leaf, Failures | Metric):
            instants += [each.completed_at + timedelta(seconds=leaf.window) for each in past]
    heapq.heapify(instants)
    state, periods, place = State(), list[BacktestPeriod](), 0
    while instants:
        now = heapq.heappop(instants)
        if now > end:
            break
        while place < len(past) and past[place].completed_at <= now:
            for look in looks:
                look.add(past[place])
            place += 1
        verdict = rules.combine([look.verdict(now) for look in looks], is_any=condition.is_any)
        step = rules.step(state, verdict, definition, for_seconds=for_seconds, now=now)
        if step.effect is Effect.OPEN:
            periods.append(BacktestPeriod(step.started_at or now, now, None, verdict.value))
        elif step.effect is Effect.RESOLVE and periods:
            periods[-1] = replace(periods[-1], ended_at=now)
        if step.state != state:
            _remind(instants, step.state, for_seconds, definition.keep_firing_seconds, now)
        state = step.state
    return periods


def _remind(instants: list[datetime], state: State, for_seconds: int, keep_seconds: int, now: datetime) -> None:
    """Have the rule looked at when it has been true, or false, for long enough."""
    for since, seconds in ((state.pending_since, for_seconds), (state.clear_since, keep_seconds)):
        if since is not None and since + timedelta(seconds=seconds) > now:
            heapq.heappush(instants, since + timedelta(seconds=seconds))


@dataclass
class _Look:
    """One condition on runs, fed with them one after the other."""

    leaf: object
    newest: deque[PastRun] = field(default_factory=deque[PastRun])
    inside: deque[PastRun] = field(default_factory=deque[PastRun])
    values: list[float] = field(default_factory=list[float])
    matched: int = 0

    def add(self, run: PastRun) -> None:
        leaf = self.leaf
        if isinstance(leaf, Outcome | Failures) and leaf.triggers and run.trigger not in leaf.triggers:
            return
        if isinstance(leaf, Outcome):
            self.newest.appendleft(run)
            if len(self.newest) > max(leaf.consecutive_failures, leaf.resolve_after_successes):
                self.newest.pop()
        elif isinstance(leaf, Failures | Metric):
            self.inside.append(run)
            self._count(run, 1)

    def _count(self, run: PastRun, by: int) -> None:
        leaf = self.leaf
        if isinstance(leaf, Failures):
            self.matched += by * _matches(leaf.status, run)
        elif isinstance(leaf, Metric):
            value = run.figure(leaf.metric)
            if value is not None and by > 0:
                insort(self.values, value)
            elif value is not None:
                del self.values[bisect_left(self.values, value)]

    def verdict(self, now: datetime) -> Verdict:
        leaf = self.leaf
        if isinstance(leaf, Outcome):
            runs = list(self.newest)
            matches = [_matches(leaf.status, run) for run in runs]
            return outcome_verdict(leaf, matches, [run.id for run in runs], [run.completed_at for run in runs], None)
        assert isinstance(leaf, Failures | Metric)  # noqa: S101 - the others are refused
        while self.inside and self.inside[0].completed_at <= now - timedelta(seconds=leaf.window):
            self._count(self.inside.popleft(), -1)
        if isinstance(leaf, Failures):
            ids: list[UUID] = [run.id for run in self.inside if _matches(leaf.status, run)][-5:]
            return window_verdict(leaf, len(self.inside), self.matched, ids, None)
        return metric_verdict(leaf, self._figure(leaf), ())

    def _figure(self, leaf: Metric) -> float | None:
        values = self.values
        if leaf.agg == "count":
            return float(len(values))
        if not values:
            return None
        if leaf.agg in _QUANTILES:
            return _quantile(values, _QUANTILES[leaf.agg])
        if leaf.agg == "last":
            return next((value for run in reversed(self.inside) if (value := run.figure(leaf.metric)) is not None), None)
        if leaf.agg == "rate":
            return sum(values) / leaf.window
        simple = {"min": values[0], "max": values[-1], "sum": sum(values), "avg": sum(values) / len(values)}
        return simple[leaf.agg]


def _matches(status: str, run: PastRun) -> bool:
    return run.status == "completed" and run.warning_count > 0 if status == "warning" else run.status == "failed"


def _quantile(values: list[float], part: float) -> float:
    """Interpolate as PostgreSQL's percentile_cont does."""
    place = part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
