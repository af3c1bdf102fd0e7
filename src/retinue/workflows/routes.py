"""Workflows and their versions over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.engine.spec.workflow.document import json_schema
from retinue.engine.spec.workflow.findings import Finding
from retinue.tools.service import load_installed
from retinue.workflows import comparing, examining, importing, permissions, service
from retinue.workflows.repository import WorkflowFilter
from retinue.workflows.schemas import CreateWorkflow, ImportGraph, PublishWorkflow, UpdateWorkflow, ValidateWorkflow
from retinue.workflows.types import (
    ImportedGraph,
    Workflow,
    WorkflowDefinition,
    WorkflowDiff,
    WorkflowProgram,
    WorkflowReport,
    WorkflowStatus,
    WorkflowSummary,
    WorkflowVersion,
    WorkflowWebhook,
)

router = APIRouter(tags=["workflows"])

Version = Annotated[int, Path(ge=1, le=2_147_483_646)]


@router.get("/workflows")
async def list_workflows(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name or description.")] = None,
    status: Annotated[WorkflowStatus | None, Query(description="Only workflows of this status.")] = None,
    is_conversational: Annotated[
        bool | None,
        Query(description="Filter by whether you can chat with the published version: its input is one text."),
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[WorkflowSummary]:
    """List the organization's workflows, newest first."""
    async with open_context(request) as ctx:
        wanted = WorkflowFilter(q, status, is_conversational)
        return await service.list_page(ctx, wanted, cursor=cursor, limit=limit)


@router.post("/workflows", status_code=201)
async def create_workflow(request: Request, body: CreateWorkflow) -> Workflow:
    """Create a workflow. It begins inactive, with no published version.

    A definition with errors is refused, with all of them: each `field` is a path such as `definition.nodes.0.set.n`.
    """
    new = WorkflowDefinition(body.definition, body.agent_id, body.trigger_config, body.deployment_config)
    examined = await _examined(request, body.definition)
    async with open_context(request) as ctx:
        return await service.create(ctx, new, note=body.note, examined=examined)


@router.get("/workflows/schema")
async def get_workflow_schema(request: Request) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of definitions of format `retinue.workflow/1`."""
    async with open_context(request) as ctx:
        require(ctx, permissions.READ)
    return json_schema()


@router.post("/workflows/validate")
async def validate_workflow(request: Request, body: ValidateWorkflow) -> WorkflowReport:
    """Tell all findings in a definition at once, each with a JSON pointer. Nothing is saved."""
    examined = await _examined(request, body.document())
    async with open_context(request) as ctx:
        return await service.validate(ctx, body.document(), examined)


@router.post("/workflows/import-graph")
async def import_graph(request: Request, body: ImportGraph) -> ImportedGraph:
    """Make a definition of a LangGraph graph, and list what could not be carried over. No workflow is saved.

    A `graph` as LangGraph draws it has no code: its functions become code nodes to fill in. A `function` is a graph that the
    operator installed; it runs as one node, by a tool, which is created when the organization has none for it.
    """
    if body.function is not None:
        await load_installed()
    async with open_context(request) as ctx:
        if body.function is not None:
            return await importing.import_installed(ctx, body.function, body.name)
        return importing.import_drawn(ctx, body.graph or {}, body.name)


@router.get("/workflows/{workflow_id}")
async def get_workflow(request: Request, workflow_id: UUID) -> Workflow:
    """Show one workflow with the definition of its newest version."""
    async with open_context(request) as ctx:
        return await service.get(ctx, workflow_id)


@router.patch("/workflows/{workflow_id}")
async def update_workflow(request: Request, workflow_id: UUID, body: UpdateWorkflow) -> Workflow:
    """Change a workflow. A definition that means something else is kept as a new version; runs take it once published."""
    changes: JsonObject = {name: getattr(body, name) for name in body.model_fields_set - {"version", "note"}}
    examined = () if body.definition is None else await _examined(request, body.definition)
    async with open_context(request) as ctx:
        return await service.update(ctx, workflow_id, changes, version=body.version, note=body.note, examined=examined)


@router.delete("/workflows/{workflow_id}", status_code=204)
async def delete_workflow(request: Request, workflow_id: UUID) -> None:
    """Delete a workflow that has no unfinished runs; what its runs recorded stays."""
    async with open_context(request) as ctx:
        await service.delete(ctx, workflow_id)


@router.post("/workflows/{workflow_id}/publish")
async def publish_workflow(request: Request, workflow_id: UUID, body: PublishWorkflow) -> Workflow:
    """Let runs take a version from now on: the newest, or an earlier one to go back to. Unfinished runs keep theirs."""
    async with open_context(request) as ctx:
        return await service.publish(ctx, workflow_id, body.version)


@router.post("/workflows/{workflow_id}/webhook-secret", status_code=201)
async def renew_webhook_secret(request: Request, workflow_id: UUID) -> WorkflowWebhook:
    """Make a new secret for the workflow's webhook. It is shown once; the one before is no longer accepted."""
    async with open_context(request) as ctx:
        return await service.rotate_webhook_secret(ctx, workflow_id)


@router.post("/workflows/{workflow_id}/duplicate", status_code=201)
async def duplicate_workflow(request: Request, workflow_id: UUID) -> Workflow:
    """Make a copy of a workflow; the copy is inactive."""
    async with open_context(request) as ctx:
        return await service.duplicate(ctx, workflow_id)


@router.get("/workflows/{workflow_id}/versions")
async def list_workflow_versions(
    request: Request, workflow_id: UUID, *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[WorkflowVersion]:
    """List a workflow's versions, the newest first: what it was, who made it, when and why."""
    async with open_context(request) as ctx:
        return await service.list_versions(ctx, workflow_id, cursor=cursor, limit=limit)


@router.get("/workflows/{workflow_id}/versions/{version}")
async def get_workflow_version(request: Request, workflow_id: UUID, version: Version) -> WorkflowVersion:
    """Show one version of a workflow."""
    async with open_context(request) as ctx:
        return await service.get_version(ctx, workflow_id, version)


@router.get("/workflows/{workflow_id}/program")
async def get_workflow_program(
    request: Request,
    workflow_id: UUID,
    version: Annotated[int | None, Query(ge=1, description="The newest when left out.")] = None,
) -> WorkflowProgram:
    """Return a version as a Python program for LangGraph alone, and what that does not do by itself."""
    async with open_context(request) as ctx:
        return await service.get_program(ctx, workflow_id, version)


@router.get("/workflows/{workflow_id}/versions/{version}/diff/{other}")
async def get_workflow_diff(request: Request, workflow_id: UUID, version: Version, other: Version) -> WorkflowDiff:
    """Show what changes from one version to another: nodes, edges, state and fields. Moved boxes are no change."""
    async with open_context(request) as ctx:
        return await comparing.diff(ctx, workflow_id, version, other)


@router.post("/workflows/{workflow_id}/versions/{version}/restore")
async def restore_workflow_version(request: Request, workflow_id: UUID, version: Version) -> Workflow:
    """Make an earlier version the newest one; this is a new version too."""
    async with open_context(request) as ctx:
        return await service.restore(ctx, workflow_id, version)


async def _examined(request: Request, definition: JsonObject) -> Sequence[Finding]:
    """Have the sandbox look at code, for members who may see workflows; others are refused when the context is opened."""
    if permissions.READ not in (await actor_of(request)).permissions:
        return ()
    return await examining.examine(database_of(request).resources, definition)
