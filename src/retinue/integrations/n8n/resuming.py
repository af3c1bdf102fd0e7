"""Runs that executions of n8n wait for: n8n starts one with the URL that resumes it, and the result is sent there.

The end of such a run is an event of the outbox; the result is sent by a timer's work, again and again until n8n takes it.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from retinue.core import audit, timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error, FieldProblem
from retinue.core.json import JsonObject, dumps
from retinue.core.outbound.client import OutboundRequest
from retinue.core.outbox import Event
from retinue.core.permissions import require
from retinue.core.timers import Timer
from retinue.integrations.n8n import following
from retinue.integrations.n8n import repository_runs as repository
from retinue.integrations.n8n.access import get_access, is_of
from retinue.integrations.n8n.client import Access
from retinue.integrations.n8n.errors import N8nLinkMissingError, N8nResumeUrlInvalidError
from retinue.integrations.n8n.permissions import READ, WRITE
from retinue.integrations.n8n.schemas import StartForN8n
from retinue.integrations.n8n.types import N8nResume
from retinue.runs import service as runs
from retinue.runs.types import Run, StartRun, Trigger

RESUME: Final = "n8n.resume"
"""Timer: the result of a run is to be sent to n8n; its subject is the run."""
_PAUSES: Final = (2, 10, 30, 60, 300, 900, 3_600, 7_200)
_SECONDS: Final = 30.0
_OK: Final = 200
_REDIRECTION: Final = 300
_GONE: Final = frozenset({404, 409, 410})


async def start(ctx: Context, body: StartForN8n, idempotency_key: str | None) -> Run:
    """Start a run that an execution of n8n waits for. May be repeated with the same idempotency key.

    Raises ``N8nNotConnectedError``, ``N8nResumeUrlInvalidError``, and what ``runs.service.start`` raises.
    """
    require(ctx, runs.WRITING)
    access = await get_access(ctx)
    if not is_of(access, body.resume_url):
        problem = FieldProblem("resume_url", f"is not an address of {access.base_url}", N8nResumeUrlInvalidError.remedy)
        raise N8nResumeUrlInvalidError(fields=(problem,))
    asked = StartRun(
        type=body.type,
        target_id=body.target_id,
        input=body.input,
        trigger=Trigger.N8N,
        idempotency_key=idempotency_key,
    )
    started = await runs.start(ctx, asked)
    if not started.is_replay:
        await repository.await_resume(ctx, started.run.id, ctx.resources.secrets.seal(body.resume_url))
    return started.run


async def get(ctx: Context, run_id: UUID) -> N8nResume:
    """Return how the execution stands that waits for a run. Raises ``RunMissingError``, ``N8nLinkMissingError``."""
    require(ctx, READ)
    await runs.require_exists(ctx, run_id)
    found = await repository.get_resume(ctx, run_id)
    if found is None:
        raise N8nLinkMissingError("No execution of n8n waits for this run.", remedy="Look at another run.")
    return found


async def send_again(ctx: Context, run_id: UUID) -> N8nResume:
    """Send a result again that n8n did not take. Raises as ``get`` does."""
    require(ctx, WRITE)
    before = await get(ctx, run_id)
    if await repository.send_again(ctx, run_id):
        await audit.record(ctx, "n8n_resume.sent_again", ("run", run_id), before={"state": before.state})
        await timers.schedule(ctx, RESUME, run_id, ctx.now)
    return await get(ctx, run_id)


async def note_end(ctx: Context, event: Event) -> None:
    """Have the result of an ended run sent, and n8n looked at for one that was cancelled. May be repeated."""
    run_id = UUID(str(event.payload["run_id"]))
    waiting = await repository.get_resume(ctx, run_id)
    if waiting is not None and waiting.state == "waiting":
        await timers.schedule(ctx, RESUME, run_id, ctx.now)
    if event.payload["status"] == "cancelled" and await repository.get(ctx, run_id) is not None:
        await following.look_soon(ctx, run_id, timedelta())


async def send(database: Database, timer: Timer) -> None:
    """Send the result of a run to the execution that waits for it. The work of a timer; n8n takes it once."""
    run_id = timer.subject_id
    async with database.system_context([timer.organization_id]) as ctx:
        result, claimed = await repository.get_result(ctx, run_id), await repository.claim_resume(ctx, run_id)
        if result is None or claimed is None:
            await timers.finish(ctx, timer)
            return
        url, access = database.resources.secrets.open(claimed[0]), await _access_or_none(ctx)
    status, output, error = result
    error_message = None if error is None else str(error.get("message", ""))
    body: JsonObject = {"run_id": str(run_id), "status": status, "output": output, "error": error_message}
    state, why = "waiting", "The connection to n8n was removed."
    if access is not None and is_of(access, url):
        state, why = await _post(database, url, body, dict(access.headers))
    async with database.system_context([timer.organization_id]) as ctx:
        await timers.finish(ctx, timer)
        if state == "waiting" and claimed[1] < len(_PAUSES):
            await repository.end_resume(ctx, run_id, "sending", why)
            await timers.schedule(ctx, RESUME, run_id, ctx.now + timedelta(seconds=_PAUSES[claimed[1] - 1]))
            return
        await repository.end_resume(ctx, run_id, "dead" if state == "waiting" else state, why)


async def _access_or_none(ctx: Context) -> Access | None:
    try:
        return await get_access(ctx)
    except Error:
        return None


async def _post(database: Database, url: str, body: JsonObject, headers: dict[str, str]) -> tuple[str, str | None]:
    """Send a result; return what the state is now, and why it is not sent."""
    sent = {"content-type": "application/json", **headers}
    try:
        answer = await database.resources.outbound.send(
            OutboundRequest(
                "POST", url, sent, dumps(body), timeout_seconds=_SECONDS, is_cut=True, max_redirects=0, is_exact=True
            )
        )
    except Error as error:
        return "waiting", error.detail
    if _OK <= answer.status < _REDIRECTION:
        return "sent", None
    state = "dead" if answer.status in _GONE else "waiting"
    return state, f"n8n answered with status {answer.status}."
