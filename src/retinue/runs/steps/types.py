"""Steps as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from retinue.core.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run.

    ``step_type`` is llm_call, tool, decision, input or output; ``status`` is completed, failed or waiting. ``usage`` of a
    model call is {input_tokens, output_tokens, cost_usd, model, first_token_ms, attempts}.
    """

    id: UUID
    run_id: UUID
    parent_step_id: UUID | None
    sequence: int
    step_name: str
    step_type: str
    status: str
    input: Json
    output: Json
    error_message: str | None
    usage: JsonObject | None
    started_at: datetime
    completed_at: datetime | None
    duration_ms: int | None
    created_at: datetime
