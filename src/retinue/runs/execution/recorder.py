"""The recorder: folds what the engine tells of a run into rows of the journal.

An event about a row that never changes again names the row alone; ``control.event_data`` tells the rest to its readers.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from retinue.core.clock import Clock
from retinue.core.ids import new_id
from retinue.core.json import Json, JsonObject
from retinue.engine.ports import NOTICE, DeltaSink
from retinue.engine.records import LogLine, Pause, StepRecord, StepStart, Thought, Totals
from retinue.engine.scope import SoFar
from retinue.runs.artifacts.types import StoredArtifact
from retinue.runs.execution.journal import EntryBuffer
from retinue.runs.execution.under_way import StepsUnderWay
from retinue.runs.instruments import EXTERNAL
from retinue.runs.ports import LiveFeed

_PARTIAL_COLUMNS = frozenset(
    {
        *("id", "parent_step_id", "sequence", "step_name", "step_type", "input", "output", "usage"),
        *("checkpoint_id", "started_at"),
    }
)
_INTERRUPTED = "The worker stopped before the model had finished this answer. The call is made again."


class RunRecorder:
    """Records one execution of a run. See ``engine.scope.Recorder``."""

    def __init__(self, draft: EntryBuffer, feed: LiveFeed, *, agent_id: str | None, clock: Clock) -> None:
        """Take the draft to write to, the feed of those who watch, and the clock of what is told at once."""
        self._clock = clock
        self._draft = draft
        self._feed = feed
        self._agent_id = agent_id
        self.provider_kind = EXTERNAL
        self.used: Callable[[str, JsonObject], None] = _unseen
        """Called with the provider's kind and the usage of each recorded model call."""
        self.under_way = StepsUnderWay(self._announce, self._keep_partial)
        self._stored: dict[UUID, list[StoredArtifact]] = {}

    def started(self, step: StepStart, so_far: SoFar) -> None:
        """Announce a step, but only once it lasts, so that short ones cost nothing; see ``StepsUnderWay``."""
        self.under_way.add(step, so_far)

    def _announce(self, step: StepStart) -> None:
        """Tell of the step together with the checkpoint it began from: after a crash it then begins again under its id."""
        self._draft.event("step.started", _start_data(step))
        self._draft.commit()

    def _keep_partial(self, record: StepRecord) -> "asyncio.Future[None]":
        aside = EntryBuffer(self._draft.journal, self._draft.held)
        row = {name: value for name, value in step_row(record).items() if name in _PARTIAL_COLUMNS}
        aside.add("partials", {**row, "lease": self._draft.held.lease})
        return aside.commit()

    def delta_sink(self, step: StepStart) -> DeltaSink:
        """Return where a step's text goes: to those who watch, in pieces, and nowhere else."""
        run_id, step_id = self._draft.held.run_id, str(step.id)

        def sink(kind: str, text: str) -> None:
            if kind == NOTICE:
                self._note(step, text)
            else:
                self._feed.token(run_id, step_id, kind, text)

        return sink

    def _note(self, step: StepStart, sentence: str) -> None:
        """Write a line to the log at once: the step waits, and the log names the reason."""
        aside = EntryBuffer(self._draft.journal, self._draft.held)
        _tell_log(aside, step.id, LogLine("info", sentence), self._clock.now())
        aside.commit()

    def keep(self, step_id: UUID, artifact: StoredArtifact) -> None:
        """Remember where an artifact of a step was stored, until the step is recorded."""
        self._stored.setdefault(step_id, []).append(artifact)

    def finished(self, record: StepRecord) -> None:
        """Write a step, its lines, thoughts and artifacts, and an event for each; staged until its task has written."""
        start = record.start
        told = EntryBuffer(self._draft.journal, self._draft.held)
        if self.under_way.remove(start.id):
            told.add("partials", {"id": str(start.id), "is_over": True})
        told.add("steps", step_row(record))
        is_final = record.status == "completed"
        told.event("step.completed", {"step_id": str(start.id)} if is_final else _end_data(record))
        for line in record.logs:
            _tell_log(told, start.id, line, record.completed_at or start.started_at)
        for thought in record.thoughts:
            _tell_thought(told, self._agent_id, thought, is_final=is_final)
        for artifact, stored in zip(record.artifacts, self._stored.pop(start.id, ()), strict=True):
            row: JsonObject = {"id": str(stored.id), "name": artifact.name, "type": artifact.type, "size": stored.size}
            row |= {"step_id": str(start.id), "url": stored.url, "checksum": stored.checksum}
            told.event("artifact", row)
            told.add("artifacts", {**row, "storage_key": stored.storage_key})
        if record.usage is not None:
            self.used(record.provider_kind or self.provider_kind, record.usage)
        self._draft.stage(record.told_by or start.id, told)

    async def cut_off(self, status: str, message: str | None) -> list[StepRecord]:
        """Return the steps under way as they end here; none is written yet. See ``StepsUnderWay.cut_off``."""
        records = await self.under_way.cut_off(status, message, self._clock.now())
        for record in records:
            self._stored.pop(record.start.id, None)  # files of a call whose result is not known belong to no step
        return records

    def interrupted(self, record: StepRecord, lease: int) -> "asyncio.Future[None]":
        """Commit what had arrived of a model call whose worker was lost, as a step of its own: the call is made again.

        ``lease`` is that of the lost worker; with the step's id it makes an id that is the same however often it is told.
        """
        held, call_id = self._draft.held, record.start.id
        step = replace(record.start, id=uuid5(call_id, str(lease)))
        told = EntryBuffer(self._draft.journal, held)
        output = {**record.output, "finish_reason": "interrupted"} if isinstance(record.output, dict) else record.output
        ended = replace(record, start=step, status="interrupted", output=output, error_message=_INTERRUPTED)
        told.add("partials", {"id": str(call_id), "is_over": True})
        told.add("steps", step_row(ended))
        told.event("step.completed", _end_data(ended))
        _tell_log(told, step.id, LogLine("warning", _INTERRUPTED), self._clock.now())
        return told.commit()

    def paused(self, pause: Pause, step: StepStart) -> None:
        """Write the question, and its step as waiting."""
        row: JsonObject = {
            "id": str(new_id()),
            "step_id": str(pause.step_id),
            "interrupt_id": pause.interrupt_id,
            "kind": pause.kind,
            "tool_name": pause.tool_name,
            "arguments": pause.arguments,
            "reason": pause.reason,
        }
        expires_at = None if pause.expires_at is None else pause.expires_at.isoformat()
        row |= {name: value for name, value in (("form", pause.form), ("expires_at", expires_at)) if value is not None}
        self._draft.event("approval.requested", {name: value for name, value in row.items() if name != "interrupt_id"})
        self._draft.add("approvals", {**row, "on_expiry": pause.on_expiry, **pause.asked})
        self._draft.add("steps", step_row(StepRecord(step, "waiting", pause.arguments, None, None)))

    def parked(self, wait: JsonObject, step: StepRecord) -> None:
        """Write what the run waits for from outside, and its step as waiting."""
        self._draft.add("waits", {"id": str(new_id()), "step_id": str(step.start.id), **wait})
        self._draft.event("step.started", _start_data(step.start))
        self._draft.add("steps", step_row(step))

    def member_asked(self, step: StepRecord) -> None:
        """Write that a member works: its step as waiting, and as an event that names the run which carries it out."""
        told = step.input if isinstance(step.input, dict) else {}
        self._draft.event("step.started", {**_start_data(step.start), "child_run_id": told.get("child_run_id")})
        self._draft.add("steps", step_row(step))

    def handed_over(self, step: StepRecord) -> None:
        """Write that an external agent works: its step as waiting."""
        self._draft.event("step.started", _start_data(step.start))
        self._draft.add("steps", step_row(step))

    def finish(self, ending: JsonObject, totals: Totals, measured: JsonObject) -> None:
        """Write how the execution ended: ``status`` and, as fits, ``output``, ``error``, ``waiting_reason``."""
        self._draft.release_all()
        status = str(ending["status"])
        if status == "completed":
            self._draft.drop_unneeded_checkpoints()
        told: JsonObject = {name: value for name, value in ending.items() if name in {"output", "error", "waiting_reason"}}
        data: JsonObject = {"status": status, "warning_count": totals.warnings, **told}
        self._draft.event(f"run.{status}", {} if status == "completed" else data)
        error = ending.get("error")
        message = error.get("message") if isinstance(error, dict) else None
        row: JsonObject = {"error_message": message, "resource_usage": usage_row(totals, measured)}
        self._draft.add("finishes", {**ending, **row, "warning_count": totals.warnings})

    def cancel_announcements(self) -> None:
        """Announce nothing more: the execution is over, or was removed."""
        self.under_way.close()
        self._feed.run_released(self._draft.held.run_id)


def _unseen(_kind: str, _usage: JsonObject) -> None:
    pass


def _tell_log(told: EntryBuffer, step_id: UUID, line: LogLine, at: datetime) -> None:
    row: JsonObject = {"id": str(new_id()), "step_id": str(step_id), "level": line.level, "message": line.message}
    told.event("log", {"id": row["id"]})
    told.add("logs", {**row, "details": line.details, "timestamp": at.isoformat()})


def _tell_thought(told: EntryBuffer, agent_id: str | None, thought: Thought, *, is_final: bool) -> None:
    row: JsonObject = {
        "id": str(new_id()),
        "node_id": thought.node_id,
        "node_type": thought.node_type,
        "content": thought.content,
        "parent_node_id": thought.parent_node_id,
        "confidence_score": thought.confidence_score,
        "processing_time_ms": thought.processing_time_ms,
    }
    told.event("thought", {"node_id": thought.node_id} if is_final else row)
    told.add("thoughts", {**row, "agent_id": agent_id, "metadata": thought.metadata})


def usage_row(totals: Totals, measured: JsonObject) -> JsonObject:
    """Write the column ``runs.resource_usage``."""
    return {
        "steps": totals.steps,
        "model_calls": totals.model_calls,
        "tool_calls": totals.tool_calls,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "cost_usd": totals.cost_usd if totals.priced_calls else None,
        "cost_state": str(totals.cost_state),
        "is_estimated": totals.estimated_calls > 0,
        **measured,
    }


def _start_data(step: StepStart) -> JsonObject:
    node: JsonObject = {} if step.node_id is None else {"node_id": step.node_id, "visit": step.visit}
    if step.item_index is not None:
        node["item_index"] = step.item_index
    return {
        **node,
        "step_id": str(step.id),
        "sequence": step.number,
        "step_name": step.name,
        "step_type": step.type,
        "parent_step_id": None if step.parent_step_id is None else str(step.parent_step_id),
        "started_at": step.started_at.isoformat(),
    }


def _end_data(record: StepRecord) -> JsonObject:
    return {
        **_start_data(record.start),
        "status": record.status,
        "completed_at": None if record.completed_at is None else record.completed_at.isoformat(),
        "duration_ms": _duration_ms(record),
        "usage": record.usage,
        "error_message": record.error_message,
        "warnings": _warnings(record),
        "source": record.source,
    }


def _warnings(record: StepRecord) -> Json:
    return [{"code": each.code, "message": each.message, "remedy": each.remedy} for each in record.warnings]


def _duration_ms(record: StepRecord) -> Json:
    if record.completed_at is None:
        return None
    return round((record.completed_at - record.start.started_at).total_seconds() * 1000)


def step_row(record: StepRecord) -> JsonObject:
    """Write a row of ``run_steps``."""
    start = record.start
    return {
        "id": str(start.id),
        "parent_step_id": None if start.parent_step_id is None else str(start.parent_step_id),
        "sequence": start.number,
        "step_name": start.name,
        "step_type": start.type,
        "status": record.status,
        "input": record.input,
        "output": record.output,
        "error_message": record.error_message,
        "usage": record.usage,
        "warnings": _warnings(record),
        "checkpoint_id": start.checkpoint_id,
        "node_id": start.node_id,
        "visit": start.visit,
        "item_index": start.item_index,
        "source": record.source,
        "started_at": start.started_at.isoformat(),
        "completed_at": None if record.completed_at is None else record.completed_at.isoformat(),
    }
