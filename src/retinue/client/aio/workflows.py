"""Operations of workflows, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Unpack

from retinue.client.resource import AsyncResource, new_key, path
from retinue.client.types.common_2 import Run
from retinue.client.types.workflows import (
    CreateWorkflow,
    ImportedGraph,
    ImportGraph,
    PublishWorkflow,
    RunFromNode,
    StartedByWebhook,
    StartWorkflowRun,
    UpdateWorkflow,
    ValidateWorkflow,
    Workflow,
    WorkflowCostPreview,
    WorkflowDiff,
    WorkflowProgram,
    WorkflowReport,
    WorkflowStatus,
    WorkflowSummary,
    WorkflowSummaryPage,
    WorkflowVersion,
    WorkflowVersionPage,
    WorkflowWebhook,
)


class AsyncWorkflowsApi(AsyncResource):
    """Operations of workflows."""

    async def start_run_from(self, run_id: str, /, **body: Unpack[RunFromNode]) -> Run:
        """Start a new run of a workflow from a node of a finished run. Nothing before the node is called."""
        return await self._connection.json("POST", path("runs", run_id, "run-from"), body=body)

    async def list(
        self,
        *,
        q: str | None = None,
        status: WorkflowStatus | None = None,
        is_conversational: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> WorkflowSummaryPage:
        """List the organization's workflows, newest first."""
        return await self._connection.json(
            "GET",
            "/workflows",
            query={"q": q, "status": status, "is_conversational": is_conversational, "limit": limit, "cursor": cursor},
        )

    def iterate(
        self,
        *,
        q: str | None = None,
        status: WorkflowStatus | None = None,
        is_conversational: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[WorkflowSummary]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/workflows", query={"q": q, "status": status, "is_conversational": is_conversational, "limit": limit}
        )

    async def create(self, **body: Unpack[CreateWorkflow]) -> Workflow:
        """Create a workflow. It begins inactive, with no published version."""
        return await self._connection.json("POST", "/workflows", body=body)

    async def import_graph(self, **body: Unpack[ImportGraph]) -> ImportedGraph:
        """Make a definition of a LangGraph graph, and list what could not be carried over. No workflow is saved."""
        return await self._connection.json("POST", "/workflows/import-graph", body=body)

    async def get_schema(self) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of definitions of format `retinue.workflow/1`."""
        return await self._connection.json("GET", "/workflows/schema")

    async def validate(self, **body: Unpack[ValidateWorkflow]) -> WorkflowReport:
        """Tell all findings in a definition at once, each with a JSON pointer. Nothing is saved."""
        return await self._connection.json("POST", "/workflows/validate", body=body)

    async def get(self, workflow_id: str, /) -> Workflow:
        """Show one workflow with the definition of its newest version."""
        return await self._connection.json("GET", path("workflows", workflow_id))

    async def update(self, workflow_id: str, /, **body: Unpack[UpdateWorkflow]) -> Workflow:
        """Change a workflow."""
        return await self._connection.json("PATCH", path("workflows", workflow_id), body=body)

    async def delete(self, workflow_id: str, /) -> None:
        """Delete a workflow that has no unfinished runs; what its runs recorded stays."""
        await self._connection.nothing("DELETE", path("workflows", workflow_id))

    async def get_cost_preview(self, workflow_id: str, /, *, version: int | None = None) -> WorkflowCostPreview:
        """Return the most that a run of a version may cost, by node."""
        return await self._connection.json("GET", path("workflows", workflow_id, "cost-preview"), query={"version": version})

    async def duplicate(self, workflow_id: str, /) -> Workflow:
        """Make a copy of a workflow; the copy is inactive."""
        return await self._connection.json("POST", path("workflows", workflow_id, "duplicate"))

    async def get_program(self, workflow_id: str, /, *, version: int | None = None) -> WorkflowProgram:
        """Return a version as a Python program for LangGraph alone, and what that does not do by itself."""
        return await self._connection.json("GET", path("workflows", workflow_id, "program"), query={"version": version})

    async def publish(self, workflow_id: str, /, **body: Unpack[PublishWorkflow]) -> Workflow:
        """Let runs take a version from now on: the newest, or an earlier one to go back to."""
        return await self._connection.json("POST", path("workflows", workflow_id, "publish"), body=body)

    async def start_run(
        self,
        workflow_id: str,
        /,
        *,
        idempotency_key: str | None = None,
        wait_seconds: int | None = None,
        **body: Unpack[StartWorkflowRun],
    ) -> Run:
        """Start a run of a workflow's published version."""
        return await self._connection.json(
            "POST",
            path("workflows", workflow_id, "runs"),
            body=body,
            key=idempotency_key or new_key(),
            wait_seconds=wait_seconds,
        )

    async def list_versions(
        self, workflow_id: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> WorkflowVersionPage:
        """List a workflow's versions, the newest first: what it was, who made it, when and why."""
        return await self._connection.json(
            "GET", path("workflows", workflow_id, "versions"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_versions(self, workflow_id: str, /, *, limit: int | None = None) -> AsyncIterator[WorkflowVersion]:
        """Iterate over what ``list_versions`` lists, page after page."""
        return self._connection.items(path("workflows", workflow_id, "versions"), query={"limit": limit})

    async def get_version(self, workflow_id: str, version: int, /) -> WorkflowVersion:
        """Show one version of a workflow."""
        return await self._connection.json("GET", path("workflows", workflow_id, "versions", version))

    async def get_diff(self, workflow_id: str, version: int, other: int, /) -> WorkflowDiff:
        """Show what changes from one version to another: nodes, edges, state and fields."""
        return await self._connection.json("GET", path("workflows", workflow_id, "versions", version, "diff", other))

    async def restore_version(self, workflow_id: str, version: int, /) -> Workflow:
        """Make an earlier version the newest one; this is a new version too."""
        return await self._connection.json("POST", path("workflows", workflow_id, "versions", version, "restore"))

    async def start_run_by_webhook(self, workflow_id: str, /) -> StartedByWebhook:
        """Start a run of a workflow that accepts webhooks. The body, a JSON object, is the run's input."""
        return await self._connection.json("POST", path("workflows", workflow_id, "webhook"))

    async def renew_webhook_secret(self, workflow_id: str, /) -> WorkflowWebhook:
        """Make a new secret for the workflow's webhook. It is shown once; the one before is no longer accepted."""
        return await self._connection.json("POST", path("workflows", workflow_id, "webhook-secret"))
