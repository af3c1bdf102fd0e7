"""What two versions of a workflow mean differently."""

from uuid import UUID

from retinue.core.context import Context
from retinue.engine.spec.workflow.changes import changes
from retinue.workflows import service
from retinue.workflows.types import WorkflowDiff


async def diff(ctx: Context, workflow_id: UUID, before: int, after: int) -> WorkflowDiff:
    """Return the differences of two versions. Raises ``WorkflowMissingError``, ``WorkflowVersionMissingError``."""
    old = await service.get_version(ctx, workflow_id, before)
    new = await service.get_version(ctx, workflow_id, after)
    return WorkflowDiff(workflow_id, before, after, old.definition, new.definition, changes(old.definition, new.definition))
