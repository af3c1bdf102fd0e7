"""What a workflow's graph needs from outside: values of expressions, and the work of its nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from retinue.core.json import Json, JsonObject
from retinue.engine.scope import attempt_id
from retinue.engine.spec.workflow.nodes import CodeLimits, Working


@dataclass(frozen=True, slots=True)
class Computed:
    """What code gave: its value unless ``failure`` says why there is none, with line and column; and what it printed."""

    value: Json
    printed: str
    failure: str | None = None


class Expressions(Protocol):
    """Computes expressions over named values, in a sandbox."""

    async def evaluate(self, expressions: Sequence[str], values: JsonObject) -> list[Json]:
        """Return the value of each. Raises ``ExpressionFailedError``."""
        ...

    async def choose(self, conditions: Sequence[str], values: JsonObject) -> int | None:
        """Return the place of the first condition that is true; later ones are not computed. Raises as ``evaluate`` does."""
        ...

    async def run(self, code: str, values: JsonObject, limits: CodeLimits) -> Computed:
        """Run code over named values within limits."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """The map or loop in whose body a node is executed.

    ``step_id`` is that of its step, ``index`` the item's or the round's place from 0. ``concurrency`` is a map's: so many of
    the runs that its items start work at once.
    """

    step_id: UUID
    index: int
    concurrency: int | None = None
    place: str = ""
    """Those around it and itself, each with its visit: see ``engine.replay.inside``."""


@dataclass(frozen=True, slots=True)
class Task:
    """One execution of a node. ``id`` is the same when it is done again after a crash; ``visit`` counts from 1.

    ``path`` names the node in the whole workflow: its id, after those of the maps and loops around it. ``checkpoint_id``
    names the checkpoint from which it began.
    """

    id: UUID
    node: Working
    input: Json
    values: JsonObject
    visit: int
    checkpoint_id: str = ""
    path: str = ""
    frame: Frame | None = None
    given: JsonObject | None = None
    """What the node has with values put in, beside its input: see ``templates.given_of``."""
    at: Json = None
    """Of a wait: the instant, as a text of ISO 8601; or the key of the event."""
    passed: int = 0
    """Of a wait for an event: how many events came that did not fit its ``where``."""
    attempt: int = 1
    cache_key: Json = None
    """The value of the cache's ``key``, where the node has one."""

    @property
    def step_id(self) -> UUID:
        """The id of the task's step: its own, and another for each further attempt."""
        return attempt_id(self.id, self.attempt)


class NodeResults(Protocol):
    """Keeps results of nodes for the organization's later runs, under a key and for a time."""

    async def get(self, key: bytes) -> tuple[Json] | None:
        """Return a result in a tuple, or None."""
        ...

    async def put(self, key: bytes, result: Json, seconds: float) -> None:
        """Keep a result; what was kept under the key is replaced."""
        ...


class Work(Protocol):
    """Does what the nodes of a workflow are for."""

    async def perform(self, task: Task) -> Json:
        """Return the result of a task, and record it. Raises an ``Error`` that its node's ``on_error`` is asked about."""
        ...

    def event_of(self, task: Task) -> JsonObject | None:
        """Return the event that answered a wait, with ``expired`` when its time was up; None while it waits."""
        ...

    def is_recalled(self, task: Task) -> bool:
        """Say whether a task's result is given by the run instead of being produced."""
        ...

    def recall(self, task: Task) -> Json:
        """Return the given result of a task, and record it. Raises an ``Error`` where a failure was recorded, or nothing."""
        ...

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        """Record what a node did that only computes: the values that it read, and its result."""
        ...

    def opened(self, task: Task, given: JsonObject) -> None:
        """Tell that a map or a loop is under way, whose step is the task's. May be told again, after a crash too."""
        ...

    def closed(self, task: Task, given: JsonObject, result: Json, *, by: UUID, error: str | None = None) -> None:
        """Record a map or a loop that has ended, or failed, with what the task ``by`` writes."""
        ...
