"""Pure decisions: which bounds a kind has, and what holds when an organization chose nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from retinue.core.errors import FieldProblem
from retinue.retention.types import Chosen, RetentionKind, RetentionRule

_RUNS = "runs"
_INSTALLATION = "installation"
_MOST_DAYS = 3650
_OF_RUNS = frozenset({RetentionKind.LOGS, RetentionKind.EVENTS, RetentionKind.THOUGHTS, RetentionKind.FILES})
"""Kinds that go with their runs, so they cannot be kept longer."""
_LIKE_RUNS = _OF_RUNS | {RetentionKind.MESSAGES, RetentionKind.ALERTS}
_LEAST_DAYS = {RetentionKind.AUDIT: 30, RetentionKind.USAGE: 31}
"""Months are billed and compared by usage, and an audit log of a few days answers nothing. Other kinds: a day."""
NOTIFICATION_DAYS = 30
REQUIRED = (RetentionKind.RUNS, RetentionKind.AUDIT)


@dataclass(frozen=True, slots=True)
class Installation:
    """The longest time for which the installation keeps metrics and usage, in days."""

    metrics: int
    usage: int

    def of(self, kind: RetentionKind) -> int:
        """Return what holds for a kind that follows the installation."""
        days = {RetentionKind.METRICS: self.metrics, RetentionKind.USAGE: self.usage}
        return days.get(kind, NOTIFICATION_DAYS)


def rules_of(chosen: Chosen, installation: Installation) -> tuple[RetentionRule, ...]:
    """Return the rule of each kind, with what holds and what may be chosen."""
    runs = chosen[RetentionKind.RUNS] or _MOST_DAYS
    return tuple(_rule(kind, chosen.get(kind), runs, installation) for kind in RetentionKind)


def _rule(kind: RetentionKind, days: int | None, runs: int, installation: Installation) -> RetentionRule:
    least = _LEAST_DAYS.get(kind, 1)
    if kind in REQUIRED:
        return RetentionRule(kind, days, days or _MOST_DAYS, None, least, _MOST_DAYS)
    if kind in _LIKE_RUNS:
        most = runs if kind in _OF_RUNS else _MOST_DAYS
        return RetentionRule(kind, days, min(days or runs, most), _RUNS, least, most)
    most = installation.of(kind)
    return RetentionRule(kind, days, min(days or most, most), _INSTALLATION, min(least, most), most)


def problems_of(chosen: Mapping[RetentionKind, int | None], rules: tuple[RetentionRule, ...]) -> tuple[FieldProblem, ...]:
    """Say which of the chosen days are outside of their bounds."""
    found: list[FieldProblem] = []
    for rule in rules:
        days = chosen.get(rule.kind)
        if days is None or rule.minimum_days <= days <= rule.maximum_days:
            continue
        why = f"must be from {rule.minimum_days} to {rule.maximum_days} days"
        if rule.kind in _OF_RUNS and days > rule.maximum_days:
            why += ", because it is deleted with its run"
        elif rule.follows == _INSTALLATION and days > rule.maximum_days:
            why += ", because this installation keeps it no longer"
        found.append(FieldProblem(rule.kind.value, why, f"From {rule.minimum_days} to {rule.maximum_days}."))
    return tuple(found)
