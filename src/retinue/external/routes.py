"""External agents over HTTP: what an agent sends with its own key, and its heartbeats for those who look at it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from retinue.agents.types import HeartbeatReceipt
from retinue.core.http.context import actor_of, database_of, open_context
from retinue.core.http.idempotency import REPLAY_HEADER
from retinue.core.http.replies import reply
from retinue.external import claiming, presence, service
from retinue.external.schemas import (
    AddRunLogs,
    AddRunThoughts,
    ClaimWork,
    CompleteWork,
    ExtendWork,
    FailWork,
    ReportExecution,
    SendHeartbeat,
)
from retinue.external.types import AnsweredWork, ClaimedWork, HeartbeatHistory, HeldWork, WorkRecords
from retinue.runs.work.types import ReportedExecution

router = APIRouter(tags=["external agents"])

_ONLINE = SendHeartbeat()
_CLAIM = ClaimWork()


@router.post("/agents/{agent_id}/heartbeat")
async def send_heartbeat(request: Request, agent_id: UUID, body: SendHeartbeat = _ONLINE) -> HeartbeatReceipt:
    """Record that an external agent is alive. Send the agent's own key, or an API key with the scope `agents:heartbeat`."""
    async with open_context(request) as ctx:
        receipt = await service.send_heartbeat(ctx, agent_id, sent := body.to_heartbeat())
    await presence.publish_presence(database_of(request).resources.kv, receipt, sent)
    return receipt


@router.get("/agents/{agent_id}/heartbeats")
async def list_agent_heartbeats(
    request: Request, agent_id: UUID, *, hours: Annotated[int, Query(ge=1, le=48, description="How far back.")] = 24
) -> HeartbeatHistory:
    """Return an external agent's presence and its heartbeats of the last hours, newest first, at most 5,000."""
    async with open_context(request) as ctx:
        return await service.list_heartbeats(ctx, agent_id, hours)


@router.post("/agents/{agent_id}/executions", status_code=201, responses={201: {"model": ReportedExecution}})
async def report_execution(request: Request, agent_id: UUID, body: ReportExecution) -> Response:
    """Record what an external agent has carried out by itself, as a run with the trigger `external`.

    Send the agent's own key, or an API key with the scope `agents:act`; so for all routes of this group.
    """
    async with open_context(request) as ctx:
        reported = await service.report_execution(ctx, agent_id, body.to_execution(ctx.now))
    return reply(reported, 201, {REPLAY_HEADER: "true"} if reported.is_replay else {})


@router.post("/agents/{agent_id}/work/claim")
async def claim_work(request: Request, agent_id: UUID, body: ClaimWork = _CLAIM) -> ClaimedWork:
    """Claim the next run that waits for an external agent, for agents that no webhook reaches.

    The run is held under a lease until `lease_until`; then another may claim it, and the former `lease` is refused.
    """
    work = await claiming.claim(
        database_of(request),
        await actor_of(request),
        agent_id,
        body.worker,
        lease_seconds=body.lease_seconds,
        wait_seconds=body.wait_seconds,
    )
    return ClaimedWork(work)


@router.post("/agents/{agent_id}/work/{run_id}/extend")
async def extend_work(request: Request, agent_id: UUID, run_id: UUID, body: ExtendWork) -> HeldWork:
    """Hold a claimed run for longer, or give it back with `lease_seconds` 0."""
    async with open_context(request) as ctx:
        return await service.extend(ctx, agent_id, run_id, body.lease, body.lease_seconds)


@router.post("/agents/{agent_id}/work/{run_id}/complete")
async def complete_work(request: Request, agent_id: UUID, run_id: UUID, body: CompleteWork) -> AnsweredWork:
    """Complete a run that was claimed, or that was pushed to the webhook and answered with 202."""
    records = ([each.to_row() for each in body.logs], [each.to_row() for each in body.thoughts])
    async with open_context(request) as ctx:
        return await service.answer(ctx, agent_id, run_id, body.lease, body.to_document(), records=records)


@router.post("/agents/{agent_id}/work/{run_id}/fail")
async def fail_work(request: Request, agent_id: UUID, run_id: UUID, body: FailWork) -> AnsweredWork:
    """Fail a run that was claimed, or that was pushed to the webhook and answered with 202."""
    records = (body.all_logs(), [each.to_row() for each in body.thoughts])
    async with open_context(request) as ctx:
        return await service.answer(ctx, agent_id, run_id, body.lease, body.to_document(), records=records)


@router.post("/agents/{agent_id}/work/{run_id}/logs", status_code=201)
async def add_run_logs(request: Request, agent_id: UUID, run_id: UUID, body: AddRunLogs) -> WorkRecords:
    """Write log lines of a run of an external agent that is not over."""
    async with open_context(request) as ctx:
        return await service.add_records(ctx, agent_id, run_id, [each.to_row() for each in body.lines], [])


@router.post("/agents/{agent_id}/work/{run_id}/thoughts", status_code=201)
async def add_run_thoughts(request: Request, agent_id: UUID, run_id: UUID, body: AddRunThoughts) -> WorkRecords:
    """Write thoughts of a run of an external agent that is not over."""
    async with open_context(request) as ctx:
        return await service.add_records(ctx, agent_id, run_id, [], [each.to_row() for each in body.thoughts])
