"""Runs of n8n over HTTP: what they are there, the callback that ends them, and runs that n8n waits for."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from retinue.core.http.context import database_of, open_context
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.idempotency import IdempotencyKey
from retinue.core.http.replies import reply
from retinue.integrations.n8n import callbacks, resuming, service
from retinue.integrations.n8n.schemas import N8nCallback, StartForN8n
from retinue.integrations.n8n.types import CallbackAccepted, N8nExecution, N8nResume
from retinue.runs.types import Run

router = APIRouter(prefix="/n8n", tags=["n8n"])

_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": Run, "description": "The run, which a worker will execute."}}


@router.get("/executions/{external_run_id}")
async def get_n8n_execution(request: Request, external_run_id: UUID) -> N8nExecution:
    """Return what a run is in n8n: the execution, its status there, and its address."""
    async with open_context(request) as ctx:
        return await service.get_execution(ctx, external_run_id)


@router.post("/callbacks/{external_run_id}")
@open_to_anyone
async def receive_n8n_callback(request: Request, external_run_id: UUID, body: N8nCallback) -> CallbackAccepted:
    """Take the result of a workflow from n8n.

    For an HTTP Request node at the end of the workflow. The token in the body is the one that the webhook was given;
    it is taken once, and a repetition changes nothing.
    """
    return await callbacks.receive(database_of(request), external_run_id, body)


@router.post("/runs", status_code=202, responses=_ACCEPTED)
async def start_run_for_n8n(request: Request, body: StartForN8n, idempotency_key: IdempotencyKey = None) -> Response:
    """Start a run that an execution of n8n waits for: its result is sent to `resume_url` when it has ended.

    `resume_url` must be an address of the connected n8n.
    """
    async with open_context(request) as ctx:
        run = await resuming.start(ctx, body, idempotency_key)
    return reply(run, 202, {"Location": f"/api/v1/runs/{run.id}"})


@router.get("/resumes/{awaited_run_id}")
async def get_n8n_resume(request: Request, awaited_run_id: UUID) -> N8nResume:
    """Return whether n8n was sent the result of a run that it waits for."""
    async with open_context(request) as ctx:
        return await resuming.get(ctx, awaited_run_id)


@router.post("/resumes/{awaited_run_id}/send-again")
async def send_n8n_resume(request: Request, awaited_run_id: UUID) -> N8nResume:
    """Send a result again that n8n did not take after all attempts."""
    async with open_context(request) as ctx:
        return await resuming.send_again(ctx, awaited_run_id)
