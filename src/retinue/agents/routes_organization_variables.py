"""Variables of the organization over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from retinue.agents.organization_variables import service
from retinue.agents.organization_variables.types import NewOrganizationVariable, OrganizationVariable, VariableUses
from retinue.agents.schemas import CreateOrganizationVariable, UpdateOrganizationVariable
from retinue.core.db.pages import Page
from retinue.core.http.context import open_context

router = APIRouter(tags=["variables"])


@router.get("/variables")
async def list_organization_variables(request: Request) -> Page[OrganizationVariable]:
    """List the organization's variables by name. Values of secret variables are never returned."""
    async with open_context(request) as ctx:
        return Page(await service.list_all(ctx), None)


@router.post("/variables", status_code=201)
async def create_organization_variable(request: Request, body: CreateOrganizationVariable) -> OrganizationVariable:
    """Create a variable that all agents and tools of the organization may use as `{{name}}`."""
    new = NewOrganizationVariable(body.name, body.description, body.value, body.is_secret, body.rotation_days)
    async with open_context(request) as ctx:
        return await service.create(ctx, new)


@router.get("/variables/{organization_variable_id}")
async def get_organization_variable(request: Request, organization_variable_id: UUID) -> OrganizationVariable:
    """Return a variable of the organization."""
    async with open_context(request) as ctx:
        return await service.get(ctx, organization_variable_id)


@router.patch("/variables/{organization_variable_id}")
async def update_organization_variable(
    request: Request, organization_variable_id: UUID, body: UpdateOrganizationVariable
) -> OrganizationVariable:
    """Update a variable. A new value is a rotation: a secret one applies at the next call, a plain one to new runs."""
    async with open_context(request) as ctx:
        return await service.update(ctx, organization_variable_id, body.model_dump(exclude_unset=True))


@router.delete("/variables/{organization_variable_id}", status_code=204)
async def delete_organization_variable(request: Request, organization_variable_id: UUID) -> None:
    """Delete a variable that no agent and no tool uses."""
    async with open_context(request) as ctx:
        await service.delete(ctx, organization_variable_id)


@router.get("/variables/{organization_variable_id}/uses")
async def get_organization_variable_uses(request: Request, organization_variable_id: UUID) -> VariableUses:
    """Return which agents and tools use a variable."""
    async with open_context(request) as ctx:
        return await service.list_uses(ctx, organization_variable_id)
