"""One execution of a run, and the services of the process it happens in: values that the runners work with."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import psycopg

from retinue.core.clock import Clock
from retinue.core.db.batcher import Batcher
from retinue.core.db.database import Database
from retinue.core.db.outages import retry_through_outage
from retinue.core.dispatch.port import Claims
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.engine.ports import ChatModel, SecretVariables, ToolInvoker
from retinue.engine.records import Totals
from retinue.runs.execution.journal import EntryBuffer, Journal
from retinue.runs.execution.metering import MemoryWatch, Meter
from retinue.runs.execution.recorder import RunRecorder
from retinue.runs.execution.repository import Claimed, claim_runs, set_aside_unreadable, take_runs
from retinue.runs.instruments import RunInstruments, label_of
from retinue.runs.ports import ArtifactStore, LiveFeed, SpendingGuard

_MOST_CLAIMS = 50
_log = get_logger(__name__)


@dataclass(slots=True)
class Execution:
    """One execution: what was claimed, where it is recorded, what it used. ``totals`` is kept up by the runner."""

    claimed: Claimed
    draft: EntryBuffer
    recorder: RunRecorder
    meter: Meter
    totals: Totals
    failed_step: str | None = None

    @property
    def measured(self) -> JsonObject:
        """What the execution has cost the machine, as ``runs.resource_usage`` has it."""
        return {"cpu_ms": self.meter.cpu_ms, "peak_memory_bytes": self.meter.peak_memory_bytes}


class Runner(Protocol):
    """Carries out an execution: in this process (hosted), or at another's (external)."""

    async def __call__(self, services: "ExecutionServices", execution: Execution) -> JsonObject:
        """Carry it out and return how it ended: ``status``, and ``output`` or ``waiting_reason``.

        Raises an ``Error`` when the run fails, and ``FencedError`` when it was removed.
        """
        ...


class ExecutionServices:
    """What executions share in a worker process. Made at the entry point."""

    def __init__(  # noqa: PLR0913 - the composition of a process, explicitly
        self,
        *,
        database: Database,
        journal: Journal,
        feed: LiveFeed,
        model: ChatModel,
        tools: ToolInvoker,
        artifacts: ArtifactStore,
        secrets: SecretVariables,
        runners: dict[str, Runner],
        clock: Clock,
        worker: str,
        spending: SpendingGuard | None = None,
    ) -> None:
        """Take the ports, filled, and the name of this worker."""
        self.database = database
        self.journal = journal
        self.feed = feed
        self.model = model
        self.tools = tools
        self.artifacts = artifacts
        self.secrets = secrets
        self.runners = runners
        self.clock = clock
        self.spending = spending
        self.instruments = database.resources.telemetry.of(RunInstruments)
        self.memory = MemoryWatch()
        self._worker = worker
        self._taken: dict[UUID, Claimed] = {}
        self._claims: Batcher[UUID, Claimed | None] = Batcher(self._claim, most=_MOST_CLAIMS)

    def label_of(self, organization_id: UUID) -> str | None:
        """Return the organization's id as a label of metrics, where the settings ask for it."""
        return label_of(self.database.resources, organization_id)

    async def take(self, worker_id: int, most: int) -> Claims:
        """Claim jobs for a worker of dispatch and begin their runs, in one commit; see ``core.dispatch.port.Claim``."""
        try:
            taken = await take_runs(self.database, worker_id, self._worker, most)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if isinstance(error, psycopg.errors.ForeignKeyViolation):
                raise  # this worker is off the list
            count = await set_aside_unreadable(self.database, most)
            _log.error("runs.unreadable", runs=count, error=str(error))
            if not count:
                raise
            return Claims([], is_full=True)
        if taken.runs:
            self._note_claims(taken.runs)
        self._taken |= {each.run_id: each for each in taken.runs}
        return taken.claims

    async def claim(self, run_id: UUID) -> Claimed | None:
        """Return the claim of a run that ``take`` began, or claim it now; None when there is nothing to do for it."""
        return self._taken.pop(run_id, None) or await self._claims.ask(run_id)

    async def _claim(self, run_ids: list[UUID]) -> list[Claimed | None]:
        claimed = await retry_through_outage(lambda: claim_runs(self.database, run_ids, self._worker))
        self._note_claims(claimed.values())
        return [claimed.get(run_id) for run_id in run_ids]

    def _note_claims(self, claimed: Collection[Claimed]) -> None:
        self.journal.on_commit()
        self.instruments.claim_commits.inc()
        self.instruments.claims.inc(len(claimed))
        for each in claimed:
            self.feed.run_changed(each.organization_id, each.run_id, each.last_sequence, status="running")
