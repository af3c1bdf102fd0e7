"""Runs of workflows, whose input is what their input schema says."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue.core.http.context import actor_of, database_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.idempotency import IdempotencyKey
from retinue.core.http.preferences import Prefer
from retinue.runs import webhooks
from retinue.runs.routes import ANSWERS, answer_start
from retinue.runs.schemas import StartWorkflowBody
from retinue.runs.types import StartedByWebhook

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
