"""What back-tests of groups come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from retinue.alerts import rules
from retinue.alerts.backtesting_replay import Replay
from retinue.alerts.types_backtests import Backtest, BacktestGroup


@dataclass(frozen=True, slots=True)
class Tested:
    """What was found about a group."""

    key: str
    name: str
    agent_id: UUID | None
    labels: Mapping[str, str]
    replay: Replay
    known_since: datetime | None
    is_complete: bool


def sum_up(tested: Sequence[Tested], start: datetime, end: datetime, *, run_count: int, is_grouped: bool) -> Backtest:
    """Return what a rule would have done for its groups; one without groups has one that is not told."""
    groups = [
        BacktestGroup(
            each.key, each.name, each.agent_id, each.labels, each.replay.firing_seconds(end),
            each.replay.notification_count, each.known_since, each.replay.periods,
        )
        for each in tested
    ]  # fmt: skip
    groups.sort(key=lambda each: (-each.firing_seconds, not each.periods, each.name, each.key))
    return Backtest(
        start=start,
        end=end,
        run_count=run_count,
        firing_seconds=sum(each.firing_seconds for each in groups),
        notification_count=_messages([each.replay for each in tested]),
        periods=[] if is_grouped else groups[0].periods,
        group_count=len(groups) if is_grouped else 0,
        groups=groups[: rules.MAX_GROUPS] if is_grouped else [],
        is_complete=all(each.is_complete for each in tested),
        known_since=max((each.known_since for each in tested if each.known_since is not None), default=None),
    )


def _messages(found: Sequence[Replay]) -> int:
    """Count the messages to a channel: openings of one rule within the group wait are one, and so are resolves at once."""
    opened = sorted(each for replay in found for each in replay.opened)
    resolved = sorted(each for replay in found for each in replay.resolved)
    others = sum(each.notification_count for each in found) - len(opened) - len(resolved)
    return others + _joined(opened, rules.GROUP_WAIT) + _joined(resolved, timedelta(0))


def _joined(instants: Iterable[datetime], wait: timedelta) -> int:
    number, members, first = 0, 0, None
    for each in instants:
        if first is None or each > first + wait or members > rules.MAX_GROUPED:
            number, members, first = number + 1, 0, each
        members += 1
    return number
