"""Back-tests of what is used of a budget of the spending guard: its counters, back from what they say now."""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from retinue.alerts import repository_used as history
from retinue.alerts.conditions import BudgetUsed
from retinue.alerts.evaluating import budget_used_verdict
from retinue.alerts.repository_used import PastBudget, PastPeriod, PastUse
from retinue.alerts.types import Verdict
from retinue.core.context import Context


async def looks_of(ctx: Context, leaf: BudgetUsed, start: datetime, most: int, number: int) -> list["UsedLook"]:
    """Return looks of a condition since an instant, at most so many calls; all groups of a rule see the same budget."""
    budget = await history.find_budget(ctx, leaf.budget_id)
    if budget is None:
        gone = PastBudget("", None, None)
        return [UsedLook(leaf, gone, [], ([], []), start=start, is_complete=True) for _ in range(number)]
    periods = await history.list_periods(ctx, leaf.budget_id, start)
    counters = await history.list_counters(ctx, leaf.budget_id, periods[0].starts_at, most + 1)
    uses = await history.list_uses(ctx, leaf.budget_id, start, most + 1)
    is_complete = len(counters) <= most and len(uses) <= most
    counted = (counters[:most], uses[:most])
    return [UsedLook(leaf, budget, periods, counted, start=start, is_complete=is_complete) for _ in range(number)]


@dataclass(slots=True)
class _Counter:
    """What is used, and what was granted, in a period."""

    settled_usd: float = 0.0
    settled_tokens: int = 0
    granted_usd: float = 0.0
    granted_tokens: int = 0

    def add(self, use: PastUse, by: int) -> None:
        self.settled_usd += by * use.settled_usd
        self.settled_tokens += by * use.settled_tokens
        self.granted_usd += by * use.granted_usd
        self.granted_tokens += by * use.granted_tokens

    def part(self, budget: PastBudget) -> float:
        """Return the part of the limit that is used."""
        parts = [0.0]
        if budget.limit_usd is not None and (usd := budget.limit_usd + self.granted_usd):
            parts.append(round(self.settled_usd / usd, 9))
        if budget.limit_tokens is not None and (tokens := budget.limit_tokens + self.granted_tokens):
            parts.append(self.settled_tokens / tokens)
        return max(parts)


class UsedLook:
    """The part of a budget that was settled by an instant, in the period of that instant, with the limits of today."""

    def __init__(
        self,
        leaf: BudgetUsed,
        budget: PastBudget,
        periods: Sequence[PastPeriod],
        counted: tuple[Sequence[PastUse], Sequence[PastUse]],
        *,
        start: datetime,
        is_complete: bool,
    ) -> None:
        """Take counters as they are now, and what was used since, to what they were before the first use."""
        counters, uses = counted
        self.is_complete = is_complete
        self.known_since: datetime | None = None
        self._leaf, self._budget, self._periods = leaf, budget, periods
        self._begins = [each.starts_at for each in periods]
        self._counters: dict[tuple[UUID, datetime], _Counter] = {}
        for each in counters:
            self._counter(each).add(each, 1)
        for each in uses:
            self._counter(each).add(each, -1)
        for counter in self._counters.values():
            if counter.settled_tokens < 0:  # its counter is deleted, as of a run that is
                counter.settled_usd, counter.settled_tokens = 0.0, 0
        self._ahead = deque(sorted(uses, key=lambda each: each.at))
        self._place = -1
        self._part = 0.0
        self.instants: Sequence[datetime] = [start, *(each.at for each in uses), *self._begins[1:]]

    def verdict(self, now: datetime) -> Verdict:
        """Judge what is settled by an instant."""
        place = bisect_right(self._begins, now) - 1
        if place < 0:
            return Verdict(False)
        period = self._periods[place]
        is_stale = place != self._place
        self._place = place
        while self._ahead and self._ahead[0].at <= now:
            use = self._ahead.popleft()
            counter = self._counter(use)
            before = counter.part(self._budget)
            counter.add(use, 1)
            after = counter.part(self._budget)
            if use.period_start == period.starts_at and after >= self._part:
                self._part = after
            elif before >= self._part:
                is_stale = True
        if is_stale:
            of_period = [each for (_, begin), each in self._counters.items() if begin == period.starts_at]
            self._part = max((each.part(self._budget) for each in of_period), default=0.0)
        return budget_used_verdict(self._leaf, self._budget.name, self._part, period.ends_at)

    def _counter(self, use: PastUse) -> _Counter:
        return self._counters.setdefault((use.counted_id, use.period_start), _Counter())
