"""Back-tests of conditions on runs that ended: their outcomes, failures and figures, fed with one run after the other.

Figures are also those of single points that agents report, where a rule looks at these by labels.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from retinue.alerts.conditions import QUANTILES, Failures, Leaf, Metric, Outcome
from retinue.alerts.evaluating import metric_verdict, outcome_verdict, window_verdict
from retinue.alerts.repository_history import PastRun
from retinue.alerts.types import Verdict


def is_of_runs(leaf: Leaf) -> bool:
    """Say whether a condition counts runs that ended."""
    return isinstance(leaf, Outcome | Failures) or (isinstance(leaf, Metric) and leaf.is_of_runs)


class Figured(Protocol):
    """What has a figure of a metric since an instant."""

    @property
    def completed_at(self) -> datetime:
        """Since when."""
        ...

    def figure(self, metric: str) -> float | None:
        """Return the figure, None when it has none."""
        ...


class RunsLook:
    """How many of past runs failed or had warnings, in the order of their ends."""

    def __init__(self, leaf: Outcome | Failures, past: Sequence[PastRun]) -> None:
        """Take the runs."""
        self.is_complete = True
        self.known_since: datetime | None = None
        self._leaf = leaf
        self._ahead = deque(past)
        self._newest: deque[PastRun] = deque()
        self._inside: deque[PastRun] = deque()
        self._matched = 0
        instants = [each.completed_at for each in past]
        if isinstance(leaf, Failures):
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
        while self._inside and self._inside[0].completed_at <= now - timedelta(seconds=leaf.window):
            self._matched -= _matches(leaf.status, self._inside.popleft())
        return window_verdict(leaf, len(self._inside), self._matched)

    def _add(self, run: PastRun) -> None:
        leaf = self._leaf
        if leaf.triggers and run.trigger not in leaf.triggers:
            return
        if isinstance(leaf, Outcome):
            self._newest.appendleft(run)
            if len(self._newest) > max(leaf.consecutive_failures, leaf.resolve_after_successes):
                self._newest.pop()
        else:
            self._inside.append(run)
            self._matched += _matches(leaf.status, run)


class FiguresLook:
    """A figure of past runs or points in a window."""

    def __init__(self, leaf: Metric, past: Sequence[Figured]) -> None:
        """Take them in the order of their ends."""
        self.is_complete = True
        self.known_since: datetime | None = None
        self._leaf = leaf
        self._window = timedelta(seconds=leaf.window)
        self._ahead = deque(past)
        self._inside: deque[Figured] = deque()
        self._values: list[float] = []
        instants = [each.completed_at for each in past]
        self.instants: Sequence[datetime] = [*instants, *(each + self._window for each in instants)]

    @property
    def is_present(self) -> bool:
        """Whether the window of the last verdict has a run or point."""
        return bool(self._inside)

    def verdict(self, now: datetime) -> Verdict:
        """Judge the window that ends at an instant."""
        while self._ahead and self._ahead[0].completed_at <= now:
            added = self._ahead.popleft()
            self._inside.append(added)
            value = added.figure(self._leaf.metric)
            if value is not None:
                insort(self._values, value)
        while self._inside and self._inside[0].completed_at <= now - self._window:
            value = self._inside.popleft().figure(self._leaf.metric)
            if value is not None:
                del self._values[bisect_left(self._values, value)]
        return metric_verdict(self._leaf, self._figure(), ())

    def _figure(self) -> float | None:
        leaf, values = self._leaf, self._values
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
