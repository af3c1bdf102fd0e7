"""Back-tests of metric conditions by labels: each combination of values that runs or points have is a group."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from retinue.alerts import backtesting_facts, grouping, repository, rules
from retinue.alerts import repository_history as history
from retinue.alerts.backtesting_replay import Replay, replay
from retinue.alerts.backtesting_runs import Figured, FiguresLook
from retinue.alerts.backtesting_summary import Tested, sum_up
from retinue.alerts.conditions import Condition, Metric
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.grouping import Values
from retinue.alerts.repository_history import AskedPoints
from retinue.alerts.types import AlertDefinition
from retinue.alerts.types_backtests import Backtest
from retinue.core.context import Context

MAX_FACTS = 20_000
"""Of all groups together, the newest."""

_Facts = Mapping[Values, Sequence[Figured]]


async def run(ctx: Context, condition: Condition, definition: AlertDefinition, start: datetime) -> Backtest:
    """Return when a rule would have fired for each group. Raises ``AlertInvalidError`` when it had more than 200 at once."""
    leaves = [leaf for leaf in condition.leaves if isinstance(leaf, Metric)]  # all of them: labels are of metrics
    of_runs, are_complete = await _runs(ctx, leaves, definition, start)
    of_leaves: list[_Facts] = []
    known: list[datetime] = []
    for leaf in leaves:
        if leaf.is_of_runs:
            of_leaves.append(of_runs)
            continue
        facts, known_since, is_complete = await _points(ctx, leaf, definition, start)
        of_leaves.append(facts)
        known += [known_since] if known_since is not None else []
        are_complete = are_complete and is_complete
    agents = await repository.list_agents(ctx, [ctx.organization_id]) if grouping.AGENT in condition.labels else []
    names = {str(agent_id): name for _, agent_id, name in agents}
    found: list[Tested] = []
    lives: list[list[tuple[datetime, datetime]]] = []
    for values in sorted({each for facts in of_leaves for each in facts}):
        looks = [FiguresLook(leaf, facts.get(values, ())) for leaf, facts in zip(leaves, of_leaves, strict=True)]
        replayed = replay(condition, definition, looks, ctx.now, lambda looks=looks: any(each.is_present for each in looks))
        lives.append(_life(zip(leaves, of_leaves, strict=True), values, replayed))
        labels = dict(zip(condition.labels, values, strict=True))
        key, called = grouping.key_of(labels), grouping.named(labels, names)
        found.append(Tested(key, *called, labels, replayed, max(known, default=None), are_complete))
        await asyncio.sleep(0)  # other requests are answered between two groups
    _check(lives)
    number = sum(len(each) for each in of_runs.values())
    return sum_up(found, start, ctx.now, run_count=number, is_grouped=True)


async def _runs(ctx: Context, leaves: Sequence[Metric], definition: AlertDefinition, start: datetime) -> tuple[_Facts, bool]:
    if not any(leaf.is_of_runs for leaf in leaves):
        return {}, True
    target_id = definition.agent_id or definition.team_id or definition.workflow_id
    labels = leaves[0].group_by
    found = await history.list_labelled_runs(ctx, target_id, definition.tag, start, labels=labels, limit=MAX_FACTS + 1)
    return _by_values([(each.labels or (), each) for each in found]), len(found) <= MAX_FACTS


async def _points(
    ctx: Context, leaf: Metric, definition: AlertDefinition, start: datetime
) -> tuple[_Facts, datetime | None, bool]:
    asked = AskedPoints(leaf.metric, start, MAX_FACTS + 1, backtesting_facts.SETTLING.total_seconds())
    found = await history.list_points(ctx, definition.agent_id, asked, leaf.group_by)
    known_since = await history.find_points_known_since(ctx, definition.agent_id, leaf.metric, start)
    return _by_values([(each.labels, each) for each in found]), known_since, len(found) <= MAX_FACTS


def _by_values(found: Sequence[tuple[Sequence[str], Figured]]) -> _Facts:
    """Return the facts of each group, the oldest first, of the newest of all; they come with the newest first."""
    facts: defaultdict[Values, list[Figured]] = defaultdict(list)
    for values, each in reversed(found[:MAX_FACTS]):
        facts[tuple(values)].append(each)
    return facts


def _life(of_leaves: Iterable[tuple[Metric, _Facts]], values: Values, found: Replay) -> list[tuple[datetime, datetime]]:
    """Return the times in which the engine looks at a group: its windows have data, or its state is not ok."""
    spans = [*found.unsettled]
    for leaf, facts in of_leaves:
        window = timedelta(seconds=leaf.window)
        spans += [(each.completed_at, each.completed_at + window) for each in facts.get(values, ())]
    joined: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined


def _check(lives: Sequence[Sequence[tuple[datetime, datetime]]]) -> None:
    """Refuse a rule that the engine could not have evaluated. Raises ``AlertInvalidError``."""
    steps = [(since, 1) for each in lives for since, _ in each] + [(until, -1) for each in lives for _, until in each]
    number = 0
    for _, by in sorted(steps):
        number += by
        if number > rules.MAX_GROUPS:
            raise AlertInvalidError(grouping.TOO_MANY)
