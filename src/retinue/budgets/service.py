"""The package's verbs: an organization's budgets. What calls spend is the guard's business."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from retinue.budgets import repository, rules
from retinue.budgets.errors import BudgetInvalidError, BudgetMissingError
from retinue.budgets.permissions import READ, WRITE
from retinue.budgets.types import AtLimit, Budget, BudgetDefinition, BudgetScope
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.diff import difference
from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.ids import new_id
from retinue.core.permissions import require
from retinue.llm import service as llm

MOST_BUDGETS = 1000
_MOST_SHOWN = 200


async def list_page(
    ctx: Context, wanted: tuple[BudgetScope | None, UUID | None], *, cursor: str | None, limit: int
) -> Page[Budget]:
    """Return a page of budgets, newest first; ``wanted`` is a scope and a subject, None for any."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def list_of(ctx: Context, subjects: Collection[UUID | None]) -> list[Budget]:
    """Return up to 200 enabled budgets: those of the organization, and those of some subjects; of all when none is given.

    Empty for those who may not read budgets.
    """
    if READ not in ctx.actor.permissions:
        return []
    wanted = {each for each in subjects if each is not None}
    found = await repository.list_page(ctx, (None, None), None, _MOST_SHOWN)
    return [each for each in found[:_MOST_SHOWN] if each.enabled and _is_of(each, wanted)]


def _is_of(budget: Budget, subjects: set[UUID]) -> bool:
    return not subjects or budget.scope is BudgetScope.ORGANIZATION or budget.subject_id in subjects


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of the organization's budgets, oldest first; those of one name only when it is given."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def find_subjects(ctx: Context, scope: BudgetScope, name: str) -> list[UUID]:
    """Return what a budget of a scope may limit by its name, which of a user is the e-mail address, or its id."""
    require(ctx, READ)
    return await repository.find_subjects(ctx, scope, name)


async def subject_of(ctx: Context, budget: Budget) -> str | None:
    """Return by what ``find_subjects`` finds a budget's subject alone; None for one without."""
    if budget.subject_id is None:
        return None
    name = await repository.subject_name(ctx, budget.scope, budget.subject_id)
    is_alone = name is not None and len(await find_subjects(ctx, budget.scope, name)) == 1
    return name if is_alone else str(budget.subject_id)


async def get(ctx: Context, budget_id: UUID) -> Budget:
    """Return one budget and what is used of it. Raises ``BudgetMissingError``."""
    require(ctx, READ)
    budget = await repository.get(ctx, budget_id)
    if budget is None:
        raise BudgetMissingError
    return budget


async def create(ctx: Context, definition: BudgetDefinition) -> Budget:
    """Write a new budget and an audit entry. Raises ``BudgetInvalidError`` that names each field."""
    require(ctx, WRITE)
    if await repository.count(ctx) >= MOST_BUDGETS:
        message = f"cannot be created: the organization has {MOST_BUDGETS:,} budgets"
        raise BudgetInvalidError.of(FieldProblem("name", message, "Delete some of them."))
    await _check(ctx, definition)
    budget_id = new_id()
    await repository.insert(ctx, budget_id, definition)
    await audit.record(ctx, "budget.created", ("budget", budget_id), after=rules.facts_of(definition))
    _tell(ctx, budget_id)
    return await get(ctx, budget_id)


async def update(ctx: Context, budget_id: UUID, changes: Mapping[str, Any]) -> Budget:
    """Change fields of a budget. Raises ``BudgetMissingError``, and as ``create`` does."""
    require(ctx, WRITE)
    before = await repository.lock(ctx, budget_id)
    if before is None:
        raise BudgetMissingError
    definition = replace(before, **changes)
    if definition.at_limit is not AtLimit.DOWNGRADE and "at_limit" in changes:
        definition = replace(
            definition,
            fallback_provider_id=changes.get("fallback_provider_id"),
            fallback_model=changes.get("fallback_model"),
        )
    was, now = difference(rules.facts_of(before), rules.facts_of(definition))
    if now:
        await _check(ctx, definition, is_new=False)
        await repository.update(ctx, budget_id, definition)
        await audit.record(ctx, "budget.updated", ("budget", budget_id), before=was, after=now)
        _tell(ctx, budget_id)
    return await get(ctx, budget_id)


async def delete(ctx: Context, budget_id: UUID) -> None:
    """Delete a budget and its ledger. Raises ``BudgetMissingError``."""
    require(ctx, WRITE)
    before = await repository.lock(ctx, budget_id)
    if before is None:
        raise BudgetMissingError
    await repository.delete(ctx, budget_id)
    await audit.record(ctx, "budget.deleted", ("budget", budget_id), before=rules.facts_of(before))
    _tell(ctx, budget_id)


async def _check(ctx: Context, definition: BudgetDefinition, *, is_new: bool = True) -> None:
    problems = rules.problems_of(definition)
    if problems:
        raise BudgetInvalidError.of(*problems)
    if not await repository.knows_zone(ctx, definition.timezone):
        raise BudgetInvalidError.of(rules.ZONE)
    subject_id = definition.subject_id
    if is_new and subject_id is not None and not await repository.has_subject(ctx, definition.scope, subject_id):
        message = f"names no {definition.scope} of this organization"
        raise BudgetInvalidError.of(FieldProblem("subject_id", message, "Check the id."))
    if definition.at_limit is AtLimit.DOWNGRADE:
        try:
            await llm.resolve_model(ctx, definition.fallback_provider_id, definition.fallback_model, {})
        except InvalidError as error:
            remedy = "Choose a provider and a model that the organization has."
            message = error.fields[0].message if error.fields else error.detail.rstrip(".")
            raise BudgetInvalidError.of(FieldProblem("fallback_model", message, remedy)) from None


def _tell(ctx: Context, budget_id: UUID) -> None:
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    ctx.after_commit.append(bus.budgets_changed)
    ctx.after_commit.append(lambda: bus.news(organization_id, "budget", {"id": str(budget_id)}))
