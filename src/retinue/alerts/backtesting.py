"""What a rule would have done over the past, by the same decisions as the engine's, on the facts that are still there."""

import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from retinue.alerts import backtesting_facts, rules, service
from retinue.alerts import repository_history as history
from retinue.alerts.backtesting_facts import Look
from retinue.alerts.backtesting_runs import RunsLook, is_of_runs
from retinue.alerts.conditions import Condition, Leaf
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.permissions import READ
from retinue.alerts.repository_history import PastRun
from retinue.alerts.rules import Effect
from retinue.alerts.types import AlertDefinition, State
from retinue.alerts.types_backtests import Backtest, BacktestPeriod
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.permissions import require

MAX_RUNS = 5000
"""Also the most of any other facts, the newest."""


async def run(ctx: Context, definition: AlertDefinition, days: int) -> Backtest:
    """Return when a rule would have fired in the last days. At most 5,000 runs or other facts are looked at, the newest.

    Raises ``AlertInvalidError`` for groups.
    """
    require(ctx, READ)
    condition = await service.check(ctx, definition)
    if condition.labels:
        problem = FieldProblem("conditions", "cannot be tested over the past by labels", "Remove group_by.")
        raise AlertInvalidError.of(problem)
    if definition.group_by is not None:
        raise AlertInvalidError.of(FieldProblem("group_by", "cannot be tested over the past", "Choose one agent."))
    start = ctx.now - timedelta(days=days)
    target_id = definition.agent_id or definition.team_id or definition.workflow_id
    past: list[PastRun] = []
    if any(is_of_runs(leaf) for leaf in condition.leaves):
        past = await history.list_runs(ctx, target_id, definition.tag, start, MAX_RUNS + 1)
    is_complete = len(past) <= MAX_RUNS
    past = sorted(past[:MAX_RUNS], key=lambda each: (each.completed_at, each.id))
    looks: list[Look] = []
    for leaf in condition.leaves:
        look = await _look_of(ctx, leaf, definition, past, start)
        looks.append(look)
        is_complete = is_complete and look.is_complete
    periods = replay(condition, definition, looks, ctx.now)
    firing = sum(((each.ended_at or ctx.now) - each.fired_at).total_seconds() for each in periods)
    known_since = max((each.known_since for each in looks if each.known_since is not None), default=None)
    return Backtest(start, ctx.now, len(past), int(firing), periods, is_complete, known_since)


async def _look_of(ctx: Context, leaf: Leaf, definition: AlertDefinition, past: list[PastRun], start: datetime) -> Look:
    if is_of_runs(leaf):
        return RunsLook(leaf, past)
    return await backtesting_facts.look_of(ctx, leaf, definition, start, MAX_RUNS)


def replay(condition: Condition, definition: AlertDefinition, looks: Sequence[Look], end: datetime) -> list[BacktestPeriod]:
    """Go through the instants at which a verdict may change; return when the rule fires."""
    for_seconds = max(definition.for_seconds, condition.for_seconds)
    instants = [each for look in looks for each in look.instants]
    heapq.heapify(instants)
    state, periods = State(), list[BacktestPeriod]()
    while instants:
        now = heapq.heappop(instants)
        if now > end:
            break
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
