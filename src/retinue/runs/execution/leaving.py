"""Leaving a run in the middle: what had arrived of the steps under way is kept.

A run is left when it is cancelled, at its time limit, when its worker stops, and when a worker was lost.
"""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import cast

from retinue.core.context import Context
from retinue.core.db.outages import CONNECTION_ERRORS
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.engine.pricing import cost_text
from retinue.engine.records import StepRecord, StepStart, Totals
from retinue.runs.execution import rows
from retinue.runs.execution.journal import EntryBuffer, FencedError
from retinue.runs.execution.recorder import step_row
from retinue.runs.execution.repository import Partial, leave_run, list_partials
from retinue.runs.execution.services import Execution, ExecutionServices

_log = get_logger(__name__)

_MOST_SECONDS = 5.0
"""A worker that is told to stop does not wait for longer than this to keep what it has."""


async def leave(services: ExecutionServices, execution: Execution) -> None:
    """Keep what an execution has that ends before its run does: of a cancelled run, or of one that goes on elsewhere.

    Of a cancelled run the steps under way become cancelled steps. If another worker is to go on with the run, each model
    call under way becomes an interrupted step. A run that another worker holds already is left alone.
    """
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            records = await execution.recorder.cut_off("cancelled", None)
            if await _leave_cancelled(services, execution, records):
                # The run's own stream ended with it: who looks at the run learns from the organization's that it changed.
                held = execution.draft.held
                services.feed.run_changed(held.organization_id, held.run_id, 0, status="cancelled")
            else:
                await _leave_interrupted(execution, records)
            for record in records:
                if record.usage is not None:
                    execution.recorder.used(execution.recorder.provider_kind, record.usage)
    except FencedError:
        _log.info("run.left_to_another", run_id=str(execution.claimed.run_id))
    except (TimeoutError, *CONNECTION_ERRORS) as error:
        _log.warning("run.left_unrecorded", run_id=str(execution.claimed.run_id), error=str(error).strip())


async def _leave_cancelled(services: ExecutionServices, execution: Execution, records: list[StepRecord]) -> bool:
    held = execution.draft.held
    told = EntryBuffer(execution.draft.journal, held)
    for record in records:
        told.add("steps", step_row(record))
    left = {row["id"]: row for row in (*execution.draft.steps_left(), *told.steps_left())}
    measured: list[JsonObject] = [execution.measured]
    place = (held.organization_id, held.run_id, held.lease)
    return await leave_run(
        services.database, place, rows.write(list(left.values())), rows.write(measured).removeprefix("[").removesuffix("]")
    )


async def _leave_interrupted(execution: Execution, records: list[StepRecord]) -> None:
    for record in records:
        if record.usage is not None:
            await execution.recorder.interrupted(record, execution.claimed.lease)


async def take_over(services: ExecutionServices, execution: Execution) -> None:
    """Make an interrupted step of each model call that a lost worker left under way. Raises ``FencedError``."""
    claimed = execution.claimed

    async def load(ctx: Context) -> list[Partial]:
        return await list_partials(ctx, claimed.run_id)

    for left in await services.database.read(claimed.organization_id, load):
        await execution.recorder.interrupted(_record_of(left), left.lease)


def _record_of(left: Partial) -> StepRecord:
    start = StepStart(
        left.id,
        left.step_name,
        left.step_type,
        left.sequence,
        left.parent_step_id,
        left.checkpoint_id or "",
        left.started_at,
    )
    return StepRecord(start, "running", left.input, left.output, left.updated_at, usage=left.usage)


async def end_steps(execution: Execution, status: str, message: str | None) -> str | None:
    """End the steps under way together with their run, and add what they used; return the name of the first, if any."""
    records = await execution.recorder.cut_off(status, message)
    for record in records:
        execution.recorder.finished(record)
        execution.totals = charged(execution.totals, record)
    return records[0].start.name if records else None


def charged(totals: Totals, record: StepRecord) -> Totals:
    """Add what a model call used that was cut off; its call and its step were counted when it began."""
    usage = record.usage
    if usage is None:
        return totals
    cost = usage.get("cost_usd")
    priced = cost is not None
    return replace(
        totals,
        input_tokens=totals.input_tokens + cast("int", usage["input_tokens"]),
        output_tokens=totals.output_tokens + cast("int", usage["output_tokens"]),
        cost_usd=cost_text(Decimal(totals.cost_usd) + Decimal(str(cost))) if priced else totals.cost_usd,
        priced_calls=totals.priced_calls + priced,
        unpriced_calls=totals.unpriced_calls + (not priced),
        estimated_calls=totals.estimated_calls + (usage.get("is_estimated") is True),
    )
