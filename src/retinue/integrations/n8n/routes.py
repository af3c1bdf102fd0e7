"""The connection to n8n, its workflows, and links over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.paging import Limit
from retinue.integrations.n8n import service
from retinue.integrations.n8n.schemas import ConnectN8n, LinkN8nWorkflow, UpdateN8nLink
from retinue.integrations.n8n.types import N8nCheck, N8nConnection, N8nLink, N8nWorkflow

router = APIRouter(prefix="/n8n", tags=["n8n"])

N8nWorkflowId = Annotated[str, Path(min_length=1, max_length=255)]
_LISTED = 100


@router.get("/connection")
async def get_n8n_connection(request: Request) -> N8nConnection:
    """Return how the organization reaches n8n, without its secrets."""
    async with open_context(request) as ctx:
        return await service.get_connection(ctx)


@router.put("/connection")
async def set_n8n_connection(request: Request, body: ConnectN8n) -> N8nConnection:
    """Connect the organization to n8n, or change the connection. Secrets that are left out stay as they are."""
    async with open_context(request) as ctx:
        return await service.connect(ctx, body)


@router.delete("/connection", status_code=204)
async def delete_n8n_connection(request: Request) -> None:
    """Delete the connection. No workflow may be linked."""
    async with open_context(request) as ctx:
        await service.disconnect(ctx)


@router.post("/connection/test")
async def test_n8n_connection(request: Request) -> N8nCheck:
    """Ask n8n for a workflow with the saved connection, and return how that went."""
    return await service.check(database_of(request), await actor_of(request))


@router.get("/workflows")
async def list_n8n_workflows(
    request: Request,
    *,
    name: Annotated[str | None, Query(max_length=200, description="Part of the name.")] = None,
    limit: Limit = _LISTED,
    cursor: Annotated[
        str | None, Query(min_length=1, max_length=2_000, description="`next_cursor` of the page before.")
    ] = None,
) -> Page[N8nWorkflow]:
    """List the workflows of the connected n8n, as n8n has them now."""
    sender = await actor_of(request)
    return await service.list_workflows(database_of(request), sender, name=name, cursor=cursor, limit=limit)


@router.post("/workflows/{n8n_workflow_id}/publish")
async def publish_n8n_workflow(request: Request, n8n_workflow_id: N8nWorkflowId) -> N8nWorkflow:
    """Publish (activate) a workflow in n8n. A reason of n8n against it is a 409."""
    return await service.set_active(database_of(request), await actor_of(request), n8n_workflow_id, is_active=True)


@router.post("/workflows/{n8n_workflow_id}/unpublish")
async def unpublish_n8n_workflow(request: Request, n8n_workflow_id: N8nWorkflowId) -> N8nWorkflow:
    """Unpublish (deactivate) a workflow in n8n: its triggers start nothing any more."""
    return await service.set_active(database_of(request), await actor_of(request), n8n_workflow_id, is_active=False)


@router.get("/links")
async def list_n8n_links(request: Request) -> Page[N8nLink]:
    """List the workflows that n8n carries out."""
    async with open_context(request) as ctx:
        return Page(await service.list_links(ctx), None)


@router.post("/links", status_code=201)
async def create_n8n_link(request: Request, body: LinkN8nWorkflow) -> N8nLink:
    """Link a workflow of n8n: to an existing workflow, or to a new one of its name.

    From now on n8n carries out the workflow's runs. Executions that n8n starts itself become runs with the trigger `n8n`.
    """
    return await service.link(database_of(request), await actor_of(request), body)


@router.get("/links/{linked_workflow_id}")
async def get_n8n_link(request: Request, linked_workflow_id: UUID) -> N8nLink:
    """Return the link of a workflow, with the nodes of the workflow in n8n."""
    async with open_context(request) as ctx:
        return await service.get_link(ctx, linked_workflow_id)


@router.patch("/links/{linked_workflow_id}")
async def update_n8n_link(request: Request, linked_workflow_id: UUID, body: UpdateN8nLink) -> N8nLink:
    """Change whether executions that n8n starts itself become runs."""
    async with open_context(request) as ctx:
        return await service.update_link(ctx, linked_workflow_id, body.imports_runs)


@router.delete("/links/{linked_workflow_id}", status_code=204)
async def delete_n8n_link(request: Request, linked_workflow_id: UUID) -> None:
    """Remove a link. The workflow and its runs stay; its own definition is carried out again."""
    async with open_context(request) as ctx:
        await service.unlink(ctx, linked_workflow_id)


@router.post("/links/{linked_workflow_id}/refresh")
async def refresh_n8n_link(request: Request, linked_workflow_id: UUID) -> N8nLink:
    """Read the workflow from n8n again, and look at its executions now."""
    return await service.refresh(database_of(request), await actor_of(request), linked_workflow_id)
