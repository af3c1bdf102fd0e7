"""Workflows that n8n carries out in place of their own definition, which is kept."""

from retinue.core import audit
from retinue.core.context import Context
from retinue.workflows import repository
from retinue.workflows.errors import WorkflowBusyError, WorkflowLinkedError
from retinue.workflows.types import Workflow


async def link(ctx: Context, workflow: Workflow, n8n_workflow_id: str | None) -> None:
    """Write which workflow of n8n carries out a workflow that the transaction holds; it is published, if it was not.

    None removes the link. Raises ``WorkflowBusyError`` while runs are unfinished, and ``WorkflowLinkedError`` for a
    workflow that is linked already, here or there.
    """
    if n8n_workflow_id is not None and workflow.n8n_workflow_id is not None:
        raise WorkflowLinkedError("The workflow is linked to n8n already.", remedy="Remove that link first.")
    if count := await repository.count_unfinished_runs(ctx, workflow.id):
        raise WorkflowBusyError(f"The workflow has unfinished runs: {count}.")
    if n8n_workflow_id is None:
        await repository.unlink(ctx, workflow.id)
    else:
        await repository.link(ctx, workflow.id, n8n_workflow_id)
    action = "workflow.unlinked" if n8n_workflow_id is None else "workflow.linked"
    was, now = {"n8n_workflow_id": workflow.n8n_workflow_id}, {"n8n_workflow_id": n8n_workflow_id}
    await audit.record(ctx, action, ("workflow", workflow.id), before=dict(was), after=dict(now))
