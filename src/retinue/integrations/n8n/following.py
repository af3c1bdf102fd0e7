"""Looking at n8n: at each run that it carries out, and at the executions that it started itself.

Timers do this, so that a callback only makes it happen sooner. A look writes what it sees and lets the run go on when
n8n has ended; the run's end is written by the runner alone. Which execution a run is, is decided while the link is held.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId, RunId
from retinue.core.logging import get_logger
from retinue.core.timers import Timer
from retinue.integrations.n8n import repository_runs as repository
from retinue.integrations.n8n.access import client_of, get_access
from retinue.integrations.n8n.client import N8nClient
from retinue.integrations.n8n.errors import N8nNotConnectedError
from retinue.integrations.n8n.repository_runs import Followed
from retinue.integrations.n8n.types import Execution, N8nStatus
from retinue.runs import service as runs
from retinue.runs.types import RunType, StartRun, Trigger

FOLLOW: Final = "n8n.follow"
"""Timer: a run that n8n carries out is to be looked at; its subject is the run."""
LIST: Final = "n8n.list"
"""Timer: the executions of a linked workflow are to be looked at; its subject is the workflow."""
LIST_PAUSE: Final = timedelta(seconds=60)
_PAUSES: Final = (2, 5, 15, 60)
_TOLD_PAUSE: Final = timedelta(seconds=1)
_TOLD_PATIENCE: Final = timedelta(seconds=4)
"""How long an execution that sent its result may still be running before the result is taken without it."""
_OVERLAP: Final = timedelta(minutes=5)
_LOST_AFTER: Final = timedelta(minutes=5)
"""After which a started workflow that has no execution counts as lost."""
_MOST_PAGES: Final = 10
_MOST_AT_ONCE: Final = 50
_OVER: Final = frozenset({N8nStatus.SUCCESS, N8nStatus.ERROR, N8nStatus.CRASHED, N8nStatus.CANCELED})
_EDITOR_MODES: Final = frozenset({"manual", "evaluation"})
"""Modes of executions that people start in n8n's editor to try a workflow."""
_RUN_OVER: Final = frozenset({"completed", "failed", "cancelled"})
_log = get_logger(__name__)


def is_over(status: N8nStatus) -> bool:
    """Say whether an execution has ended. An unknown status is asked again."""
    return status in _OVER


async def look_soon(ctx: Context, run_id: UUID, after: timedelta) -> None:
    """Have a run looked at after a while."""
    await timers.schedule(ctx, FOLLOW, run_id, ctx.now + after)


async def list_soon(ctx: Context, workflow_id: UUID, after: timedelta = timedelta()) -> None:
    """Have the executions of a linked workflow looked at after a while."""
    await timers.schedule(ctx, LIST, workflow_id, ctx.now + after)


async def follow(database: Database, timer: Timer) -> None:
    """Look at one run in n8n, and set the next look unless it has ended. The work of a timer; may be repeated."""
    run_id = timer.subject_id
    async with database.system_context([timer.organization_id]) as ctx:
        known = await repository.get(ctx, run_id)
        access = None
        if known is not None and known.state != "ended":
            try:
                access = await get_access(ctx)
            except N8nNotConnectedError:
                access = None
        else:
            await timers.finish(ctx, timer)
            return
    if known.run_status in _RUN_OVER:
        await _leave(database, timer, known)
        return
    status, error = None, None if access is not None else "The connection to n8n was removed."
    if access is not None:
        client = client_of(database.resources, access)
        try:
            status = await _look(database, client, known, timer)
        except Error as failed:
            error = failed.detail
    async with database.system_context([timer.organization_id]) as ctx:
        await timers.finish(ctx, timer)
        await _note(ctx, known, status, error)


async def _look(database: Database, client: N8nClient, known: Followed, timer: Timer) -> Execution | None:
    """Return the run's execution as n8n has it now; without one yet, look for it."""
    if known.execution_id is None:
        await take_in(database, client, timer.organization_id, known.workflow_id)
        async with database.system_context([timer.organization_id]) as ctx:
            again = await repository.get(ctx, known.run_id)
        if again is None or again.execution_id is None:
            return None
        known = again
    found = await client.get_execution(known.execution_id or "")
    return found or _gone(known)


def _gone(known: Followed) -> Execution:
    """Return what is left of an execution that n8n does not keep."""
    at = known.called_at
    return Execution(known.execution_id or "", "", N8nStatus.UNKNOWN, "gone", at, None, None, None)


async def _note(ctx: Context, before: Followed, seen: Execution | None, error: str | None) -> None:
    """Write what a look showed; let the run go on when there is an end to be written, else set the next look."""
    known = await repository.get(ctx, before.run_id)
    if known is None or known.state == "ended":
        return
    status = seen.status if seen is not None else None
    is_gone = seen is not None and seen.mode == "gone"
    told_at = known.callback_at or (known.called_at if known.answer is not None else None)
    is_told = told_at is not None and ctx.now - told_at >= _TOLD_PATIENCE
    is_lost = told_at is None and (is_gone or (known.execution_id is None and ctx.now - known.called_at >= _LOST_AFTER))
    has_ended = (status is not None and is_over(status)) or is_told or (is_lost and error is None)
    shown = None if status is None or is_gone else str(status)
    if known.state == "following" and has_ended:
        note = None if not is_lost else "n8n has no execution for this run: it may not keep them."
        await repository.note_look(ctx, known.run_id, status=shown, error=note)
        if is_lost:
            await repository.end(ctx, known.run_id, None)
        await _wake(ctx, known.run_id)
        return
    wait_till = seen.wait_till if seen is not None and status is N8nStatus.WAITING else None
    await repository.note_look(ctx, known.run_id, status=shown, wait_till=wait_till, error=error)
    pause = _TOLD_PAUSE if told_at is not None else timedelta(seconds=_PAUSES[min(known.looks, len(_PAUSES) - 1)])
    await look_soon(ctx, known.run_id, pause)


async def _wake(ctx: Context, run_id: UUID) -> None:
    """Let a run go on; another look follows in case that it cannot end now."""
    await look_soon(ctx, run_id, timedelta(seconds=_PAUSES[-1]))
    if await repository.wake(ctx, run_id):
        bus, organization_id = ctx.resources.bus, ctx.organization_id
        ctx.after_commit.append(lambda: bus.run_changed(organization_id, RunId(run_id), 0, status="pending"))
        ctx.after_commit.append(bus.job_ready)


async def _leave(database: Database, timer: Timer, known: Followed) -> None:
    """End with a run that is over here: one that was cancelled is stopped in n8n too."""
    execution_id, error = known.execution_id, None
    if known.run_status == "cancelled":
        try:
            async with database.system_context([timer.organization_id]) as ctx:
                access = await get_access(ctx)
            client = client_of(database.resources, access)
            if execution_id is None:
                await take_in(database, client, timer.organization_id, known.workflow_id)
                async with database.system_context([timer.organization_id]) as ctx:
                    again = await repository.get(ctx, known.run_id)
                execution_id = again.execution_id if again else None
            if execution_id is not None:
                await client.stop(execution_id)
        except Error as failed:
            error = failed.detail
    async with database.system_context([timer.organization_id]) as ctx:
        await timers.finish(ctx, timer)
        is_late = ctx.now - known.called_at > _LOST_AFTER and known.looks > len(_PAUSES)
        if (execution_id is None or error is not None) and known.run_status == "cancelled" and not is_late:
            await repository.note_look(ctx, known.run_id, error=error)
            await look_soon(ctx, known.run_id, timedelta(seconds=_PAUSES[min(known.looks, len(_PAUSES) - 1)]))
        else:
            await repository.end(ctx, known.run_id, "canceled" if known.run_status == "cancelled" else None)


async def look_at_list(database: Database, timer: Timer) -> None:
    """Look at the executions of a linked workflow, and set the next look. The work of a timer; may be repeated."""
    error = None
    try:
        async with database.system_context([timer.organization_id]) as ctx:
            access = await get_access(ctx)
        await take_in(database, client_of(database.resources, access), timer.organization_id, timer.subject_id)
    except Error as failed:
        error = failed.detail
    async with database.system_context([timer.organization_id]) as ctx:
        await timers.finish(ctx, timer)
        if await repository.get_since(ctx, timer.subject_id) is None:
            return
        if error is not None:
            await repository.note_followed(ctx, timer.subject_id, None, error)
        await list_soon(ctx, timer.subject_id, LIST_PAUSE)


async def take_in(database: Database, client: N8nClient, organization_id: OrganizationId, workflow_id: UUID) -> None:
    """Take the newest executions of a linked workflow in: those that runs started are theirs, others become runs."""
    async with database.system_context([organization_id]) as ctx:
        since, n8n_id = await repository.get_since(ctx, workflow_id), await repository.get_n8n_id(ctx, workflow_id)
    if since is None or n8n_id is None:
        return
    after = max(since[2], since[0] - _OVERLAP) - timedelta(seconds=1)
    listed = await _list(client, n8n_id, after)
    fresh = await _unknown(database, organization_id, workflow_id, listed)
    is_whole = len(fresh) <= _MOST_AT_ONCE
    taken = fresh[:_MOST_AT_ONCE]
    for each in taken:
        read = await client.get_execution(each.id, with_data=True)
        if read is None or read.workflow_id not in {n8n_id, ""}:
            continue
        try:
            async with database.system_context([organization_id]) as ctx:
                await _take(ctx, workflow_id, read)
        except Error as failed:
            _log.warning("n8n.execution_not_taken", workflow_id=str(workflow_id), execution_id=each.id, error=failed.detail)
    over = {each.id for each in listed if is_over(each.status)}
    begun = [each.started_at for each in (listed if is_whole else taken) if each.started_at is not None]
    async with database.system_context([organization_id]) as ctx:
        await repository.note_followed(ctx, workflow_id, min(max(begun), ctx.now) if begun else None, None)
        for known in await repository.list_open(ctx, workflow_id):
            if known.execution_id in over and known.run_status == "waiting":
                await look_soon(ctx, known.run_id, timedelta())


async def _list(client: N8nClient, n8n_id: str, after: datetime) -> list[Execution]:
    """Return the executions since an instant, oldest first."""
    found, cursor = list[Execution](), None
    for _ in range(_MOST_PAGES):
        page, cursor = await client.list_executions(n8n_id, after=after, cursor=cursor)
        found += page
        if cursor is None:
            break
    return sorted(found, key=lambda each: (each.started_at or after, each.id))


async def _unknown(
    database: Database, organization_id: OrganizationId, workflow_id: UUID, listed: Sequence[Execution]
) -> list[Execution]:
    async with database.system_context([organization_id]) as ctx:
        known = await repository.list_known(ctx, workflow_id, [each.id for each in listed])
    return [each for each in listed if each.id not in known]


async def _take(ctx: Context, workflow_id: UUID, seen: Execution) -> None:
    """Find the run that an execution is, or make one of it. The link is held until the commit."""
    if not await repository.hold_link(ctx, workflow_id):
        return
    known = await repository.list_known(ctx, workflow_id, [*{seen.id, seen.retry_of or seen.id}])
    if seen.id in known:
        return
    waiting = [each for each in await repository.list_open(ctx, workflow_id) if each.execution_id is None]
    own = next((each.run_id for each in waiting if _is_of(each, seen)), None)
    if own is not None:
        await repository.bind(ctx, own, seen.id)
        return
    if seen.run_id is None and not seen.has_data and seen.mode == "webhook" and waiting:
        return  # n8n withholds what it was started with: it may be one of ours, whose callback or end tells
    since = await repository.get_since(ctx, workflow_id)
    is_new = since is not None and (seen.started_at is None or seen.started_at >= since[2])
    if since is None or not since[1] or not is_new or seen.mode in _EDITOR_MODES:
        return
    await _import(ctx, workflow_id, seen, known.get(seen.retry_of or ""))


def _is_of(waiting: Followed, seen: Execution) -> bool:
    """Say whether an execution is what a run has started: by what it was given, or as the retry that it asked for."""
    if seen.retry_of is not None:
        return waiting.retry_of_execution_id == seen.retry_of
    return waiting.run_id == seen.run_id


async def _import(ctx: Context, workflow_id: UUID, seen: Execution, retry_of: UUID | None) -> None:
    asked = StartRun(
        type=RunType.WORKFLOW,
        target_id=workflow_id,
        input=seen.input or {},
        trigger=Trigger.N8N,
        idempotency_key=f"n8n:{workflow_id}:{seen.id}",
        request_hash=b"n8n",
        is_begun=True,
    )
    started = await runs.start(ctx, asked)
    if started.is_replay:
        return
    run_id = started.run.id
    await repository.backdate(ctx, run_id, seen.id, seen.started_at or ctx.now, retry_of)
    await repository.enter(ctx, run_id, workflow_id, state="following", token_hash=None)
    await look_soon(ctx, run_id, timedelta(seconds=_PAUSES[-1] if is_over(seen.status) else _PAUSES[0]))


async def reconcile(database: Database) -> None:
    """Set timers again that a repeated failure, a restored backup or a hand removed. May be repeated."""
    for organization_id, kind, subject_id in await repository.list_without_timer(database, 1_000):
        async with database.system_context([organization_id]) as ctx:
            await timers.schedule(ctx, kind, subject_id, ctx.now)
