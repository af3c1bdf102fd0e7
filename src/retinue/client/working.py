"""What comes of a handler: the call that ends its run; and the runs of handlers in threads."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retinue.client import calls
from retinue.client.calls import Call
from retinue.client.errors import ApiError, RetinueError, TaskWarning
from retinue.client.models import Work

if TYPE_CHECKING:
    from retinue.client.agent import ExternalAgent

_FINAL = frozenset({401, 403, 404})
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ends: completed or failed, with the fields of the answer."""

    is_completed: bool
    answer: dict[str, Any]

    def call(self, agent_id: str, work: Work) -> Call[None]:
        """Return the call that ends a run so."""
        make = calls.complete if self.is_completed else calls.fail
        return make(agent_id, work.run_id, work.lease, self.answer)


def completed(output: object) -> Outcome:
    """Return what comes of a handler that returned an output."""
    return Outcome(True, {"output": output})


def failed(error: Exception) -> Outcome:
    """Return what comes of a handler that raised."""
    if isinstance(error, TaskWarning):
        output = error.message if error.output is None else error.output
        return Outcome(True, {"output": output, "status": "warning", "message": error.message})
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Outcome(False, {"message": text[:_MOST]})


def is_final(error: RetinueError) -> bool:
    """Return whether an error stays the same however long one waits: a wrong key, or an agent that is gone."""
    return isinstance(error, ApiError) and error.status in _FINAL


class HeldRun:
    """A run that was claimed, as its handler reads it."""

    __slots__ = ()
    work: Work

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.work.run_id

    @property
    def input(self) -> dict[str, Any]:
        """The run's input."""
        return self.work.input

    @property
    def prompt(self) -> Any:  # noqa: ANN401 - a text, or parts with files
        """What the agent is asked."""
        return self.work.input.get("prompt")


@dataclass(slots=True)
class SyncTask(HeldRun):
    """A run that a handler carries out in a thread. ``is_lost``: its result will not be taken; the handler may stop."""

    work: Work
    agent: "ExternalAgent"
    is_lost: bool = False

    def log(self, message: str, *, level: str = "info", details: dict[str, Any] | None = None) -> None:
        """Write a line to the run's log."""
        self.agent.add_logs(self.run_id, [{"message": message, "level": level, "details": details}])

    def think(self, content: str, *, node_type: str = "processing", **fields: Any) -> None:  # noqa: ANN401 - of the API
        """Show what the agent thinks: also ``confidence_score``, ``parent_node_id``, ``node_id``, ``metadata``."""
        self.agent.add_thoughts(self.run_id, [{"content": content, "node_type": node_type, **fields}])
