"""The URL of a deployed target over HTTP: runs for callers with a key, or without one where the deployment allows it."""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from retinue.core.context import Actor, ActorKind
from retinue.core.http import sse
from retinue.core.http.context import actor_of, database_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.http.idempotency import REPLAY_HEADER, IdempotencyKey
from retinue.core.http.preferences import APPLIED_HEADER, Prefer, wait_seconds
from retinue.core.http.replies import reply
from retinue.core.http.streams import watching
from retinue.core.ids import RunId
from retinue.deployments import calling, streaming
from retinue.deployments.errors import NotDeployedError
from retinue.deployments.permissions import CALL
from retinue.deployments.types import DeployedRun, Served
from retinue.runs.events import service as events

router = APIRouter(prefix="/deployed", tags=["deployed"])

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": DeployedRun,
        "description": "With `Prefer: wait=N`: the finished run. With `Accept: text/event-stream`: the stream.",
    },
    202: {"model": DeployedRun, "description": "The run, which a worker will execute."},
}


async def _admitted(request: Request, target_id: UUID) -> tuple[Served, Actor]:
    """Return what is served, and as whom the sender calls it; the stream and the wait ask for this actor's grants."""
    sender, served = await actor_of(request), None
    with suppress(NotDeployedError):
        served = await calling.find(database_of(request), target_id)
    actor = await calling.admit(database_of(request), served, sender)
    if served is None:
        raise NotDeployedError
    request.state.actor = actor
    return served, actor


CallBody = Annotated[
    dict[str, Any],
    Body(
        description="The input: of an agent or team {prompt, messages?, …}; of a workflow what fits its input_schema.",
        examples=[{"prompt": "What is your return policy?"}],
    ),
]


def _location(served: Served, run: DeployedRun) -> dict[str, str]:
    return {"Location": f"/api/v1/deployed/{served.target_id}/runs/{run.id}"}


@router.post("/{target_id}/runs", status_code=202, responses=_ANSWERS)
@open_to_anyone
async def start_deployed_run(
    request: Request, target_id: UUID, body: CallBody, idempotency_key: IdempotencyKey = None, prefer: Prefer = None
) -> Response:
    """Run the deployed version. The body is the run's input: of a workflow what fits its input_schema, else a prompt.

    Needs an API key with `deployments:call`, unless the deployment is for anyone; then calls without a key are limited by
    address. By default the reply is 202 with a `Location`. With `Prefer: wait=N` it is the finished run, or 202 after N
    seconds or when the run waits for a person. With `Accept: text/event-stream` it is a stream: `event: run` with the run,
    `event: token` {step_id, index, text} as the answer comes, and `event: run` again when the run has ended or waits.
    """
    seconds = wait_seconds(prefer)
    served, actor = await _admitted(request, target_id)
    database = database_of(request)
    await calling.limit(database.resources.kv, served, actor)
    async with database.context(actor) as ctx:
        started = await calling.start(ctx, served, body, idempotency_key=idempotency_key)
        run, run_id = await calling.shown(ctx, served, started.run), RunId(started.run.id)
    headers = _location(served, run) | ({REPLAY_HEADER: "true"} if started.is_replay else {})
    needs = None if actor.kind is ActorKind.VISITOR else CALL

    async def read() -> DeployedRun:
        async with database.context(actor) as inside:
            return await calling.get(inside, served, run_id)

    if sse.is_wanted(request.headers.get("accept", "")):
        frames = streaming.stream(database, served.organization_id, run_id, read, run)
        return sse.stream(frames, needs, headers)
    if seconds is None:
        return reply(run, 202, headers)
    async with watching(request, needs):
        await events.wait_until_idle(database, served.organization_id, run_id, seconds)
    run = await read()
    return reply(run, 200 if run.completed_at else 202, headers | {APPLIED_HEADER: f"wait={seconds}"})


@router.get("/{target_id}/runs/{run_id}")
@open_to_anyone
async def get_deployed_run(request: Request, target_id: UUID, run_id: UUID) -> DeployedRun:
    """Return a run that was started at this URL. Where the deployment is for anyone, the run's id is the proof."""
    served, actor = await _admitted(request, target_id)
    async with database_of(request).context(actor) as ctx:
        return await calling.get(ctx, served, run_id)
