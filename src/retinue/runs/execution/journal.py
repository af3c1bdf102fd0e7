"""The journal: what runs did becomes rows, many runs in one commit.

Group commit: whatever was queued while the last commit was in flight goes into the next one. Where a few runs are carried
out there is no delay beside that; where many are, a commit waits some milliseconds for others, as PostgreSQL's own
``commit_delay`` does (https://www.postgresql.org/docs/current/runtime-config-wal.html). Every commit is fenced by the runs'
leases, so a run that was cancelled or taken over writes nothing more. What is committed, and in which order, is the
caller's business; the saver (``checkpoints``) and the recorder (``record``) fill it.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.db.outages import retry_through_outage
from retinue.core.ids import OrganizationId, RunId
from retinue.core.json import Json, JsonObject
from retinue.core.logging import get_logger
from retinue.engine.records import EXTERNAL_AGENT, SELF_RESUMING
from retinue.runs.execution import rows
from retinue.runs.execution.repository import commit_entries
from retinue.runs.instruments import RunInstruments
from retinue.runs.ports import LiveFeed

_TABLES = (
    "steps",
    "events",
    "checkpoints",
    "writes",
    "logs",
    "thoughts",
    "artifacts",
    "calls",
    "approvals",
    "finishes",
    "partials",
    "children",
    "waits",
)
_ONCE = {"calls": "id", "partials": "id", "thoughts": "node_id"}
"""Tables whose rows may be told several times in one commit, by the column that names a row of a run; a statement writes a
row once, so the last counts."""
_GATHER_FROM = 4
_GATHER_SECONDS = 0.006
"""Where so many executions have nothing to commit yet, a commit waits this long for theirs: its fixed cost is paid once."""
_log = get_logger(__name__)


class FencedError(Exception):
    """The run is not held any more: it was cancelled, or another worker has taken it over."""


@dataclass(slots=True)
class RunLease:
    """A run that this worker holds under a lease. ``sequence`` is that of its last committed event."""

    run_id: RunId
    organization_id: OrganizationId
    lease: int
    sequence: int


@dataclass(slots=True)
class JournalEntry:
    """What one run has to tell in one commit: rows by table. Events are numbered when the commit is made."""

    held: RunLease
    tables: dict[str, list[JsonObject]] = field(default_factory=dict[str, list[JsonObject]])


class EntryBuffer:
    """What one execution has to tell and has not committed yet: the recorder, the saver and the ledger write into it."""

    def __init__(self, journal: "Journal", held: RunLease) -> None:
        """Begin with nothing to tell."""
        self.journal = journal
        self.held = held
        self._owner: JsonObject = {"organization_id": str(held.organization_id), "run_id": str(held.run_id)}
        self._entry = JournalEntry(held)
        self._staged: dict[UUID, JournalEntry] = {}
        self._last = self._entry
        self._is_all_here = held.lease == 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self._entry.tables

    @property
    def tells_steps(self) -> bool:
        """Whether steps are among what is to be committed; without one, a crash makes nothing be done twice."""
        return "steps" in self._entry.tables

    def add(self, table: str, row: JsonObject) -> None:
        """Add a row; whose it is, is put in."""
        self._entry.tables.setdefault(table, []).append({**self._owner, **row})

    def event(self, kind: str, data: JsonObject) -> None:
        """Add an event of the run; it is numbered when it is committed."""
        self.add("events", {"type": kind, "data": data})

    def stage(self, step_id: UUID, told: "EntryBuffer") -> None:
        """Keep the announcements of a finished step apart until ``release``, so that no sibling's commit takes it along.

        ``step_id`` is that of the task whose writes show that the step is done. A task may end several steps.
        """
        entry = told._entry  # noqa: SLF001 - a draft knows drafts
        staged = self._staged.setdefault(step_id, entry)
        if staged is not entry:
            for table, its_rows in entry.tables.items():
                staged.tables.setdefault(table, []).extend(its_rows)

    def release(self, step_id: UUID) -> None:
        """Add what was staged of a step: what the step wrote is now in the draft, too."""
        staged = self._staged.pop(step_id, None)
        if staged is not None:
            for table, its_rows in staged.tables.items():
                self._entry.tables.setdefault(table, []).extend(its_rows)

    def withdraw(self, step_id: UUID) -> None:
        """Forget what was staged of a completed step whose task was cut off before it wrote: it is carried out again."""
        staged = self._staged.get(step_id)
        if staged is not None and all(row["status"] == "completed" for row in staged.tables.get("steps", ())):
            del self._staged[step_id]

    def steps_left(self) -> list[JsonObject]:
        """Return the rows of steps of which it is not known that they were written: those of the last commit, too."""
        entries = (self._last, self._entry, *self._staged.values())
        return [row for entry in entries for row in entry.tables.get("steps", ())]

    def release_all(self) -> None:
        """Add all that was staged: the execution is over."""
        for step_id in list(self._staged):
            self.release(step_id)

    def drop_unneeded_checkpoints(self) -> None:
        """Leave out what nobody goes on from once the run is completed: a fork begins before a step, never after the last.

        Where this commit is the run's first and only model calls are in it, side by side, a fork begins with the input.
        """
        checkpoints, steps = self._entry.tables.get("checkpoints"), self._entry.tables.get("steps", [])
        if not checkpoints:
            return
        begins = {(row["step_type"], row["checkpoint_id"]) for row in steps}
        if self._is_all_here and len(begins) == 1 and next(iter(begins))[0] == "llm_call":
            checkpoints.clear()
        needed = {str(row["checkpoint_id"]) for row in steps} | {str(row["parent_checkpoint_id"]) for row in checkpoints}
        checkpoints[:] = [row for row in checkpoints if str(row["checkpoint_id"]) in needed]
        if not checkpoints:
            del self._entry.tables["checkpoints"]

    def commit(self) -> "asyncio.Future[None]":
        """Put what there is to tell into the journal's next commit, and start again. See ``Journal.put``."""
        self._is_all_here = False
        entry, self._entry = self._entry, JournalEntry(self.held)
        self._last = entry
        return self.journal.put(entry)


class Journal:
    """The journal of one process. A commit that meets an outage is made again, which writes nothing twice."""

    def __init__(self, database: Database, feed: LiveFeed, *, committed: Callable[[], None] | None = None) -> None:
        """Take where to write and whom to tell; ``committed`` is called after each commit (crash tests use it)."""
        self._database = database
        self._instruments = database.resources.telemetry.of(RunInstruments)
        self._feed = feed
        self._committed = committed
        self._queue: list[tuple[JournalEntry, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._is_closing = False
        self._executions = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write(), name="journal")

    async def stop(self) -> None:
        """Write what is queued, then end."""
        task, self._task = self._task, None
        if task is not None:
            self._is_closing = True
            self._wake.set()
            await task

    def put(self, entry: JournalEntry) -> asyncio.Future[None]:
        """Queue an entry. The future is done when it is committed, or fails with ``FencedError`` or a database's error.

        Entries of one run are committed in the order they were put. A future that nobody awaits stays silent.
        """
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieve)
        self._queue.append((entry, future))
        self._wake.set()
        return future

    @contextmanager
    def executing(self) -> Generator[None]:
        """Count an execution that will have something to commit."""
        self._executions += 1
        try:
            yield
        finally:
            self._executions -= 1

    def on_commit(self) -> None:
        """Note that something of a run was committed, here or by a claim."""
        if self._committed is not None:
            self._committed()

    async def _write(self) -> None:
        while self._queue or not self._is_closing:
            await self._wake.wait()
            self._wake.clear()
            if len(self._queue) + _GATHER_FROM <= self._executions and not self._is_closing:
                await asyncio.sleep(_GATHER_SECONDS)
            batch, self._queue = self._queue, []
            if batch:
                await self._flush(batch)

    async def _flush(self, batch: list[tuple[JournalEntry, asyncio.Future[None]]]) -> None:
        try:
            await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - the border of the journal: the futures carry the error to their runs
            if len(batch) == 1:
                _log.error("journal.entry_refused", run_id=str(batch[0][0].held.run_id), exc_info=error)
                batch[0][1].set_exception(error)
                return
            _log.warning("journal.batch_refused", entries=len(batch), error=type(error).__name__)
            for one in batch:
                await self._flush([one])

    async def _commit(self, batch: list[tuple[JournalEntry, asyncio.Future[None]]]) -> None:
        """Commit a batch and tell of it.

        1. Number each run's events after those it has, and write all tables as parameters of one statement.
        2. ``journal.commit``, one transaction: it locks the runs, leaves out those that are not running under the entry's
           lease, writes the rows of the others and ends what ended. An outage is waited for; the same parameters write
           nothing twice.
        3. Wake those who have work now: listeners of events, workers, the ticker.
        4. For each entry: of a run that was held, keep its new sequence, tell its change, and settle its future; of one
           that was not, fail the future with ``FencedError``.
        """
        parameters, sequences = _statement_of([entry for entry, _ in batch])
        began = time.perf_counter()
        held, told, has_pending = await retry_through_outage(lambda: commit_entries(self._database, parameters))
        self._instruments.journal_seconds.observe(time.perf_counter() - began)
        self._instruments.journal_entries.observe(len(batch))
        self.on_commit()
        if told:
            self._feed.events_ready()
        if has_pending:
            self._feed.job_ready()
        if any(_sets_timers(entry) for entry, _ in batch):
            self._feed.timer_set()
        for entry, future in batch:
            run_id = entry.held.run_id
            if run_id in held:
                entry.held.sequence = sequences[run_id]
                self._tell(entry)
                if not future.done():
                    future.set_result(None)
            elif not future.done():
                future.set_exception(FencedError(run_id))

    def _tell(self, entry: JournalEntry) -> None:
        if entry.tables.keys() == {"partials"}:
            return
        held, status = entry.held, None
        for finish in entry.tables.get("finishes", ()):
            status = None if finish.get("waiting_reason") in SELF_RESUMING else str(finish["status"])
        self._feed.run_changed(held.organization_id, held.run_id, held.sequence, status=status)
        for step in entry.tables.get("steps", ()):
            self._feed.step_ended(held.run_id, str(step["id"]))


def _sets_timers(entry: JournalEntry) -> bool:
    return (
        "waits" in entry.tables
        or any(row.get("expires_at") for row in entry.tables.get("approvals", ()))
        or any(row.get("waiting_reason") == EXTERNAL_AGENT for row in entry.tables.get("finishes", ()))
    )


def _statement_of(entries: list[JournalEntry]) -> tuple[list[str | None], dict[UUID, int]]:
    """Write a batch as the statement's parameters, and number each run's events. Makes the same of the same entries."""
    sequences: dict[UUID, int] = {}
    leases: dict[UUID, int] = {}
    tables: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for entry in entries:
        held = entry.held
        leases[held.run_id] = held.lease
        sequences[held.run_id] = _number(entry, sequences.get(held.run_id, held.sequence))
        for table, its_rows in entry.tables.items():
            tables[table].extend(its_rows if table != "events" else [_batch_of(its_rows)])
    for table, name in _ONCE.items():
        if table in tables:
            tables[table] = list({(row["run_id"], row[name]): row for row in tables[table]}.values())
    organizations = "{" + ",".join({str(entry.held.organization_id) for entry in entries}) + "}"
    fences = [{"id": str(run_id), "lease": lease} for run_id, lease in leases.items()]
    given: Iterable[Any] = (rows.write(tables[table]) if table in tables else None for table in _TABLES)
    return [organizations, rows.write(cast("list[JsonObject]", fences)), *given], sequences


def _batch_of(events: list[JsonObject]) -> JsonObject:
    """Write the events of an entry as one row: the last, and those before it."""
    earlier: Json = [[each["type"], each["data"]] for each in events[:-1]]
    return {**events[-1], "earlier": earlier or None}


def _number(entry: JournalEntry, sequence: int) -> int:
    for event in entry.tables.get("events", ()):
        sequence += 1
        event["sequence"] = sequence
    for finish in entry.tables.get("finishes", ()):
        finish["last_sequence"] = sequence
    return sequence


def _retrieve(future: asyncio.Future[None]) -> None:
    """Mark a failure as seen: an entry that nobody waits for fails together with the next one that someone does."""
    if not future.cancelled():
        future.exception()
