"""What the engine tells of a run as it goes on: steps, log lines, thoughts, pauses, and how it ended. Values, no storage."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import Json, JsonObject
from retinue.engine.ports import ToolArtifact

EXTERNAL_AGENT = "external"
"""Why a run waits: its agent, which runs elsewhere, works."""

SELF_RESUMING = frozenset({"members", "turn", "timer", EXTERNAL_AGENT})
"""Why a run waits that goes on without a person: its members or its external agent work, it is not its turn yet, or its time
has not come."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a step's log. ``level`` is debug, info, warning or error."""

    level: str
    message: str
    details: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class AnswerWarning:
    """A warning about a model's answer. ``code`` is answer_cut_off, _filtered, _blocked, _ended_early or _empty."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A node of the run's mind map: input → processing → action → output.

    ``confidence_score`` lies in 0..1 and is None unless the model itself gave a figure.
    """

    node_id: str
    node_type: str
    content: str
    parent_node_id: str | None
    metadata: JsonObject
    confidence_score: float | None = None
    processing_time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class StepStart:
    """A step that has begun. Advisory: after a crash it may be told twice, or without an end.

    ``node_id`` is the workflow's node that the step carries out, after the maps and loops around it (``map/node``);
    ``visit`` is how many times the node had been entered by then; ``item_index`` the item's place in a map or the round of a
    loop, from 0.
    """

    id: UUID
    name: str
    type: str
    number: int
    parent_step_id: UUID | None
    checkpoint_id: str
    started_at: datetime
    node_id: str | None = None
    visit: int | None = None
    item_index: int | None = None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step: its start, its status, and all that is stored with it.

    ``status`` is completed, failed, waiting, cancelled (its run was, or a step beside it failed) or interrupted (its worker
    was lost, and the step is done again); running for a step that is under way. ``told_by`` is the task with whose writes
    the step is stored, where that is not the step's own.
    """

    start: StepStart
    status: str
    input: Json
    output: Json
    completed_at: datetime | None
    error_message: str | None = None
    usage: JsonObject | None = None
    logs: tuple[LogLine, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    artifacts: tuple[ToolArtifact, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    told_by: UUID | None = None
    provider_kind: str | None = None
    """Of a model call: the provider's kind, where it is not that of the run's model."""
    source: str = "executed"
    """Where the output is from: executed, pinned, cached, or simulated in a dry run."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A question to a person that the run waits for. ``kind`` is tool_call, unknown_outcome, node or question.

    ``interrupt_id`` is the question's own id in the run: the answer is given under it. ``form`` is the JSON Schema that an
    answer must fit. At ``expires_at`` the answer is ``on_expiry``. ``asked`` says who may decide, and what may be edited:
    ``assignees``, ``role``, ``quorum``, ``editable`` and ``escalation``, as fits.
    """

    interrupt_id: str
    step_id: UUID
    parent_step_id: UUID | None
    checkpoint_id: str
    kind: str
    tool_name: str
    arguments: JsonObject
    reason: str
    node_id: str | None = None
    visit: int | None = None
    step_type: str = "tool"
    item_index: int | None = None
    form: JsonObject | None = None
    expires_at: datetime | None = None
    on_expiry: JsonObject | None = None
    asked: JsonObject = field(default_factory=dict[str, Json])


class CostState(StrEnum):
    """How much of a cost is known: none means that no model was called, partial that the sum is a lower bound."""

    NONE = "none"
    KNOWN = "known"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


def cost_state_of(priced_calls: int, unpriced_calls: int) -> CostState:
    """Return how much of a cost is known, by the number of calls with a known price and without."""
    if unpriced_calls:
        return CostState.PARTIAL if priced_calls else CostState.UNKNOWN
    return CostState.KNOWN if priced_calls else CostState.NONE


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run has used so far. ``cost_usd`` (a decimal as text) is the sum of the calls whose price is known."""

    steps: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str = "0"
    priced_calls: int = 0
    unpriced_calls: int = 0
    warnings: int = 0
    estimated_calls: int = 0

    @property
    def cost_state(self) -> CostState:
        """How much of the cost is known."""
        return cost_state_of(self.priced_calls, self.unpriced_calls)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution of the graph ended: with an output, or waiting for persons (``output`` is then None)."""

    output: Json
    is_waiting: bool
