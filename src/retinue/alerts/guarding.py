"""Rules that block: a budget condition with an action has a budget, so the spending guard refuses calls beforehand.

It holds although no rule is evaluated. With ``pause_agent`` the agent is paused too, on the news of the first refused call.
"""

from decimal import Decimal
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentMissingError
from retinue.alerts import conditions as grammar
from retinue.alerts import repository
from retinue.alerts.conditions import Budget, Condition
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.types import AlertDefinition
from retinue.alerts.watch import watch_of
from retinue.budgets import service as budgets
from retinue.budgets.errors import BudgetMissingError
from retinue.budgets.types import BudgetDefinition, BudgetPeriod, BudgetScope
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.outbox import Event
from retinue.core.permissions import require

_LONGEST_NAME = 200
_TARGETS = {
    "agent_id": BudgetScope.AGENT,
    "team_id": BudgetScope.TEAM,
    "workflow_id": BudgetScope.WORKFLOW,
}


def check(condition: Condition, definition: AlertDefinition) -> None:
    """Demand that an action can be carried out for what a rule is about. Raises ``AlertInvalidError``."""
    leaf = condition.guarded
    if leaf is None:
        return
    field = "conditions.budget.action"
    if definition.tag is not None or definition.group_by is not None:
        other = "tag" if definition.tag is not None else "group_by"
        remedy = f"Remove {other}, or use none."
        raise AlertInvalidError.of(FieldProblem(field, f"counts all runs, the rule has a {other}", remedy))
    if leaf.action == "pause_agent" and definition.agent_id is None:
        remedy = "Choose an agent, or use block."
        raise AlertInvalidError.of(FieldProblem(field, "needs a rule about one agent", remedy))


async def apply(
    ctx: Context, config_id: UUID, definition: AlertDefinition, *, enabled: bool, budget_id: UUID | None
) -> None:
    """Have the budget of a rule be as its condition asks, or not be. ``budget_id`` is the one it has.

    Needs ``budgets:write`` when there is one before or after, and ``agents:write`` to pause agents. Raises
    ``PermissionDeniedError``.
    """
    leaf = grammar.parse(definition.conditions).guarded
    wanted = None if leaf is None else _budget_of(leaf, definition, enabled=enabled)
    if leaf is not None and leaf.action == "pause_agent":
        require(ctx, agents.WRITING)
    known = None if budget_id is None else await _find(ctx, budget_id)
    if wanted is not None and known == (wanted.scope, wanted.subject_id) and budget_id is not None:
        names = ("name", "period", "timezone", "limit_usd", "enabled")
        await budgets.update(ctx, budget_id, {name: getattr(wanted, name) for name in names})
        return
    if budget_id is not None and known is not None:
        await budgets.delete(ctx, budget_id)
    if wanted is not None:
        made = await budgets.create(ctx, wanted)
        await repository.set_budget(ctx, config_id, made.id)


async def remove(ctx: Context, budget_id: UUID | None) -> None:
    """Delete the budget of a rule that is deleted. Raises ``PermissionDeniedError``."""
    if budget_id is not None and await _find(ctx, budget_id) is not None:
        await budgets.delete(ctx, budget_id)


def _budget_of(leaf: Budget, definition: AlertDefinition, *, enabled: bool) -> BudgetDefinition:
    scope, subject_id = BudgetScope.ORGANIZATION, None
    for name, of_target in _TARGETS.items():
        if getattr(definition, name) is not None:
            scope, subject_id = of_target, getattr(definition, name)
    return BudgetDefinition(
        name=f"Alert rule: {definition.name}"[:_LONGEST_NAME],
        scope=scope,
        subject_id=subject_id,
        period=BudgetPeriod(leaf.period),
        timezone=leaf.tz,
        limit_usd=Decimal(str(leaf.usd)),
        warn_percent=100,
        enabled=enabled,
    )


async def _find(ctx: Context, budget_id: UUID) -> tuple[BudgetScope, UUID | None] | None:
    try:
        found = await budgets.get(ctx, budget_id)
    except BudgetMissingError:
        return None
    return found.scope, found.subject_id


def _why(rule: str, leaf: Budget) -> str:
    first = f"The alert rule {rule} paused the agent: another model call may pass ${leaf.usd:g} a {leaf.period}."
    return f"{first} Raise the amount of the rule or set its action to notify only, then activate the agent."


async def note_exhausted(ctx: Context, event: Event) -> None:
    """Pause the agent of a rule whose budget refused a call, and have the rule evaluated. May be repeated."""
    for rule in await repository.list_of_budget(ctx, UUID(str(event.payload["budget_id"]))):
        await repository.make_due(ctx, rule.id)
        ctx.after_commit.append(watch_of(ctx.resources).wake)
        leaf = grammar.parse(rule.definition.conditions).guarded
        if leaf is None or leaf.action != "pause_agent" or rule.definition.agent_id is None:
            continue
        try:
            await agents.pause(ctx, rule.definition.agent_id, _why(rule.definition.name, leaf))
        except AgentMissingError:
            continue
        facts = {"action": leaf.action, "agent_id": str(rule.definition.agent_id), "run_id": event.payload.get("run_id")}
        await audit.record(ctx, "alert_config.action_executed", ("alert_config", rule.id), after={**facts})
