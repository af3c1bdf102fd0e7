"""What a run of a workflow may cost at most, before it runs."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.permissions import require
from retinue.engine.cost_bounds import NodeCost, cost_bounds
from retinue.runs import permissions
from retinue.runs.resolve_workflow import resolve_workflow
from retinue.workflows import service as workflows
from retinue.workflows.errors import WorkflowLinkedError
from retinue.workflows.types import Occasion


@dataclass(frozen=True, slots=True)
class CostPreview:
    """The most that a run of a version may cost: the sum of the nodes with known bounds, in US dollars.

    ``is_complete``: every node has one. ``limit_usd`` is the workflow's ``max_cost_usd``, which ends a run before a further
    node starts.
    """

    workflow_id: UUID
    version: int
    cost_usd: str
    is_complete: bool
    limit_usd: str | None
    nodes: list[NodeCost]


async def get_preview(ctx: Context, workflow_id: UUID, version: int | None) -> CostPreview:
    """Return the bounds of a version, by default the newest. Raises what ``resolve_workflow`` raises."""
    require(ctx, permissions.READ)
    if version is not None:
        await workflows.get_version(ctx, workflow_id, version)
    plan = await resolve_workflow(ctx, workflow_id, Occasion("manual", is_trial=True), version=version)
    if plan["runtime"] == "n8n":
        raise WorkflowLinkedError("What a workflow costs that n8n carries out is not known here.")
    bounds = cost_bounds(plan)
    number = cast("int", plan["workflow_version"])
    return CostPreview(workflow_id, number, bounds.cost_usd, bounds.is_complete, bounds.limit_usd, bounds.nodes)
