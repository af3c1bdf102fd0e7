"""Results that a run gives to nodes instead of executing them: pinned ones, and those that another run recorded."""

from dataclasses import replace
from typing import Final

from retinue.core.errors import InvalidError
from retinue.core.json import Json
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.recording import NodeFailedError, Recording
from retinue.engine.replay import PINNED, Replay, place_of

STEP_TYPES: Final = {
    "tool": "tool",
    "http": "tool",
    "model": "llm_call",
    "wait_until": "wait",
    "wait_for_event": "wait",
}
"""Of each type of node, the type of its step, where it is not the same."""


class UpstreamUnrecordedError(InvalidError):
    """A run from a node needs the result of a node before it, which the other run did not record."""

    code = "upstream_unrecorded"
    remedy = "Pin a result for this node, or start from an earlier one."

    def __init__(self, path: str) -> None:
        """Name the node."""
        super().__init__(f"{path} is before the node that the run starts from, and has no recorded result.")


class Recalls:
    """Gives the results of one run's replay."""

    def __init__(self, replay: Replay, recording: Recording) -> None:
        """Take what is given, and how steps are recorded."""
        self._replay = replay
        self._recording = recording
        self._is_idle = not (replay.pins or replay.recorded or replay.before)

    def has(self, task: Task) -> bool:
        """Say whether a task is not to be executed."""
        if self._is_idle:
            return False
        replay, place = self._replay, _place(task)
        if place == replay.start:
            return False
        return task.path in replay.pins or place in replay.recorded or task.path in replay.before

    def take(self, task: Task) -> Json:
        """Return and record the result of a task that ``has`` says yes to.

        Raises ``NodeFailedError`` for a recorded failure, and ``UpstreamUnrecordedError`` for a node that is not executed.
        """
        replay, kind = self._replay, str(getattr(task.node, "type", ""))
        kind = STEP_TYPES.get(kind, kind)
        if task.path in replay.pins:
            result = replay.pins[task.path]
        else:
            recorded = replay.recorded.get(_place(task))
            if recorded is None:
                raise UpstreamUnrecordedError(task.path)
            if "error" in recorded:
                message = str(recorded["error"])
                self._recording.end(task, kind, None, None, error=message, source=PINNED)
                raise NodeFailedError(message)
            result = recorded.get("result")
        self._recording.end(task, kind, None, result, source=PINNED)
        return result

    def given(self, task: Task) -> Task:
        """Return a task with the input that the run gives it instead, where it is the one that the run starts from."""
        replay = self._replay
        if replay.given is None or replay.start is None or _place(task) != replay.start:
            return task
        given = {**(task.given or {}), **replay.given}
        return replace(task, input=given.get("input"), given=given)


def _place(task: Task) -> str:
    return place_of(task.path, "" if task.frame is None else task.frame.place, task.visit)
