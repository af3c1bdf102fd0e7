"""Cancelling a run with all that descends from it, and notifying the worker and the streams of it."""

from functools import partial
from uuid import UUID

from retinue.core.context import Context
from retinue.core.ids import RunId
from retinue.runs import repository
from retinue.runs.instruments import count_cancelled


async def cancel_family(ctx: Context, run_id: UUID) -> bool:
    """Cancel a run with its descendants; say whether it was still going on itself."""
    cancelled = await repository.cancel(ctx, run_id)
    bus = ctx.resources.bus
    for each in cancelled:
        run, sequence, job_id = RunId(each.run_id), each.sequence, each.job_id
        ctx.after_commit.append(
            lambda run=run, sequence=sequence: bus.run_changed(ctx.organization_id, run, sequence, status="cancelled")
        )
        if job_id is not None:
            ctx.after_commit.append(lambda job_id=job_id: bus.job_abort(job_id))
        ctx.after_commit.append(partial(count_cancelled, ctx.resources, each.trigger, each.organization_id))
    if cancelled:
        ctx.after_commit += [bus.events_ready, bus.job_ready]
    return any(each.run_id == run_id for each in cancelled)
