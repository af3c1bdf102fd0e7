"""The steps of one execution that are under way.

What has arrived of a model call that lasts is stored again and again, so that a lost worker does not lose it. Calls that end
within two seconds cost nothing here.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from retinue.core.json import Json
from retinue.core.logging import get_logger
from retinue.engine.records import StepRecord, StepStart
from retinue.engine.scope import SoFar
from retinue.runs.execution.journal import FencedError

_log = get_logger(__name__)

LASTING_SECONDS = 0.1
"""A step that is still under way after this long is told to those who watch; most tool calls end sooner."""
KEEPING_SECONDS = 2.0
"""How long a model call lasts before what has arrived of it is stored, and the least time between two such writes."""


@dataclass(slots=True)
class _Step:
    start: StepStart
    so_far: SoFar
    timer: asyncio.TimerHandle
    is_kept: bool = False
    kept_output: Json = None


class StepsUnderWay:
    """Knows the steps under way. ``announce`` tells of one that lasts; ``keep`` stores a model call in its current state."""

    def __init__(self, announce: Callable[[StepStart], None], keep: "Callable[[StepRecord], asyncio.Future[None]]") -> None:
        """Begin without any."""
        self._announce = announce
        self._keep = keep
        self._steps: dict[UUID, _Step] = {}
        self._keeping: set[asyncio.Task[None]] = set()

    def add(self, start: StepStart, so_far: SoFar) -> None:
        """Add a step that has begun."""
        timer = asyncio.get_running_loop().call_later(LASTING_SECONDS, self._lasts, start.id)
        self._steps[start.id] = _Step(start, so_far, timer)

    def remove(self, step_id: UUID) -> bool:
        """Remove a step that has ended; return whether something of it was stored while it was under way."""
        step = self._steps.pop(step_id, None)
        if step is None:
            return False
        step.timer.cancel()
        return step.is_kept

    async def cut_off(self, status: str, message: str | None, now: datetime) -> list[StepRecord]:
        """Return the steps under way as records that end here with a status. They stay under way until removed."""
        records: list[StepRecord] = []
        for step in list(self._steps.values()):
            step.timer.cancel()
            record = await step.so_far(step.start)
            output = record.output
            if isinstance(output, dict) and "finish_reason" in output:
                output = {**output, "finish_reason": status}
            records.append(replace(record, status=status, output=output, error_message=message, completed_at=now))
        return records

    def close(self) -> None:
        """Forget all of them: the execution is over."""
        for step_id in list(self._steps):
            self.remove(step_id)
        for task in self._keeping:
            task.cancel()

    def _lasts(self, step_id: UUID) -> None:
        step = self._steps[step_id]
        self._announce(step.start)
        if step.start.type == "llm_call":
            self._keep_after(KEEPING_SECONDS - LASTING_SECONDS, step)

    def _keep_after(self, seconds: float, step: _Step) -> None:
        step.timer = asyncio.get_running_loop().call_later(seconds, self._begin_keeping, step)

    def _begin_keeping(self, step: _Step) -> None:
        task = asyncio.create_task(self._keep_step(step), name="keep a partial answer")
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _keep_step(self, step: _Step) -> None:
        try:
            record = await step.so_far(step.start)
            if step.start.id not in self._steps:
                return
            if not step.is_kept or record.output != step.kept_output:
                step.is_kept, step.kept_output = True, record.output
                await self._keep(record)
        except FencedError:
            return
        except Exception as error:  # noqa: BLE001 - the border of a background task: the call itself goes on
            _log.warning("run.partial_not_kept", step_id=str(step.start.id), error=str(error))
        if step.start.id in self._steps:
            self._keep_after(KEEPING_SECONDS, step)
