"""The package's verbs about rules: list, create, change and delete them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from retinue.alerts import conditions as grammar
from retinue.alerts import destinations, engine, guarding, repository, rules
from retinue.alerts import repository_alerts as alerts
from retinue.alerts.conditions import (
    AgentStatus,
    BackupAge,
    BudgetUsed,
    Condition,
    DeliveryFailures,
    DeploymentStatus,
    Heartbeat,
    Metric,
    MissedSchedule,
    RehearsalAge,
    WorkflowStatus,
)
from retinue.alerts.errors import AlertConfigMissingError, AlertInvalidError
from retinue.alerts.permissions import READ, WRITE
from retinue.alerts.repository import ConfigFilter
from retinue.alerts.types import AlertConfig, AlertDefinition, Rule
from retinue.alerts.watch import wake_worker
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.identity.users import service as users

MAX_CONFIGS = 1000
_LONGEST_PAUSE = timedelta(days=366)
_UNTAGGED = (
    *(Heartbeat, MissedSchedule, BudgetUsed, AgentStatus, DeploymentStatus, WorkflowStatus, DeliveryFailures),
    *(BackupAge, RehearsalAge),
)
_WHAT = ("conditions", "agent_id", "team_id", "workflow_id", "group_by", "tag")
"""Fields of which an alert is only true as long as they stay."""


async def list_page(ctx: Context, wanted: ConfigFilter, *, cursor: str | None, limit: int) -> Page[AlertConfig]:
    """Return a page of rules, newest first."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def get(ctx: Context, config_id: UUID) -> AlertConfig:
    """Return one rule. Raises ``AlertConfigMissingError``."""
    require(ctx, READ)
    config = await repository.get(ctx, config_id)
    if config is None:
        raise AlertConfigMissingError
    return config


async def create(ctx: Context, definition: AlertDefinition, *, enabled: bool) -> AlertConfig:
    """Write a new rule and an audit entry; it is evaluated within seconds.

    An e-mail address that is new becomes a channel, and is sent a code to verify it. Raises ``AlertInvalidError``.
    """
    require(ctx, WRITE)
    if await repository.count(ctx) >= MAX_CONFIGS:
        raise AlertInvalidError(f"An organization may have {MAX_CONFIGS} alert rules.", remedy="Delete some first.")
    condition = await check(ctx, definition)
    definition = replace(
        definition,
        channels=await destinations.resolve(ctx, definition.channels),
        escalate_channels=await _second(ctx, definition),
    )
    config_id = new_id()
    watches = rules.watches_failures(condition)
    await repository.insert(ctx, config_id, definition, enabled=enabled, watches=watches)
    await guarding.apply(ctx, config_id, definition, enabled=enabled, budget_id=None)
    await wake_worker(ctx, config_id)
    await audit.record(ctx, "alert_config.created", ("alert_config", config_id), after=facts_of(definition, enabled=enabled))
    tell(ctx, config_id)
    return await get(ctx, config_id)


async def update(ctx: Context, config_id: UUID, changes: Mapping[str, Any]) -> AlertConfig:
    """Change a rule; what is not named stays. Raises as ``create`` does, and ``AlertConfigMissingError``.

    When it asks for something else than before, or is disabled, its open alerts are resolved.
    """
    require(ctx, WRITE)
    rule = await _hold(ctx, config_id)
    config = await get(ctx, config_id)
    changes = dict(changes)
    enabled = bool(changes.pop("enabled", config.enabled))
    changes_pause = (changes.pop("paused_until"),) if "paused_until" in changes else ()
    definition = replace(rule.definition, **changes)
    condition = await check(ctx, definition)
    if "channels" in changes:
        definition = replace(definition, channels=await destinations.resolve(ctx, definition.channels))
    if "escalate_channels" in changes:
        definition = replace(definition, escalate_channels=await _second(ctx, definition))
    paused_until = _pause_of(ctx, changes_pause, config.paused_until)
    before = facts_of(rule.definition, enabled=config.enabled) | {"paused_until": _text(config.paused_until)}
    after = facts_of(definition, enabled=enabled) | {"paused_until": _text(paused_until)}
    is_unguarded = condition.guarded is not None and rule.budget_id is None
    if before == after and not is_unguarded:
        return config
    is_other = any(getattr(definition, name) != getattr(rule.definition, name) for name in _WHAT)
    is_paused = paused_until is not None and paused_until != config.paused_until
    if is_other or is_paused or (config.enabled and not enabled):
        reason = "rule_disabled" if not enabled else "rule_changed" if is_other else "rule_paused"
        for alert in await alerts.list_open_of(ctx, config_id):
            await engine.resolve(ctx, rule, alert, reason)
        await repository.forget_states(ctx, config_id)
    watches = rules.watches_failures(condition)
    await repository.update(ctx, config_id, definition, enabled=enabled, watches=watches, paused_until=paused_until)
    await guarding.apply(ctx, config_id, definition, enabled=enabled, budget_id=rule.budget_id)
    await wake_worker(ctx, config_id)
    changed = [name for name in after if before[name] != after[name]]
    await audit.record(
        ctx, "alert_config.updated", ("alert_config", config_id),
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    tell(ctx, config_id)
    return await get(ctx, config_id)


async def delete(ctx: Context, config_id: UUID) -> None:
    """Delete a rule; its open alerts are resolved and stay in the history. Raises ``AlertConfigMissingError``."""
    require(ctx, WRITE)
    rule = await _hold(ctx, config_id)
    for alert in await alerts.list_open_of(ctx, config_id):
        await engine.resolve(ctx, rule, alert, "rule_deleted")
    await guarding.remove(ctx, rule.budget_id)
    await repository.delete(ctx, config_id)
    await audit.record(
        ctx, "alert_config.deleted", ("alert_config", config_id), before=facts_of(rule.definition, enabled=True)
    )
    tell(ctx, config_id)


async def check(ctx: Context, definition: AlertDefinition) -> Condition:
    """Return the parsed condition of a rule. Raises ``AlertInvalidError`` that names each field.

    Conditions about the installation are for superusers: raises ``NotSuperuserError``.
    """
    condition = grammar.parse(definition.conditions)
    named = [name for name in ("agent_id", "team_id", "workflow_id") if getattr(definition, name) is not None]
    if len(named) > 1:
        problem = FieldProblem(named[1], f"is given beside {named[0]}", "Choose one of agent_id, team_id and workflow_id.")
        raise AlertInvalidError.of(problem)
    if named and definition.group_by is not None:
        remedy = f"Leave {named[0]} out to watch each agent, or remove group_by."
        raise AlertInvalidError.of(
            FieldProblem("group_by", f"needs a rule about all agents, not one with {named[0]}", remedy)
        )
    _check_labels(condition, definition, named)
    guarding.check(condition, definition)
    if (definition.escalate_after_seconds > 0) != bool(definition.escalate_channels):
        field = "escalate_channels" if definition.escalate_after_seconds else "escalate_after_seconds"
        remedy = "Give both: after how many seconds without an acknowledgement, and which channels are told then."
        raise AlertInvalidError.of(FieldProblem(field, "is missing", remedy))
    found = await repository.find_targets(ctx, definition)
    for name, target in zip(("agent_id", "team_id", "workflow_id"), found, strict=True):
        if name in named and target is None:
            raise AlertInvalidError.of(FieldProblem(name, "does not exist", "Choose one of the organization."))
    for leaf in condition.leaves:
        _check_scope(leaf, named)
        if definition.tag is not None and (
            isinstance(leaf, _UNTAGGED) or (isinstance(leaf, Metric) and not leaf.is_of_runs)
        ):
            remedy = "Remove the tag, or use a condition on runs."
            raise AlertInvalidError.of(FieldProblem("tag", "is of runs, and the condition is not about them", remedy))
    if any(isinstance(leaf, BackupAge | RehearsalAge) for leaf in condition.leaves):
        if named or definition.group_by is not None:
            remedy = f"Remove {(named or ['group_by'])[0]}."
            raise AlertInvalidError.of(FieldProblem("conditions", "is about the installation, the rule is not", remedy))
        users.require_superuser(ctx)
    return condition


def _check_labels(condition: Condition, definition: AlertDefinition, named: list[str]) -> None:
    if condition.labels and definition.group_by is not None:
        remedy = "Write agent into the group_by of the conditions, and remove that of the rule."
        raise AlertInvalidError.of(FieldProblem("group_by", "is given beside the group_by of the conditions", remedy))
    if "agent" in condition.labels and named:
        remedy = f"Leave {named[0]} out, or remove the label."
        raise AlertInvalidError.of(FieldProblem("conditions", "is grouped by agent, the rule is about one target", remedy))


async def _second(ctx: Context, definition: AlertDefinition) -> JsonObject:
    found = await destinations.resolve(ctx, definition.escalate_channels, field="escalate_channels")
    if "in_app" in found:
        raise AlertInvalidError.of(
            FieldProblem("escalate_channels.in_app", "is not a channel", "Name email, slack or webhook.")
        )
    return found


def _pause_of(ctx: Context, given: tuple[datetime | None, ...], before: datetime | None) -> datetime | None:
    """Return until when a rule is paused after a change; a pause that is over is none."""
    if not given or given[0] is None:
        return before if not given and before is not None and before > ctx.now else None
    if given[0] <= ctx.now:
        raise AlertInvalidError.of(FieldProblem("paused_until", "is in the past", "Choose a later instant, or null."))
    if given[0] > ctx.now + _LONGEST_PAUSE:
        raise AlertInvalidError.of(FieldProblem("paused_until", "is more than a year ahead", "Disable the rule instead."))
    return given[0]


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()


def _check_scope(leaf: object, named: list[str]) -> None:
    of_agents = isinstance(leaf, Heartbeat | AgentStatus) and named not in ([], ["agent_id"])
    if isinstance(leaf, Metric) and not leaf.is_of_runs and named not in ([], ["agent_id"]):
        raise AlertInvalidError.of(
            FieldProblem("conditions", f"is about points of agents, the rule is not: {leaf.metric}", f"Remove {named[0]}.")
        )
    of_workflows = isinstance(leaf, WorkflowStatus) and named not in ([], ["workflow_id"])
    if of_agents or of_workflows:
        what = "agents" if of_agents else "workflows"
        raise AlertInvalidError.of(FieldProblem("conditions", f"is about {what}, the rule is not", f"Remove {named[0]}."))


def facts_of(definition: AlertDefinition, *, enabled: bool) -> JsonObject:
    """Return a rule as the audit log shows it."""
    facts: JsonObject = {"enabled": enabled}
    for name in AlertDefinition.__slots__:
        value = getattr(definition, name)
        facts[name] = str(value) if isinstance(value, UUID) else value
    return facts


def tell(ctx: Context, config_id: UUID) -> None:
    """Tell the organization's readers, after the commit, that a rule changed."""
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(config_id)}
    ctx.after_commit.append(lambda: bus.news(organization_id, "alert", news))


async def _hold(ctx: Context, config_id: UUID) -> Rule:
    rule = await repository.hold(ctx, config_id)
    if rule is None:
        raise AlertConfigMissingError
    return rule
