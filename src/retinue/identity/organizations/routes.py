"""Organizations over HTTP: those one belongs to, and the one a request stands in."""

from fastapi import APIRouter, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.identity.organizations import service
from retinue.identity.organizations.schemas import CreateOrganization, UpdateOrganization
from retinue.identity.organizations.types import Organization, OrganizationChange, OwnOrganization

router = APIRouter(prefix="/organizations", tags=["organizations"])


@router.get("")
async def list_organizations(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[OwnOrganization]:
    """List your organizations, oldest first. An API key sees its own organization only."""
    async with open_context(request) as ctx:
        return await service.list_own(ctx, limit, cursor)


@router.post("", status_code=201)
async def create_organization(request: Request, body: CreateOrganization) -> OwnOrganization:
    """Create an organization with the starter agents. You become its owner."""
    async with open_context(request) as ctx:
        return await service.create(ctx, body.name, body.slug)


@router.get("/current")
async def get_organization(request: Request) -> Organization:
    """Return the organization of the request."""
    async with open_context(request) as ctx:
        return await service.current(ctx)


@router.patch("/current")
async def update_organization(request: Request, body: UpdateOrganization) -> Organization:
    """Change the organization's name, slug and settings."""
    change = OrganizationChange(
        body.name,
        body.slug,
        body.max_concurrent_runs,
        body.run_retention_days,
        body.audit_retention_days,
        body.require_two_factor,
    )
    async with open_context(request) as ctx:
        if body.plan is not None:
            changed = await service.set_plan(ctx, body.plan)
            if body.model_fields_set == {"plan"}:
                return changed
        return await service.update(ctx, change)
