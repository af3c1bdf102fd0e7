"""Agents' variables and templates over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.agents import service
from retinue.agents.schemas import CreateTemplate, CreateVariable, UpdateTemplate, UpdateVariable
from retinue.agents.templates import service as templates
from retinue.agents.templates.types import AgentTemplate
from retinue.agents.templating import save_as_template
from retinue.agents.types import Category
from retinue.agents.variables import service as variables
from retinue.agents.variables.types import NewVariable, Variable
from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["agents"])


@router.get("/agents/{agent_id}/variables")
async def list_variables(request: Request, agent_id: UUID) -> Page[Variable]:
    """List an agent's variables by name. Values of secret variables are never returned."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        return Page(await variables.list_all(ctx, agent_id), None)


@router.post("/agents/{agent_id}/variables", status_code=201)
async def create_variable(request: Request, agent_id: UUID, body: CreateVariable) -> Variable:
    """Add a variable, to be used as `{{name}}` in instructions and tool settings."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        new = NewVariable(body.name, body.description, body.value, body.is_secret)
        return await variables.create(ctx, agent_id, new)


@router.patch("/agents/{agent_id}/variables/{variable_id}")
async def update_variable(request: Request, agent_id: UUID, variable_id: UUID, body: UpdateVariable) -> Variable:
    """Update a variable. Active runs keep the value they started with, except for secret variables."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        return await variables.update(ctx, agent_id, variable_id, body.model_dump(exclude_unset=True))


@router.delete("/agents/{agent_id}/variables/{variable_id}", status_code=204)
async def delete_variable(request: Request, agent_id: UUID, variable_id: UUID) -> None:
    """Delete a variable."""
    async with open_context(request) as ctx:
        await service.require_exists(ctx, agent_id)
        await variables.delete(ctx, agent_id, variable_id)


@router.get("/agent-templates")
async def list_templates(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name or description.")] = None,
    category: Annotated[Category | None, Query()] = None,
    type: Annotated[str | None, Query(max_length=40)] = None,  # noqa: A002 - the data model's word
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AgentTemplate]:
    """List templates: built-in ones, public ones, and the organization's own; newest first."""
    async with open_context(request) as ctx:
        return await templates.list_page(ctx, {"q": q, "category": category, "type": type}, cursor=cursor, limit=limit)


@router.post("/agent-templates", status_code=201)
async def create_template(request: Request, body: CreateTemplate) -> AgentTemplate:
    """Save an agent as a template. A public one has no model and no values except those in `public_values`."""
    async with open_context(request) as ctx:
        return await save_as_template(ctx, body.agent_id, body.model_dump(exclude={"agent_id"}))


@router.get("/agent-templates/{template_id}")
async def get_template(request: Request, template_id: UUID) -> AgentTemplate:
    """Return a template."""
    async with open_context(request) as ctx:
        return await templates.get(ctx, template_id)


@router.patch("/agent-templates/{template_id}")
async def update_template(request: Request, template_id: UUID, body: UpdateTemplate) -> AgentTemplate:
    """Update a template of the organization. Publishing it removes the model and the values not in `public_values`."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set - {"public_values"}}
    async with open_context(request) as ctx:
        return await templates.update(ctx, template_id, changes, body.public_values)


@router.delete("/agent-templates/{template_id}", status_code=204)
async def delete_template(request: Request, template_id: UUID) -> None:
    """Delete a template of the organization. Agents created from it are kept."""
    async with open_context(request) as ctx:
        await templates.delete(ctx, template_id)
