"""Runs of workflows, whose input is what their input schema says."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.idempotency import IdempotencyKey
from retinue.core.http.preferences import Prefer
from retinue.core.http.replies import reply
from retinue.engine.pricing import load_prices
from retinue.runs import cost_preview, service, webhooks
from retinue.runs.cost_preview import CostPreview
from retinue.runs.routes import ANSWERS, answer_start
from retinue.runs.schemas import RunFromBody, StartWorkflowBody
from retinue.runs.types import Run, StartedByWebhook

router = APIRouter(tags=["workflows"])


@router.post("/workflows/{workflow_id}/runs", status_code=202, responses=ANSWERS)
async def start_workflow_run(
    request: Request,
    workflow_id: UUID,
    body: StartWorkflowBody,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Response:
    """Start a run of a workflow's published version. Replies as `POST /runs` does, for `Prefer` and `Accept` too.

    An API key may start runs while the workflow is active; a signed-in user, unless it is paused.
    """
    return await answer_start(request, body.to_request(workflow_id, idempotency_key), prefer)


Version = Annotated[int | None, Query(ge=1, le=2_147_483_647, description="Which version; by default the newest.")]


@router.get("/workflows/{workflow_id}/cost-preview")
async def get_workflow_cost_preview(request: Request, workflow_id: UUID, version: Version = None) -> CostPreview:
    """Return the most that a run of a version may cost, by node.

    Maps, loops and circles count with their bounds, nodes with their attempts, model calls with a full context. Nodes whose
    price is not known have no bound and are not in the sum.
    """
    await load_prices()
    async with open_context(request) as ctx:
        return await cost_preview.get_preview(ctx, workflow_id, version)


@router.post("/runs/{run_id}/run-from", status_code=202, responses={202: {"model": Run}})
async def start_run_from(request: Request, run_id: UUID, body: RunFromBody) -> Response:
    """Start a new run of a workflow from a node of a finished run. Nothing before the node is called.

    What the nodes before it gave is taken from the recorded steps; a step that failed is no result, and fails again. The
    steps of the new run whose output was taken have the source `pinned`.
    """
    async with open_context(request) as ctx:
        run = await service.run_from(ctx, run_id, body.to_request(), tags=body.tags, metadata=body.metadata)
    return reply(run, 202, {"Location": f"/api/v1/runs/{run.id}"})


@router.post("/workflows/{workflow_id}/webhook", status_code=202)
@open_to_anyone
async def start_run_by_webhook(request: Request, workflow_id: UUID) -> StartedByWebhook:
    """Start a run of a workflow that accepts webhooks. The body, a JSON object, is the run's input.

    The request is signed by [Standard Webhooks](https://www.standardwebhooks.com) with the workflow's secret: `webhook-id`,
    `webhook-timestamp` (at most 5 minutes from now) and `webhook-signature`. A message that is sent again starts nothing
    again, and gets the same answer.
    """
    body = await request.body()
    started = await webhooks.receive(database_of(request), await actor_of(request), workflow_id, request.headers, body)
    return StartedByWebhook(started.run.id, started.is_replay)
