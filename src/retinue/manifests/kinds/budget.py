"""Budgets in files. What they limit is named, a user by their e-mail address; what is used is not part of a file."""

from dataclasses import replace
from decimal import Decimal
from typing import cast
from uuid import UUID

from retinue.agents.errors import AgentInvalidError
from retinue.budgets import service as budgets
from retinue.budgets.errors import BudgetInvalidError, BudgetMissingError
from retinue.budgets.types import Budget, BudgetDefinition, BudgetScope
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.manifests.kinds.base import KindWithoutSecrets
from retinue.manifests.kinds.configuration import provider_name, with_provider_id
from retinue.manifests.models import BudgetFile, ModelFile

_PLAIN = ("scope", "period", "timezone", "limit_tokens", "at_limit", "warn_percent")
_IN_FILES = frozenset({BudgetScope.AGENT, BudgetScope.TEAM, BudgetScope.WORKFLOW})
_FIELDS = {"subject_id": "subject", "fallback_provider_id": "fallback_model", "fallback_model": "fallback_model"}
"""Fields of the API, and what they are called in a file."""


class BudgetKind(KindWithoutSecrets):
    """Budgets in files."""

    name = "budget"
    folder = "budgets"
    model = BudgetFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the budgets, those of one name only when it is given."""
        return await budgets.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a budget in the full form of files."""
        try:
            budget = await budgets.get(ctx, resource_id)
        except BudgetMissingError:
            return None
        file = BudgetFile.model_construct(
            kind="budget",
            name=budget.name,
            subject=await budgets.subject_of(ctx, budget),
            limit_usd=None if budget.limit_usd is None else Decimal(budget.limit_usd),
            fallback_model=await _fallback_file(ctx, budget),
            is_enabled=budget.enabled,
            **{name: getattr(budget, name) for name in _PLAIN},
        )
        return cast("JsonObject", file.model_dump(mode="json"))

    async def create(self, ctx: Context, file: BudgetFile, note: str) -> UUID:
        """Create a budget."""
        del note  # budgets have no versions
        definition = await _definition(ctx, file, enabled=file.is_enabled is not False)
        try:
            return (await budgets.create(ctx, definition)).id
        except BudgetInvalidError as error:
            raise _in_file(error) from None

    async def update(self, ctx: Context, resource_id: UUID, file: BudgetFile, note: str) -> None:
        """Make a budget what a file says. Raises ``BudgetInvalidError`` when it is to limit something else."""
        del note
        before = await budgets.get(ctx, resource_id)
        enabled = before.enabled if file.is_enabled is None else file.is_enabled
        wanted = await _definition(ctx, file, enabled=enabled)
        for field, is_same in (
            ("scope", wanted.scope == before.scope),
            ("subject", wanted.subject_id == before.subject_id),
        ):
            if not is_same:
                remedy = "Give the budget another name, which makes a new one, or delete the old one first."
                raise BudgetInvalidError.of(FieldProblem(field, "of a budget cannot be changed", remedy))
        names = [name for name in BudgetDefinition.__slots__ if name not in ("scope", "subject_id")]
        try:
            await budgets.update(ctx, resource_id, {name: getattr(wanted, name) for name in names})
        except BudgetInvalidError as error:
            raise _in_file(error) from None

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a budget and its ledger."""
        await budgets.delete(ctx, resource_id)

    def references(self, file: BudgetFile) -> list[tuple[str, str]]:
        """Return the agent, team or workflow that is limited."""
        return [(file.scope.value, file.subject)] if file.scope in _IN_FILES and file.subject is not None else []


async def _definition(ctx: Context, file: BudgetFile, *, enabled: bool) -> BudgetDefinition:
    subject_id = None
    if file.subject is not None:
        subject_id = await _subject_id(ctx, file.scope, file.subject)
    provider_id, model = await _fallback(ctx, file.fallback_model)
    return BudgetDefinition(
        name=file.name,
        subject_id=subject_id,
        limit_usd=file.limit_usd,
        fallback_provider_id=provider_id,
        fallback_model=model,
        enabled=enabled,
        **{name: getattr(file, name) for name in _PLAIN},
    )


async def _subject_id(ctx: Context, scope: BudgetScope, subject: str) -> UUID:
    found = await budgets.find_subjects(ctx, scope, subject)
    if len(found) == 1:
        return found[0]
    what = scope.value.replace("_", " ")
    message = f"names {subject}, which {'no' if not found else 'more than one'} {what} of the organization has"
    if found:
        remedy = "Rename all but one, or name it by its id."
    elif scope in _IN_FILES:
        remedy = f"Create the {what} first, or add its file to those that are applied."
    else:
        remedy = "Name a member by their e-mail address." if scope is BudgetScope.USER else "Name an API key that exists."
    raise BudgetInvalidError.of(FieldProblem("subject", message, remedy))


async def _fallback(ctx: Context, file: ModelFile | None) -> tuple[UUID | None, str | None]:
    if file is None:
        return None, None
    try:
        named = await with_provider_id(ctx, {"model": file.model_dump(mode="json")})
    except AgentInvalidError as error:
        problems = [replace(each, field="fallback_model.provider") for each in error.fields]
        raise BudgetInvalidError.of(*problems) from None
    model = cast("dict[str, str | None]", named["model"])
    provider_id = model.get("provider_id")
    return None if provider_id is None else UUID(provider_id), model["name"]


async def _fallback_file(ctx: Context, budget: Budget) -> ModelFile | None:
    if budget.fallback_provider_id is None:
        return None
    provider = await provider_name(ctx, budget.fallback_provider_id)
    return ModelFile.model_construct(provider=cast("str | None", provider), name=budget.fallback_model)


def _in_file(error: BudgetInvalidError) -> BudgetInvalidError:
    return BudgetInvalidError.of(*(replace(each, field=_FIELDS.get(each.field, each.field)) for each in error.fields))
