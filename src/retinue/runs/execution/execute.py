"""The execution of a run, read from top to bottom: claim it, let its runner carry it out, record how it ended."""

import asyncio
from functools import partial
from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.outages import CONNECTION_ERRORS
from retinue.core.errors import Error
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.engine.errors import PlanInvalidError, RunTimeoutError, failure
from retinue.engine.records import Totals
from retinue.runs.execution.journal import EntryBuffer, FencedError, RunLease
from retinue.runs.execution.leaving import end_steps, leave, take_over
from retinue.runs.execution.metering import Meter
from retinue.runs.execution.recorder import RunRecorder
from retinue.runs.execution.repository import Claimed, Progress, get_progress
from retinue.runs.execution.services import Execution, ExecutionServices, Runner

_log = get_logger(__name__)


async def execute_run(services: ExecutionServices, run_id: UUID) -> bool:
    """Execute a run until it ends, fails or waits, and record that. The handler of a worker's jobs.

    May be called again for the same run at any time: a run that is over or waiting is left alone, and one that another
    worker holds is taken over, which shuts the other out. Cancelling the call leaves the run as its last commit has it, and
    adds what had arrived of the steps under way. An outage of the database that lasts is raised: the job is done again.
    Returns whether the end was recorded, and with it the end of the job.
    """
    claimed = await services.claim(run_id)
    if claimed is None:
        _log.info("run.not_claimed", run_id=str(run_id))
        return False
    execution = _begin(services, claimed)
    try:
        with services.journal.executing():
            if claimed.has_partials:
                await take_over(services, execution)
            ending = await execution.meter.run(_carry_out(services, execution))
            await _finish(services, execution, ending)
    except FencedError:
        services.instruments.fenced.inc()
        _log.warning("run.fenced", run_id=str(run_id), lease=claimed.lease)
        await leave(services, execution)
        return False
    except asyncio.CancelledError:
        await leave(services, execution)
        raise
    finally:
        execution.recorder.cancel_announcements()
    return True


def _begin(services: ExecutionServices, claimed: Claimed) -> Execution:
    held = RunLease(claimed.run_id, claimed.organization_id, claimed.lease, claimed.last_sequence)
    draft = EntryBuffer(services.journal, held)
    agent_id = None if claimed.agent_id is None else str(claimed.agent_id)
    recorder = RunRecorder(draft, services.feed, agent_id=agent_id, clock=services.clock)
    recorder.used = partial(_count_usage, services, claimed)
    return Execution(claimed, draft, recorder, Meter(services.memory), Totals())


def _count_usage(services: ExecutionServices, claimed: Claimed, kind: str, usage: JsonObject) -> None:
    services.instruments.count_usage(kind, usage, services.label_of(claimed.organization_id))


async def _carry_out(services: ExecutionServices, execution: Execution) -> JsonObject:
    """Let the runner work within the run's time, and turn a failure into an ending."""
    claimed, limit = execution.claimed, asyncio.timeout(max(0.0, execution.claimed.seconds_left))
    try:
        async with limit:
            return await _runner_of(services, claimed)(services, execution)
    except (FencedError, *CONNECTION_ERRORS):
        raise
    except TimeoutError as error:
        if limit.expired():
            return await _timed_out(services, execution)
        await end_steps(execution, "cancelled", None)
        return _failed(execution, error)
    except Error as error:
        await end_steps(execution, "cancelled", None)
        return _failed(execution, error)
    except Exception as error:  # noqa: BLE001 - the border of a job
        _log.exception("run.broke", run_id=str(claimed.run_id))
        await end_steps(execution, "cancelled", None)
        return _failed(execution, error)


def _runner_of(services: ExecutionServices, claimed: Claimed) -> Runner:
    runner = services.runners.get(claimed.runtime or "hosted")
    if runner is None:
        raise PlanInvalidError(f"This version knows no runtime {claimed.runtime!r}.")
    return runner


async def _timed_out(services: ExecutionServices, execution: Execution) -> JsonObject:
    error, claimed = RunTimeoutError(), execution.claimed
    if execution.totals == Totals() and claimed.lease > 1:  # the time was up before the runner had counted anything
        progress = await services.database.read(claimed.organization_id, partial(_load_progress, claimed))
        execution.totals = progress.totals
    execution.failed_step = await end_steps(execution, "failed", error.detail) or execution.failed_step
    return _failed(execution, error)


async def _load_progress(claimed: Claimed, ctx: Context) -> Progress:
    return await get_progress(ctx, claimed.run_id)


def _failed(execution: Execution, error: BaseException) -> JsonObject:
    return {"status": "failed", "error": failure(error, execution.failed_step)}


async def _finish(services: ExecutionServices, execution: Execution, ending: JsonObject) -> None:
    """Record the end: one commit with all that was not committed yet. If that cannot be stored, the run fails instead."""
    claimed, measured = execution.claimed, execution.measured
    execution.recorder.finish(ending, execution.totals, measured)
    try:
        await execution.draft.commit()
    except (FencedError, *CONNECTION_ERRORS):
        raise
    except Exception as error:  # noqa: BLE001 - what a run ended with must not keep it from ending
        _log.exception("run.end_refused", run_id=str(claimed.run_id))
        execution.recorder.finish(_failed(execution, error), execution.totals, measured)
        await execution.draft.commit()
    if ending["status"] != "waiting":
        organization = services.label_of(claimed.organization_id)
        services.instruments.count_end(cast("str", ending["status"]), claimed.trigger, organization)
    _log.info("run.ended", run_id=str(claimed.run_id), status=cast("str", ending["status"]))
