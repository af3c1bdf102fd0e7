"""Runs of workflows, whose input is what their input schema says."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue.core.http.idempotency import IdempotencyKey
from retinue.core.http.preferences import Prefer
from retinue.runs.routes import ANSWERS, answer_start
from retinue.runs.schemas import StartWorkflowBody

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
