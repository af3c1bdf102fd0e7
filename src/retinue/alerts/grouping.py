"""Metric conditions by labels: each combination of values that the window has is a group with a verdict of its own."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from retinue.alerts import repository, rules
from retinue.alerts import repository_facts as facts
from retinue.alerts.conditions import Metric
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.evaluating import figures_of, metric_verdict
from retinue.alerts.questions import Asked, Question
from retinue.alerts.types import Verdict
from retinue.core.context import Context

AGENT = "agent"
TOO_MANY = f"The condition has more than {rules.MAX_GROUPS} groups. Choose labels with fewer values, or a shorter window."
TOO_MANY_AGENTS = f"The rule has more than {rules.MAX_GROUPS} groups. Choose an agent, or remove group_by."

Values: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A combination of values of labels. An agent is its id in ``labels``, and its name in ``name``."""

    key: str
    labels: Mapping[str, str]
    name: str
    agent_id: UUID | None
    verdict: Verdict


def key_of(labels: Mapping[str, str]) -> str:
    """Return what tells a group from the others of its rule."""
    return orjson.dumps(dict(labels), option=orjson.OPT_SORT_KEYS).decode()


async def look(ctx: Context, question: Question, known: list[str]) -> list[Group]:
    """Return the groups of a question with their verdicts: those of its window, and those of some keys, without data.

    Raises ``AlertInvalidError`` when there are more than 200.
    """
    labels = question.condition.labels
    asked = [Asked(leaf, question, number) for number, leaf in enumerate(question.condition.leaves)]
    found = await _found(ctx, asked, labels)
    combinations = {values for rows in found.values() for values in rows}
    for key in known:
        kept = orjson.loads(key)
        combinations.add(tuple(str(kept.get(label)) for label in labels))
    if len(combinations) > rules.MAX_GROUPS:
        raise AlertInvalidError(TOO_MANY)
    names = await _names(ctx, question) if AGENT in labels else {}
    groups: list[Group] = []
    for values in sorted(combinations):
        verdicts = [found[each.number].get(values) or _without_data(each.leaf) for each in asked]
        verdict = rules.combine(verdicts, is_any=question.condition.is_any)
        groups.append(_group(dict(zip(labels, values, strict=True)), names, verdict))
    return groups


def _group(labels: dict[str, str], names: Mapping[str, str], verdict: Verdict) -> Group:
    return Group(key_of(labels), labels, *named(labels, names), verdict)


def named(labels: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, UUID | None]:
    """Return what a group is called, and its agent; ``names`` are those of agents by their ids."""
    agent = labels.get(AGENT)
    shown = [names.get(value, value) if label == AGENT else f"{label} {value}" for label, value in labels.items()]
    return ", ".join(shown), UUID(agent) if agent is not None and agent in names else None


async def _names(ctx: Context, question: Question) -> dict[str, str]:
    rows = await repository.list_agents(ctx, [question.organization_id])
    return {str(agent_id): name for _, agent_id, name in rows}


async def _found(ctx: Context, asked: list[Asked], labels: Values) -> Mapping[int, dict[Values, Verdict]]:
    found: defaultdict[int, dict[Values, Verdict]] = defaultdict(dict)
    of_target, of_organization = facts.METRIC_GROUPS_OF_TARGET, facts.METRIC_GROUPS_OF_ORGANIZATION
    for each in asked:
        leaf: Metric = each.leaf
        of_runs = of_organization if each.question.target_id is None else of_target
        statement = of_runs if leaf.is_of_runs else facts.REPORTED_GROUPS
        row = each.row(w=leaf.window, s=leaf.metric, g=list(labels), n=rules.MAX_GROUPS + 1)
        for answer in await facts.ask_all(ctx, statement, [row]):
            found[each.number][tuple(answer[1])] = _verdict(leaf, answer[2:])
    return found


def _verdict(leaf: Metric, row: tuple[Any, ...]) -> Verdict:
    count, avg, low, high, total, last, percentiles, ids = row
    figures = figures_of(leaf, count, total, (low, high, last, avg), percentiles)
    return metric_verdict(leaf, figures[leaf.agg], tuple(ids or ()))


def _without_data(leaf: Metric) -> Verdict:
    return metric_verdict(leaf, 0.0 if leaf.agg == "count" else None, ())
