"""Budgets over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.budgets import service
from retinue.budgets.schemas import CreateBudget, UpdateBudget
from retinue.budgets.types import Budget, BudgetScope
from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["budgets"])


@router.get("/budgets")
async def list_budgets(
    request: Request,
    *,
    scope: Annotated[BudgetScope | None, Query(description="Only budgets of this scope.")] = None,
    subject_id: Annotated[UUID | None, Query(description="Only budgets of this agent, team, workflow, user or key.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Budget]:
    """List the organization's budgets and what is used of them now, newest first."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, (scope, subject_id), cursor=cursor, limit=limit)


@router.post("/budgets", status_code=201)
async def create_budget(request: Request, body: CreateBudget) -> Budget:
    """Create a budget. It limits model calls from now on; what was spent before does not count."""
    async with open_context(request) as ctx:
        return await service.create(ctx, body.to_definition())


@router.get("/budgets/{budget_id}")
async def get_budget(request: Request, budget_id: UUID) -> Budget:
    """Return one budget and what is used of it now."""
    async with open_context(request) as ctx:
        return await service.get(ctx, budget_id)


@router.patch("/budgets/{budget_id}")
async def update_budget(request: Request, budget_id: UUID, body: UpdateBudget) -> Budget:
    """Change a budget. What was used in its period stays counted."""
    async with open_context(request) as ctx:
        return await service.update(ctx, budget_id, body.to_changes())


@router.delete("/budgets/{budget_id}", status_code=204)
async def delete_budget(request: Request, budget_id: UUID) -> None:
    """Delete a budget with what it has counted. Nothing is limited by it from then on."""
    async with open_context(request) as ctx:
        await service.delete(ctx, budget_id)
