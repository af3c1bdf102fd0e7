"""Exporting runs that have ended, as often as it takes: at least once, by one process at a time for each destination.

A run is queued in the transaction in which it ends and leaves the queue when the destination has answered. So nothing is
lost when a worker dies; what it had sent is sent again, and the same ids of the spans make that harmless.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import aiohttp

from retinue.core.db.database import Database
from retinue.core.ids import new_id
from retinue.core.logging import get_logger
from retinue.integrations.tracing import langfuse, repository, sending, spans
from retinue.integrations.tracing.instruments import TraceInstruments
from retinue.integrations.tracing.repository import Holder
from retinue.integrations.tracing.sending import TracesNotSentError, TracesRefusedError
from retinue.integrations.tracing.settings import TracingSettings
from retinue.integrations.tracing.types import Destination, Queued, Span, Target, TracedRun, TracedStep

_log = get_logger(__name__)
_BATCH = 100
_HOLD = timedelta(seconds=45)
"""Without a sign of life for so long, another process exports. An answer is waited for at most 10 seconds."""


class TracesTakenOverError(Exception):
    """Another process exports to this destination by now."""


async def export(database: Database) -> None:
    """Export what waits for each destination that is set. Every worker attempts it; it may be repeated."""
    settings = database.resources.settings_of(TracingSettings)
    for target in settings.targets:
        await repository.use(database, str(target.name), timedelta(hours=settings.trace_buffer_hours))
        await Exporter(database, target, settings).drain()


async def trim(database: Database) -> None:
    """Drop runs that a destination has not received in time, also one that is no longer set. It may be repeated."""
    settings = database.resources.settings_of(TracingSettings)
    for name in Destination:
        keep = timedelta(hours=settings.trace_buffer_hours)
        dropped = await repository.trim(database, str(name), keep, settings.trace_buffer_runs)
        if dropped:
            database.resources.telemetry.of(TraceInstruments).count_dropped(name, dropped)
            _log.warning("traces.dropped", destination=name, runs=dropped)


class Exporter:
    """Exports to one destination, while there is something and no other process does."""

    def __init__(self, database: Database, target: Target, settings: TracingSettings) -> None:
        """Take where traces go and what may leave."""
        self._database = database
        self._target = target
        self._has_content = settings.otlp_content
        self._holder = Holder(str(target.name), new_id(), _HOLD)
        self._instruments = database.resources.telemetry.of(TraceInstruments)

    async def drain(self) -> None:
        """Export until nothing is due, or until it fails: then no process tries before a while is over."""
        queued = await repository.claim(self._database, self._holder, _BATCH)
        if not queued:
            return
        sentence, delay = None, None
        try:
            async with sending.opened() as session:
                while queued:
                    await self._export(session, queued)
                    queued = await repository.claim(self._database, self._holder, _BATCH)
        except TracesTakenOverError:
            _log.warning("traces.taken_over", destination=self._target.name)
        except TracesNotSentError as error:
            sentence, delay = error.detail, error.delay
            self._instruments.count_failure(self._target.name)
            _log.warning("traces.export_failed", destination=self._target.name, error=sentence)
        finally:
            await repository.release(self._database, self._holder, sentence, delay)

    async def _export(self, session: aiohttp.ClientSession, queued: Sequence[Queued]) -> None:
        """Send runs and take them off the queue. Where the receiver cannot read them, it gets one by one."""
        try:
            await self._send(session, queued)
        except TracesRefusedError as error:
            if len(queued) > 1:
                for each in queued:
                    await self._export(session, [each])
                return
            self._instruments.count_dropped(self._target.name, 1)
            _log.error("traces.run_refused", destination=self._target.name, run_id=str(queued[0].run_id), error=error.detail)
        await repository.complete(self._database, self._holder, [each.id for each in queued])

    async def _send(self, session: aiohttp.ClientSession, queued: Sequence[Queued]) -> None:
        runs = await self._read_runs(queued)
        await self._post(session, lambda: [self._of_run(run) for run in runs.values()])
        after: TracedStep | None = None
        while page := await self._read_steps(queued, list(runs), after):
            await self._post(session, partial(self._of_steps, runs, page))
            after = page[-1]

    async def _read_runs(self, queued: Sequence[Queued]) -> dict[UUID, TracedRun]:
        async with self._database.system_context({each.organization_id for each in queued}) as ctx:
            found = await repository.list_runs(ctx, [each.run_id for each in queued], has_content=self._has_content)
        return {run.id: run for run in found}

    async def _read_steps(
        self, queued: Sequence[Queued], run_ids: Sequence[UUID], after: TracedStep | None
    ) -> list[TracedStep]:
        async with self._database.system_context({each.organization_id for each in queued}) as ctx:
            return await repository.list_steps(ctx, run_ids, after, has_content=self._has_content)

    def _of_run(self, run: TracedRun) -> Span:
        span = spans.span_of_run(run)
        return langfuse.for_run(span, run) if self._target.name is Destination.LANGFUSE else span

    def _of_steps(self, runs: Mapping[UUID, TracedRun], steps: Sequence[TracedStep]) -> list[Span]:
        made = [(spans.span_of_step(runs[step.run_id], step), step) for step in steps]
        if self._target.name is not Destination.LANGFUSE:
            return [span for span, _ in made]
        return [langfuse.for_step(span, runs[step.run_id], step) for span, step in made]

    async def _post(self, session: aiohttp.ClientSession, make: Callable[[], list[Span]]) -> None:
        """Send the spans that a function makes. It is called in a thread, as it may take some time."""
        from retinue.integrations.tracing import encoding  # noqa: PLC0415 - protobuf, which only an exporting worker needs

        try:
            requests = await asyncio.to_thread(lambda: encoding.encode(make()))
        except Exception as error:  # the border of the exporter: one run that has no form may not hold up all others
            _log.exception("traces.encoding_failed", destination=self._target.name)
            raise TracesRefusedError("The run cannot be written as spans.") from error
        for count, body in requests:
            if not await repository.hold(self._database, self._holder):
                raise TracesTakenOverError
            rejected, why = encoding.read_rejected(await sending.send(session, self._target, body))
            self._instruments.count_spans(self._target.name, max(count - rejected, 0), rejected)
            if rejected:
                _log.error("traces.spans_rejected", destination=self._target.name, spans=rejected, error=why[:500])
