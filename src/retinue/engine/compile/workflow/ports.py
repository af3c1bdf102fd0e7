"""What a workflow's graph needs from outside: values of expressions, and the work of its nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.nodes import Working


class Expressions(Protocol):
    """Computes expressions over named values, in a sandbox."""

    async def evaluate(self, expressions: Sequence[str], values: JsonObject) -> list[Json]:
        """Return the value of each. Raises ``ExpressionFailedError``."""
        ...

    async def choose(self, conditions: Sequence[str], values: JsonObject) -> int | None:
        """Return the place of the first condition that is true; later ones are not computed. Raises as ``evaluate`` does."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """One execution of a node. ``id`` is the same when it is done again after a crash; ``visit`` counts from 1.

    ``checkpoint_id`` names the checkpoint from which it began.
    """

    id: UUID
    node: Working
    input: Json
    values: JsonObject
    visit: int
    checkpoint_id: str = ""
    reason: str = ""
    """Of an approval: what is asked."""
    at: Json = None
    """Of a wait: the instant, as a text of ISO 8601."""


class Work(Protocol):
    """Does what the nodes of a workflow are for."""

    async def perform(self, task: Task) -> Json:
        """Return the result of a task, and record it. Raises an ``Error`` that its node's ``on_error`` is asked about."""
        ...

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        """Record what a node did that only computes: the values that it read, and its result."""
        ...
