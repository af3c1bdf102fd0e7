"""What a rule would have done over the past, by the same decisions as the engine's, on the facts that are still there."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from retinue.alerts import backtesting_facts, backtesting_labels, grouping, repository, rules, service
from retinue.alerts import repository_history as history
from retinue.alerts.backtesting_facts import Look, Scope
from retinue.alerts.backtesting_labels import MAX_FACTS
from retinue.alerts.backtesting_replay import Replay, replay
from retinue.alerts.backtesting_runs import FiguresLook, RunsLook, is_of_runs
from retinue.alerts.backtesting_summary import Tested, sum_up
from retinue.alerts.conditions import Condition, Failures, Metric, Outcome
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.permissions import READ
from retinue.alerts.repository_history import PastRun
from retinue.alerts.types import AlertDefinition
from retinue.alerts.types_backtests import Backtest
from retinue.core.context import Context
from retinue.core.permissions import require

MAX_RUNS = 5000
"""Also the most of any other facts, the newest."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What is tested by itself; None: the organization. ``name`` is that of an agent, in a rule by agents."""

    id: UUID | None
    name: str = ""


async def run(ctx: Context, definition: AlertDefinition, days: int) -> Backtest:
    """Return when a rule would have fired in the last days, for each of its groups.

    At most 5,000 runs or other facts are looked at, the newest; of all groups together 20,000. Raises
    ``AlertInvalidError`` for more than 200 groups.
    """
    require(ctx, READ)
    condition = await service.check(ctx, definition)
    start = ctx.now - timedelta(days=days)
    if condition.labels:
        return await backtesting_labels.run(ctx, condition, definition, start)
    if definition.group_by is None:
        target = _Target(definition.agent_id or definition.team_id or definition.workflow_id)
        (tested,), runs = await _test(ctx, condition, definition, [target], start)
        return sum_up([tested], start, ctx.now, run_count=runs, is_grouped=False)
    agents = await repository.list_agents(ctx, [ctx.organization_id])
    if len(agents) > rules.MAX_GROUPS:
        raise AlertInvalidError(grouping.TOO_MANY_AGENTS)
    targets = [_Target(agent_id, name) for _, agent_id, name in agents]
    found, runs = await _test(ctx, condition, definition, targets, start) if targets else ([], 0)
    return sum_up(found, start, ctx.now, run_count=runs, is_grouped=True)


async def _test(
    ctx: Context, condition: Condition, definition: AlertDefinition, targets: list[_Target], start: datetime
) -> tuple[list[Tested], int]:
    """Test each target by itself; return what was found, and how many runs were looked at."""
    most_of_all = MAX_RUNS if len(targets) == 1 else MAX_FACTS
    scope = Scope(tuple(each.id for each in targets), definition.tag, start, MAX_RUNS, most_of_all)
    past: list[tuple[list[PastRun], bool]] = [([], True) for _ in targets]
    if any(is_of_runs(leaf) for leaf in condition.leaves):
        found = await history.list_runs(ctx, scope.targets, scope.tag, start, most_of_all + 1)
        past = scope.split([(each.target_id, each) for each in found])
    looks: list[list[Look]] = []
    for leaf in condition.leaves:
        if isinstance(leaf, Outcome | Failures):
            looks.append([RunsLook(leaf, runs[::-1]) for runs, _ in past])
        elif isinstance(leaf, Metric) and leaf.is_of_runs:
            looks.append([FiguresLook(leaf, runs[::-1]) for runs, _ in past])
        else:
            looks.append(await backtesting_facts.looks_of(ctx, leaf, scope))
    tested: list[Tested] = []
    for place, target in enumerate(targets):
        own = [each[place] for each in looks]
        tested.append(_tested(target, own, replay(condition, definition, own, ctx.now), is_complete=past[place][1]))
        await asyncio.sleep(0)  # other requests are answered between two groups
    return tested, sum(len(runs) for runs, _ in past)


def _tested(target: _Target, looks: list[Look], found: Replay, *, is_complete: bool) -> Tested:
    known_since = max((each.known_since for each in looks if each.known_since is not None), default=None)
    is_complete = is_complete and all(each.is_complete for each in looks)
    return Tested(f"agent:{target.id}", target.name, target.id, {}, found, known_since, is_complete)
