"""Calls of external agents by their webhooks: at least once, signed, retried, and without holding a worker for the answer.

A due timer claims the run under a lease in one commit, which sets the timer again for the end of the lease: if the worker
dies, the next one calls again under the same ``webhook-id``. The call is made without a transaction. Another commit puts
down the outcome: the agent's answer, that it will answer later (202), or when the call is made again.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from retinue.agents.variables.service import AgentVariables
from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.logging import get_logger
from retinue.core.outbound.client import OutboundFailedError, OutboundRequest, OutboundResponse
from retinue.core.outbound.deliveries import retry_after_of
from retinue.core.timers import Timer
from retinue.core.webhooks import signed_headers
from retinue.engine.plan import read_external_plan
from retinue.external import repository
from retinue.external.keys import service as keys
from retinue.runs.work import service as work
from retinue.runs.work.errors import WorkLostError, WorkMissingError
from retinue.runs.work.types import Claim, Work

_log = get_logger(__name__)

_VARIABLE: Final = "WEBHOOK_SECRET"
"""A secret variable of the agent that signs calls when the agent has no signing secret of its own."""
_CALL_SECONDS: Final = 30.0
_LEASE_SECONDS: Final = 45.0
_MOST_CALLS: Final = 8
_AT_ONCE: Final = 64
_FULL: Final = timedelta(seconds=1)
_CAPPED: Final = timedelta(seconds=5)
_MOST_SECONDS: Final = 3600.0
_OK: Final = frozenset({200, 201})
_ACCEPTED: Final = 202
_SERVER_ERROR: Final = 500
_AGAIN: Final = frozenset({408, 409, 425, 429})
_FAILED: Final = "external_agent_failed"


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that is to be made."""

    organization_id: OrganizationId
    work: Work
    url: str
    pushes: int
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a call: an answer, or that it comes later (``hold_seconds``), or why the call is made again."""

    answer: JsonObject | None = None
    is_accepted: bool = False
    hold_seconds: float | None = None
    problem: str = ""
    retry_after: float | None = None


class Pusher:
    """The calls under way in this process."""

    def __init__(self, database: Database) -> None:
        """Take where the work is."""
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_full(self) -> bool:
        """Whether as many calls are under way as may be."""
        return len(self._tasks) >= _AT_ONCE

    def start(self, call: _Call) -> None:
        """Begin a call."""
        task = asyncio.create_task(self._make(call), name="external push")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until what was begun has ended. For tests, which otherwise could not tell."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _make(self, call: _Call) -> None:
        try:
            outcome = await _send(self._database, call)
            async with self._database.system_context([call.organization_id]) as ctx:
                await _put_down(ctx, call, outcome)
        except (WorkLostError, WorkMissingError) as error:
            _log.info("external.push_lost", run_id=str(call.work.run_id), reason=error.detail)
        except Exception as error:  # noqa: BLE001 - the border of a task: the lease ends by itself, and the call is made again
            _log.warning("external.push_failed", run_id=str(call.work.run_id), error=str(error))


def pusher_of(database: Database) -> Pusher:
    """Return the process's one pusher."""
    return database.resources.part(Pusher, lambda: Pusher(database))


async def on_due(database: Database, timer: Timer) -> None:
    """Claim a run that is to be pushed, and begin to call its agent. Takes no time itself."""
    pusher, call = pusher_of(database), None
    async with database.system_context([timer.organization_id]) as ctx:
        await timers.finish(ctx, timer)
        if pusher.is_full:
            await timers.schedule(ctx, work.PUSH, timer.subject_id, ctx.now + _FULL)
        else:
            call = await _claim(ctx, timer)
    if call is not None:
        pusher.start(await _with_secrets(database, call))


async def _claim(ctx: Context, timer: Timer) -> _Call | None:
    run_id = timer.subject_id
    agent_id = await repository.find_agent_of_work(ctx, run_id)
    claimed = None if agent_id is None else await work.claim_push(ctx, agent_id, run_id, _LEASE_SECONDS)
    if agent_id is None or claimed is None:  # it is over, or the agent has claimed it and may lose it again
        until = await repository.find_lease_end(ctx, run_id)
        if until is not None:
            await timers.schedule(ctx, work.PUSH, run_id, until)
        return None
    if claimed.is_capped:
        await timers.schedule(ctx, work.PUSH, run_id, ctx.now + _CAPPED)
        return None
    if claimed.lease_until is not None:
        await timers.schedule(ctx, work.PUSH, run_id, claimed.lease_until)
    return _call(timer.organization_id, agent_id, claimed, tuple(await keys.signing_secrets(ctx, agent_id)))


def _call(organization_id: OrganizationId, agent_id: UUID, claimed: Claim, secrets: tuple[str, ...]) -> _Call:
    url = read_external_plan(claimed.plan or "").webhook_url
    return _Call(organization_id, work.work_of(claimed, agent_id), url, claimed.pushes or 1, secrets)


async def _with_secrets(database: Database, call: _Call) -> _Call:
    if call.secrets:
        return call
    found = await AgentVariables(database).values(str(call.organization_id), str(call.work.agent_id), (_VARIABLE,))
    return _Call(call.organization_id, call.work, call.url, call.pushes, tuple(found.values()))


async def _send(database: Database, call: _Call) -> _Outcome:
    if not call.secrets:
        message = "The agent has no signing secret for its webhook."
        remedy = f"Create one under Connection, or add the secret variable {_VARIABLE} to the agent."
        return _Outcome(_failure("webhook_secret_missing", message, remedy))
    held, message_id = call.work, str(call.work.run_id)
    body = dumps(
        {
            "run_id": message_id,
            "agent_id": str(held.agent_id),
            "agent_version": held.agent_version,
            "attempt": call.pushes,
            "lease": held.lease,
            "lease_until": held.lease_until.isoformat(),
            "expires_at": held.expires_at.isoformat(),
            "input": held.input,
        }
    )
    headers = {"content-type": "application/json", "idempotency-key": message_id}
    headers |= signed_headers(call.secrets, message_id, database.clock.now().timestamp(), body)
    request = OutboundRequest("POST", call.url, headers, body, timeout_seconds=_CALL_SECONDS, max_redirects=0)
    try:
        return _outcome(await database.resources.outbound.send(request))
    except OutboundFailedError as error:
        return _Outcome(problem=error.detail)
    except Error as error:
        return _Outcome(_failure(_FAILED, error.detail, error.remedy_text))


def _outcome(response: OutboundResponse) -> _Outcome:
    status = response.status
    if status in _AGAIN or status >= _SERVER_ERROR:
        return _Outcome(problem=f"The webhook answered with status {status}.", retry_after=_seconds(response))
    if status != _ACCEPTED and status not in _OK:
        return _Outcome(_failure(_FAILED, f"The webhook answered with status {status}."))
    answer = _read(response.body)
    if status == _ACCEPTED:
        seconds = answer.get("lease_seconds")
        is_given = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 1 <= seconds <= _MOST_SECONDS
        return _Outcome(is_accepted=True, hold_seconds=float(seconds) if is_given else None)  # pyright: ignore[reportArgumentType] - checked
    if isinstance(answer.get("error"), dict):
        return _Outcome(_reported(answer))
    if "output" not in answer:
        return _Outcome(_failure(_FAILED, 'The webhook did not answer with a JSON object that has "output".'))
    return _Outcome(_answer(answer))


def _read(body: bytes) -> JsonObject:
    try:
        answer: Json = loads(body.replace(b"\\u0000", b"\\ufffd"))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _answer(answer: JsonObject) -> JsonObject:
    document: JsonObject = {"output": answer["output"]}
    if isinstance(answer.get("usage"), dict):
        document["usage"] = answer["usage"]
    execution_id = answer.get("external_execution_id") or answer.get("execution_id")
    if execution_id:
        document["execution_id"] = str(execution_id)[:200]
    if answer.get("status") == "warning":
        document["warning"] = str(answer.get("message") or "The agent reported a warning.")[:10_000]
    return document


def _reported(answer: JsonObject) -> JsonObject:
    error = answer["error"]
    found = error if isinstance(error, dict) else {}
    message = str(found.get("message") or "The agent reported an error.")[:10_000]
    document = _failure(str(found.get("code") or _FAILED)[:100], message)
    return {**document, "usage": answer["usage"]} if isinstance(answer.get("usage"), dict) else document


def _failure(code: str, message: str, remedy: str | None = None) -> JsonObject:
    return {"error": {"code": code, "message": message, "remedy": remedy}}


def _seconds(response: OutboundResponse) -> float | None:
    seconds = retry_after_of(response.headers.get("retry-after"))
    return None if seconds is None else min(seconds, _MOST_SECONDS)


async def _put_down(ctx: Context, call: _Call, outcome: _Outcome) -> None:
    held = call.work
    answer = outcome.answer
    if outcome.is_accepted:
        seconds = outcome.hold_seconds or (held.expires_at - ctx.now).total_seconds()
        until = await work.extend(ctx, held.agent_id, held.run_id, held.lease, seconds)
        if until < held.expires_at:
            await timers.schedule(ctx, work.PUSH, held.run_id, until)
        else:
            await timers.cancel(ctx, work.PUSH, held.run_id)
        return
    if answer is None and call.pushes >= _MOST_CALLS:
        answer = _failure(_FAILED, f"{outcome.problem} The call was made {call.pushes} times.")
    if answer is not None:
        await work.answer(ctx, held.agent_id, held.run_id, held.lease, answer)
        return
    await work.extend(ctx, held.agent_id, held.run_id, held.lease, 0)
    pause = max(outcome.retry_after or 0.0, 2.0**call.pushes)
    await timers.schedule(ctx, work.PUSH, held.run_id, ctx.now + timedelta(seconds=pause))
    await work.note(ctx, held, f"{outcome.problem} The call is made again in {pause:.0f} s.", level="warning")
