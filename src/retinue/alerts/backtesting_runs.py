"""Back-tests of conditions on runs that ended: their outcomes, failures and figures, fed with one run after the other."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from retinue.alerts.conditions import QUANTILES, Failures, Leaf, Metric, Outcome
from retinue.alerts.evaluating import metric_verdict, outcome_verdict, window_verdict
from retinue.alerts.repository_history import PastRun
from retinue.alerts.types import Verdict


def is_of_runs(leaf: Leaf) -> bool:
    """Say whether a condition counts runs that ended."""
    return isinstance(leaf, Outcome | Failures) or (isinstance(leaf, Metric) and leaf.is_of_runs)


class RunsLook:
    """One condition over past runs, in the order of their ends."""

    def __init__(self, leaf: Leaf, past: Sequence[PastRun]) -> None:
        """Take the runs."""
        self.is_complete = True
        self.known_since: datetime | None = None
        self._leaf = leaf
        self._ahead = deque(past)
        self._newest: deque[PastRun] = deque()
        self._inside: deque[PastRun] = deque()
        self._values: list[float] = []
        self._matched = 0
        instants = [each.completed_at for each in past]
        if isinstance(leaf, Failures | Metric):
            instants += [each.completed_at + timedelta(seconds=leaf.window) for each in past]
        self.instants: Sequence[datetime] = instants

    def verdict(self, now: datetime) -> Verdict:
        """Judge the runs that ended by an instant."""
        while self._ahead and self._ahead[0].completed_at <= now:
            self._add(self._ahead.popleft())
        leaf = self._leaf
        if isinstance(leaf, Outcome):
            runs = list(self._newest)
            matches = [_matches(leaf.status, run) for run in runs]
            return outcome_verdict(leaf, matches, [run.id for run in runs], [run.completed_at for run in runs], None)
        assert isinstance(leaf, Failures | Metric)  # noqa: S101 - is_of_runs tells
        while self._inside and self._inside[0].completed_at <= now - timedelta(seconds=leaf.window):
            self._count(self._inside.popleft(), -1)
        if isinstance(leaf, Failures):
            ids: list[UUID] = [run.id for run in self._inside if _matches(leaf.status, run)][-5:]
            return window_verdict(leaf, len(self._inside), self._matched, ids, None)
        return metric_verdict(leaf, self._figure(leaf), ())

    def _add(self, run: PastRun) -> None:
        leaf = self._leaf
        if isinstance(leaf, Outcome | Failures) and leaf.triggers and run.trigger not in leaf.triggers:
            return
        if isinstance(leaf, Outcome):
            self._newest.appendleft(run)
            if len(self._newest) > max(leaf.consecutive_failures, leaf.resolve_after_successes):
                self._newest.pop()
        elif isinstance(leaf, Failures | Metric):
            self._inside.append(run)
            self._count(run, 1)

    def _count(self, run: PastRun, by: int) -> None:
        leaf = self._leaf
        if isinstance(leaf, Failures):
            self._matched += by * _matches(leaf.status, run)
        elif isinstance(leaf, Metric):
            value = run.figure(leaf.metric)
            if value is not None and by > 0:
                insort(self._values, value)
            elif value is not None:
                del self._values[bisect_left(self._values, value)]

    def _figure(self, leaf: Metric) -> float | None:
        values = self._values
        if leaf.agg == "count":
            return float(len(values))
        if not values:
            return None
        if leaf.agg in QUANTILES:
            return _quantile(values, QUANTILES[leaf.agg])
        if leaf.agg == "last":
            return next((value for run in reversed(self._inside) if (value := run.figure(leaf.metric)) is not None), None)
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
