"""Steps as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class StepWarning:
    """A warning about a model's answer. ``code`` is answer_cut_off, _filtered, _blocked, _ended_early or _empty."""

    code: str
    message: str
    remedy: str


class StepStatus(StrEnum):
    """How a step ended, or that it waits for a person. A step in progress appears in events only."""

    COMPLETED = "completed"
    FAILED = "failed"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run.

    ``step_type`` is llm_call, tool, member (of a team), decision, input or output; of a workflow's nodes also agent, team,
    workflow, transform, approval, question, wait, map, loop or code. ``node_id`` names the node, after the maps and loops
    around it (``map/node``); ``visit`` counts from 1 how many times it was entered; ``item_index`` is the item's place in
    its map, or the round of its loop, from 0. They are null outside workflows. ``source`` says where the output is from:
    executed, pinned (given to the run), cached (of an earlier run), or simulated (a dry run made no call). ``status`` is
    cancelled for a step that
    was under way when its run was cancelled or failed, and interrupted for a model call whose worker stopped: it is made
    again as another step. ``usage`` of a model call is {input_tokens, output_tokens, cost_usd, model, first_token_ms,
    attempts}, and ``is_estimated`` where the provider reported no token counts. The output of a model call that ended in the
    middle of its answer is {text, reasoning, is_partial: true, finish_reason}. ``warnings`` tell that an answer was cut off,
    filtered, blocked or empty.
    """

    id: UUID
    run_id: UUID
    parent_step_id: UUID | None
    sequence: int
    step_name: str
    step_type: str
    status: StepStatus
    input: Json
    output: Json
    error_message: str | None
    usage: JsonObject | None
    warnings: list[StepWarning]
    node_id: str | None
    visit: int | None
    item_index: int | None
    source: str
    started_at: datetime
    completed_at: datetime | None
    duration_ms: int | None
    created_at: datetime
