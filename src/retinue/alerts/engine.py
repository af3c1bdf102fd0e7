"""The engine: takes rules that are due, evaluates them together, and carries out what follows, in one commit a batch.

Any number of workers sweep; a rule is held by one of them. What a worker that dies had not committed did not happen, and
the rules are due still. A rule whose evaluation fails is put off for longer and longer, and does not stop the others.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from retinue.alerts import conditions as grammar
from retinue.alerts import grouping, maintenance, repository, rules
from retinue.alerts import repository_alerts as alerts
from retinue.alerts import repository_deliveries as deliveries
from retinue.alerts.announcing import announce
from retinue.alerts.conditions import Condition
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.evaluating import evaluate
from retinue.alerts.questions import Question
from retinue.alerts.repository import Looked
from retinue.alerts.rules import Effect, Step
from retinue.alerts.types import Alert, AlertStatus, EventType, Rule, State, StateName, Verdict
from retinue.core.context import Context, system
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.notifications import service as notifications
from retinue.notifications.types import News, NotificationType, Priority

_log = get_logger(__name__)

_BATCH = 500


class _RuleFailedError(Exception):
    """A rule cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One group of a rule: what is asked about it, and its state."""

    rule: Rule
    group: str
    question: Question
    name: str | None
    state: State
    agent_id: UUID | None = None
    labels: Mapping[str, str] | None = None
    verdict: Verdict | None = None
    """What was found already: groups by labels are known by their figures."""


async def sweep(database: Database, resumed_at: datetime | None = None) -> set[UUID]:
    """Evaluate what is due, until nothing is; return the rules that were evaluated.

    ``resumed_at`` is since when rules are evaluated without a pause: agents had nobody to report to before.
    """
    evaluated = set[UUID]()
    while organizations := await repository.list_organizations_with_due(database, _BATCH):
        taken = await _sweep_some(database, organizations, resumed_at)
        evaluated |= taken
        if len(taken) < _BATCH:
            break  # others are held by another worker
    return evaluated


async def _sweep_some(database: Database, organizations: Sequence[OrganizationId], resumed_at: datetime | None) -> set[UUID]:
    async with database.system_context(organizations, generic_plans=True) as ctx:
        due = await repository.take_due(ctx, _BATCH)
        if due:
            await _look(ctx, due, resumed_at)
        return {rule.id for rule in due}


async def look_at(ctx: Context, rule: Rule) -> None:
    """Evaluate one rule, which is held, in the context's transaction."""
    await _look(ctx, [rule], None)


async def _look(ctx: Context, due: list[Rule], resumed_at: datetime | None) -> None:
    states = await repository.list_states(ctx, [rule.id for rule in due])
    try:
        async with ctx.tx.transaction():
            looked = await _evaluate(ctx, due, states, resumed_at)
    except Exception as error:  # noqa: BLE001 - the border of the engine: one rule must not stop the others
        if len(due) > 1:
            middle = len(due) // 2
            await _look(ctx, due[:middle], resumed_at)
            await _look(ctx, due[middle:], resumed_at)
            return
        looked = [await _fail(ctx, due[0], error)]
    await repository.note_looked(ctx, looked)


async def _fail(ctx: Context, rule: Rule, error: Exception) -> Looked:
    failures = rule.eval_failures + 1
    known = isinstance(error, _RuleFailedError | AlertInvalidError)
    text = str(error)[:500] if known else f"The rule cannot be evaluated: {type(error).__name__}."
    _log.warning("alerts.evaluation_failed", config_id=str(rule.id), failures=failures, error=str(error)[:500])
    if failures == rules.ERRORS_IN_ROW:
        news = News(
            NotificationType.ALERT,
            f"Alert rule {rule.definition.name} cannot be evaluated",
            text,
            {"config_id": str(rule.id)},
            Priority.HIGH,
            fold=f"alert_error:{rule.id}",
        )
        await notifications.notify_responsible(_inside(ctx, rule), rule.created_by, news)
    return Looked(rule.id, ctx.now + rules.back_off(failures), text, failures)


def _inside(ctx: Context, rule: Rule) -> Context:
    """Return the context as the platform acting in a rule's organization, which is one of the transaction's."""
    return replace(ctx, actor=system(OrganizationId(rule.organization_id)))


async def _evaluate(
    ctx: Context, due: list[Rule], states: dict[tuple[UUID, str], State], resumed_at: datetime | None
) -> list[Looked]:
    parsed = {rule.id: grammar.parse(rule.definition.conditions) for rule in due}
    for rule in due:
        if rule.paused_until is not None:  # it is due because its pause is over
            await repository.end_pause(ctx, rule.id, watches=rules.watches_failures(parsed[rule.id]))
    items = await _items(ctx, due, parsed, states, resumed_at)
    answers = iter(await evaluate(ctx, [item.question for item in items if item.verdict is None]))
    verdicts = [next(answers) if item.verdict is None else item.verdict for item in items]
    after: defaultdict[UUID, list[tuple[Verdict, StateName]]] = defaultdict(list)
    changed: list[tuple[Rule, str, State]] = []
    effects: list[tuple[_Item, Verdict, Step]] = []
    for item, verdict in zip(items, verdicts, strict=True):
        definition = item.rule.definition
        seconds = max(definition.for_seconds, parsed[item.rule.id].for_seconds)
        step = rules.step(item.state, verdict, definition, for_seconds=seconds, now=ctx.now)
        after[item.rule.id].append((verdict, step.state.name))
        if step.effect is not Effect.NONE:
            effects.append((item, verdict, step))
        if _is_changed(item.state, step.state):
            changed.append((item.rule, item.group, step.state))
    await _carry_out(ctx, effects)
    if changed:
        await repository.write_states(ctx, changed)
    return [_looked(ctx, rule, parsed[rule.id], after[rule.id]) for rule in due]


def _is_changed(before: State, after: State) -> bool:
    # The value alone is not worth a write while the state is ok.
    is_quiet = before.name is after.name and after.name is StateName.OK
    return replace(before, value=None) != replace(after, value=None) if is_quiet else before != after


def _looked(ctx: Context, rule: Rule, condition: Condition, after: list[tuple[Verdict, StateName]]) -> Looked:
    nexts = [verdict.next_at for verdict, _ in after if verdict.next_at is not None]
    soonest = Verdict(None, next_at=min(nexts, default=None))
    return Looked(rule.id, rules.next_look(condition, soonest, {name for _, name in after}, ctx.now))


async def _items(
    ctx: Context,
    due: list[Rule],
    parsed: dict[UUID, Condition],
    states: dict[tuple[UUID, str], State],
    resumed_at: datetime | None,
) -> list[_Item]:
    grouped = {rule.organization_id for rule in due if rule.definition.group_by is not None}
    agents: defaultdict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for organization_id, agent_id, name in await repository.list_agents(ctx, list(grouped)) if grouped else ():
        agents[organization_id].append((agent_id, name))
    items: list[_Item] = []
    for rule in due:
        given = rule.definition
        if parsed[rule.id].labels:
            items += await _labelled(ctx, rule, parsed[rule.id], states, resumed_at)
            continue
        targets: list[tuple[str, UUID | None, str | None]] = [
            ("", given.agent_id or given.team_id or given.workflow_id, rule.target_name)
        ]
        if given.group_by is not None:
            found = agents[rule.organization_id]
            if len(found) > rules.MAX_GROUPS:
                raise _RuleFailedError(grouping.TOO_MANY_AGENTS)
            targets = [(f"agent:{agent_id}", agent_id, name) for agent_id, name in found]
        for group, target_id, name in targets:
            state = states.get((rule.id, group), State())
            begun = (rule.changed_at, resumed_at, state.counts_from)
            question = Question(parsed[rule.id], rule.organization_id, target_id, *begun, given.tag, rule.budget_id)
            agent_id = target_id if group or given.agent_id else None
            items.append(_Item(rule, group, question, name, state, agent_id))
    return items


async def _labelled(
    ctx: Context,
    rule: Rule,
    condition: Condition,
    states: dict[tuple[UUID, str], State],
    resumed_at: datetime | None,
) -> list[_Item]:
    """Return the groups of a rule by labels: those with data, and those that are not ok. Of others no state is kept."""
    given = rule.definition
    target_id = given.agent_id or given.team_id or given.workflow_id
    question = Question(condition, rule.organization_id, target_id, rule.changed_at, resumed_at, None, given.tag)
    kept = {group: state for (config_id, group), state in states.items() if config_id == rule.id}
    groups = await grouping.look(ctx, question, [key for key, state in kept.items() if state.name is not StateName.OK])
    gone = kept.keys() - {group.key for group in groups}
    if gone:
        await repository.forget_groups(ctx, rule.id, list(gone))
    return [
        _Item(
            rule, group.key, question, group.name, kept.get(group.key, State()),
            group.agent_id or given.agent_id, group.labels, group.verdict,
        )
        for group in groups
    ]  # fmt: skip


async def _carry_out(ctx: Context, effects: list[tuple[_Item, Verdict, Step]]) -> None:
    """Open, go on with and resolve alerts, as the states have it."""
    fingerprints = [rules.fingerprint_of(item.rule.organization_id, item.rule.id, item.group) for item, _, _ in effects]
    begun = [
        fingerprint
        for fingerprint, (_, _, step) in zip(fingerprints, effects, strict=True)
        if step.effect is not Effect.OPEN
    ]
    held = await alerts.hold_open(ctx, begun) if begun else {}
    going_on = {
        fingerprint: _now(item, held[fingerprint], verdict)
        for fingerprint, (item, verdict, step) in zip(fingerprints, effects, strict=True)
        if step.effect is Effect.UPDATE and fingerprint in held
    }
    changed = [now for fingerprint, now in going_on.items() if now != held[fingerprint]]
    if changed:
        await alerts.touch(ctx, changed)
    for fingerprint, (item, verdict, step) in zip(fingerprints, effects, strict=True):
        inside, alert = _inside(ctx, item.rule), held.get(fingerprint)
        if step.effect is Effect.OPEN:
            await _open(inside, item, verdict, step, fingerprint)
        elif alert is None:
            continue  # a person resolved it in the meantime
        elif step.effect is Effect.RESOLVE:
            await resolve(inside, item.rule, alert, verdict.ends)
        else:
            await _go_on(inside, item.rule, alert, going_on[fingerprint], verdict.level)


def _details(verdict: Verdict, **more: Any) -> JsonObject:  # noqa: ANN401 - JSON
    runs = [str(each) for each in verdict.run_ids]
    return {"summary": verdict.summary, "run_ids": [*runs], "error": verdict.error, "level": verdict.level, **more}


async def _open(ctx: Context, item: _Item, verdict: Verdict, step: Step, fingerprint: str) -> None:
    rule = item.rule
    values: dict[str, Any] = {
        "config_id": rule.id,
        "config_name": rule.definition.name,
        "agent_id": item.agent_id,
        "target_name": item.name,
        "group_key": item.group,
        "fingerprint": fingerprint,
        "severity": rules.severity_of(rule.definition.severity, verdict),
        "started_at": step.started_at,
        "value": verdict.value,
        "threshold": verdict.threshold,
        "details": _details(verdict, **_labels_of(item)),
    }
    again = await alerts.reopen(ctx, values, since=ctx.now - rules.REOPEN_WITHIN, flaps=rules.FLAPS_AN_HOUR)
    if again is not None:
        await announce(ctx, rule, again, EventType.REOPENED)
        return
    alert = await alerts.insert(ctx, values)
    if alert is not None:
        await announce(ctx, rule, alert, EventType.OPENED)


def _labels_of(item: _Item) -> JsonObject:
    return {} if item.labels is None else {"labels": {**item.labels}}


def _level(alert: Alert) -> int:
    before = alert.details.get("level")
    return before if isinstance(before, int) else 0


def _now(item: _Item, alert: Alert, verdict: Verdict) -> Alert:
    """Return how a firing alert is now."""
    level = max(verdict.level, _level(alert))
    return replace(
        alert,
        value=verdict.value,
        threshold=verdict.threshold,
        severity=rules.severity_of(item.rule.definition.severity, verdict),
        details=_details(verdict, **_labels_of(item)) | {"level": level},
    )


async def _go_on(ctx: Context, rule: Rule, alert: Alert, now: Alert, level: int) -> None:
    """Tell when a firing alert got worse, when its silence ended, and when a reminder is due. ``alert`` is how it was."""
    is_worse = rules.is_rise(alert.severity, now.severity, _level(alert), level)
    if is_worse:
        await announce(ctx, rule, now, EventType.ESCALATED)
    elif alert.is_silenced and await maintenance.why_quiet(ctx, alert, rule.definition.tag) is None:
        await alerts.set_silenced(ctx, alert.id, is_silenced=False)
        await announce(ctx, rule, replace(now, is_silenced=False), EventType.UNSILENCED, {"was_silenced": True})
    elif _is_unanswered(ctx, rule, alert):
        await alerts.note_unacknowledged(ctx, alert.id)
        minutes = rule.definition.escalate_after_seconds // 60
        told = replace(now, unacknowledged_at=ctx.now)
        await announce(ctx, rule, told, EventType.UNACKNOWLEDGED, {"unacknowledged_minutes": minutes})
    elif rule.definition.renotify_seconds and alert.status is AlertStatus.OPEN and not alert.is_silenced:
        last = await deliveries.last_sent(ctx, alert.id)
        if last is not None and (ctx.now - last).total_seconds() >= rule.definition.renotify_seconds:
            await announce(ctx, rule, now, EventType.REMINDER)


def _is_unanswered(ctx: Context, rule: Rule, alert: Alert) -> bool:
    """Say whether the second channels are to be told, because nobody has acknowledged the alert in time."""
    seconds = rule.definition.escalate_after_seconds
    is_open = alert.status is AlertStatus.OPEN and not alert.is_silenced and alert.unacknowledged_at is None
    return is_open and seconds > 0 and (ctx.now - alert.triggered_at).total_seconds() >= seconds


async def resolve(ctx: Context, rule: Rule, alert: Alert, reason: str) -> Alert:
    """Resolve an alert, and tell. Return it as it is then."""
    await alerts.resolve(ctx, alert.id, reason)
    after = replace(alert, status=AlertStatus.RESOLVED, resolved_at=ctx.now, resolved_reason=reason)
    await announce(ctx, rule, after, EventType.RESOLVED, {"reason": reason})
    return after
