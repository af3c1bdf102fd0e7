"""Operations of n8n. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, new_key, path
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


class N8nApi(Resource):
    """Operations of n8n."""

    def receive_callback(self, external_run_id: str, /, **body: Unpack[N8nCallback]) -> CallbackAccepted:
        """Take the result of a workflow from n8n."""
        return self._connection.json("POST", path("n8n", "callbacks", external_run_id), body=body)

    def get_connection(self) -> N8nConnection:
        """Return how the organization reaches n8n, without its secrets."""
        return self._connection.json("GET", "/n8n/connection")

    def set_connection(self, **body: Unpack[ConnectN8n]) -> N8nConnection:
        """Connect the organization to n8n, or change the connection. Secrets that are left out stay as they are."""
        return self._connection.json("PUT", "/n8n/connection", body=body)

    def delete_connection(self) -> None:
        """Delete the connection. No workflow may be linked."""
        self._connection.nothing("DELETE", "/n8n/connection")

    def test_connection(self) -> N8nCheck:
        """Ask n8n for a workflow with the saved connection, and return how that went."""
        return self._connection.json("POST", "/n8n/connection/test")

    def get_execution(self, external_run_id: str, /) -> N8nExecution:
        """Return what a run is in n8n: the execution, its status there, and its address."""
        return self._connection.json("GET", path("n8n", "executions", external_run_id))

    def list_links(self) -> N8nLinkPage:
        """List the workflows that n8n carries out."""
        return self._connection.json("GET", "/n8n/links")

    def create_link(self, **body: Unpack[LinkN8nWorkflow]) -> N8nLink:
        """Link a workflow of n8n: to an existing workflow, or to a new one of its name."""
        return self._connection.json("POST", "/n8n/links", body=body)

    def get_link(self, linked_workflow_id: str, /) -> N8nLink:
        """Return the link of a workflow, with the nodes of the workflow in n8n."""
        return self._connection.json("GET", path("n8n", "links", linked_workflow_id))

    def update_link(self, linked_workflow_id: str, /, **body: Unpack[UpdateN8nLink]) -> N8nLink:
        """Change whether executions that n8n starts itself become runs."""
        return self._connection.json("PATCH", path("n8n", "links", linked_workflow_id), body=body)

    def delete_link(self, linked_workflow_id: str, /) -> None:
        """Remove a link. The workflow and its runs stay; its own definition is carried out again."""
        self._connection.nothing("DELETE", path("n8n", "links", linked_workflow_id))

    def refresh_link(self, linked_workflow_id: str, /) -> N8nLink:
        """Read the workflow from n8n again, and look at its executions now."""
        return self._connection.json("POST", path("n8n", "links", linked_workflow_id, "refresh"))

    def get_resume(self, awaited_run_id: str, /) -> N8nResume:
        """Return whether n8n was sent the result of a run that it waits for."""
        return self._connection.json("GET", path("n8n", "resumes", awaited_run_id))

    def send_resume(self, awaited_run_id: str, /) -> N8nResume:
        """Send a result again that n8n did not take after all attempts."""
        return self._connection.json("POST", path("n8n", "resumes", awaited_run_id, "send-again"))

    def start_run_for(self, *, idempotency_key: str | None = None, **body: Unpack[StartForN8n]) -> Run:
        """Start a run that an execution of n8n waits for: its result is sent to `resume_url` when it has ended."""
        return self._connection.json("POST", "/n8n/runs", body=body, key=idempotency_key or new_key())

    def list_workflows(
        self, *, name: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> N8nWorkflowPage:
        """List the workflows of the connected n8n, as n8n has them now."""
        return self._connection.json("GET", "/n8n/workflows", query={"name": name, "limit": limit, "cursor": cursor})

    def iterate_workflows(self, *, name: str | None = None, limit: int | None = None) -> Iterator[N8nWorkflow]:
        """Iterate over what ``list_workflows`` lists, page after page."""
        return self._connection.items("/n8n/workflows", query={"name": name, "limit": limit})

    def publish_workflow(self, n8n_workflow_id: str, /) -> N8nWorkflow:
        """Publish (activate) a workflow in n8n. A reason of n8n against it is a 409."""
        return self._connection.json("POST", path("n8n", "workflows", n8n_workflow_id, "publish"))

    def unpublish_workflow(self, n8n_workflow_id: str, /) -> N8nWorkflow:
        """Unpublish (deactivate) a workflow in n8n: its triggers start nothing any more."""
        return self._connection.json("POST", path("n8n", "workflows", n8n_workflow_id, "unpublish"))
