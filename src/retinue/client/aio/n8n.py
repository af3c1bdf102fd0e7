"""Operations of n8n, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, new_key, path
from retinue.client.types.common_2 import Run
from retinue.client.types.n8n import (
    CallbackAccepted,
    ConnectN8n,
    LinkN8nWorkflow,
    N8nCallback,
    N8nCheck,
    N8nConnection,
    N8nExecution,
    N8nLink,
    N8nLinkPage,
    N8nResume,
    N8nWorkflow,
    N8nWorkflowPage,
    StartForN8n,
    UpdateN8nLink,
)


class AsyncN8nApi(AsyncResource):
    """Operations of n8n."""

    async def receive_callback(self, external_run_id: str, /, **body: Unpack[N8nCallback]) -> CallbackAccepted:
        """Take the result of a workflow from n8n."""
        return await self._connection.json("POST", path("n8n", "callbacks", external_run_id), body=body)

    async def get_connection(self) -> N8nConnection:
        """Return how the organization reaches n8n, without its secrets."""
        return await self._connection.json("GET", "/n8n/connection")

    async def set_connection(self, **body: Unpack[ConnectN8n]) -> N8nConnection:
        """Connect the organization to n8n, or change the connection. Secrets that are left out stay as they are."""
        return await self._connection.json("PUT", "/n8n/connection", body=body)

    async def delete_connection(self) -> None:
        """Delete the connection. No workflow may be linked."""
        await self._connection.nothing("DELETE", "/n8n/connection")

    async def test_connection(self) -> N8nCheck:
        """Ask n8n for a workflow with the saved connection, and return how that went."""
        return await self._connection.json("POST", "/n8n/connection/test")

    async def get_execution(self, external_run_id: str, /) -> N8nExecution:
        """Return what a run is in n8n: the execution, its status there, and its address."""
        return await self._connection.json("GET", path("n8n", "executions", external_run_id))

    async def list_links(self) -> N8nLinkPage:
        """List the workflows that n8n carries out."""
        return await self._connection.json("GET", "/n8n/links")

    async def create_link(self, **body: Unpack[LinkN8nWorkflow]) -> N8nLink:
        """Link a workflow of n8n: to an existing workflow, or to a new one of its name."""
        return await self._connection.json("POST", "/n8n/links", body=body)

    async def get_link(self, linked_workflow_id: str, /) -> N8nLink:
        """Return the link of a workflow, with the nodes of the workflow in n8n."""
        return await self._connection.json("GET", path("n8n", "links", linked_workflow_id))

    async def update_link(self, linked_workflow_id: str, /, **body: Unpack[UpdateN8nLink]) -> N8nLink:
        """Change whether executions that n8n starts itself become runs."""
        return await self._connection.json("PATCH", path("n8n", "links", linked_workflow_id), body=body)

    async def delete_link(self, linked_workflow_id: str, /) -> None:
        """Remove a link. The workflow and its runs stay; its own definition is carried out again."""
        await self._connection.nothing("DELETE", path("n8n", "links", linked_workflow_id))

    async def refresh_link(self, linked_workflow_id: str, /) -> N8nLink:
        """Read the workflow from n8n again, and look at its executions now."""
        return await self._connection.json("POST", path("n8n", "links", linked_workflow_id, "refresh"))

    async def get_resume(self, awaited_run_id: str, /) -> N8nResume:
        """Return whether n8n was sent the result of a run that it waits for."""
        return await self._connection.json("GET", path("n8n", "resumes", awaited_run_id))

    async def send_resume(self, awaited_run_id: str, /) -> N8nResume:
        """Send a result again that n8n did not take after all attempts."""
        return await self._connection.json("POST", path("n8n", "resumes", awaited_run_id, "send-again"))

    async def start_run_for(self, *, idempotency_key: str | None = None, **body: Unpack[StartForN8n]) -> Run:
        """Start a run that an execution of n8n waits for: its result is sent to `resume_url` when it has ended."""
        return await self._connection.json("POST", "/n8n/runs", body=body, key=idempotency_key or new_key())

    async def list_workflows(
        self, *, name: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> N8nWorkflowPage:
        """List the workflows of the connected n8n, as n8n has them now."""
        return await self._connection.json("GET", "/n8n/workflows", query={"name": name, "limit": limit, "cursor": cursor})

    def iterate_workflows(self, *, name: str | None = None, limit: int | None = None) -> AsyncIterator[N8nWorkflow]:
        """Iterate over what ``list_workflows`` lists, page after page."""
        return self._connection.items("/n8n/workflows", query={"name": name, "limit": limit})

    async def publish_workflow(self, n8n_workflow_id: str, /) -> N8nWorkflow:
        """Publish (activate) a workflow in n8n. A reason of n8n against it is a 409."""
        return await self._connection.json("POST", path("n8n", "workflows", n8n_workflow_id, "publish"))

    async def unpublish_workflow(self, n8n_workflow_id: str, /) -> N8nWorkflow:
        """Unpublish (deactivate) a workflow in n8n: its triggers start nothing any more."""
        return await self._connection.json("POST", path("n8n", "workflows", n8n_workflow_id, "unpublish"))
